"""Encoders: which there are, and learning on them."""
