"""Updating an index: only what is new in its archives is read."""
