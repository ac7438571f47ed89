"""Chips of one ground at several times."""
