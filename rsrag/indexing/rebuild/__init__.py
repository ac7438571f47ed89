"""Rebuilding stores and damaged parts of an index."""
