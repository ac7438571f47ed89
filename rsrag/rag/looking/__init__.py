"""Captions and labels of pictures."""
