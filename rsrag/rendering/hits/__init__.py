"""Hits of a search as tables, files, contact sheets and maps."""
