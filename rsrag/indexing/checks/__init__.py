"""Checking an index: quickly, or every row of it."""
