"""Answers and labels as text, JSON and GeoJSON."""
