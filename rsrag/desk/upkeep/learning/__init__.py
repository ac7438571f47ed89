"""Encoders learn from one's own pictures."""
