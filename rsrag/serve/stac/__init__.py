"""Indexes as STAC: collections, items, and searches of them."""
