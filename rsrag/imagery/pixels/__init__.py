"""Decoders: from files to RGB pixels."""
