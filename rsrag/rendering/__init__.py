"""Rendering: tables and files, contact sheets, and a map in one HTML file."""
