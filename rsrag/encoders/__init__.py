"""Adapters that turn pictures and texts into vectors; see ``rsrag.interfaces``."""
