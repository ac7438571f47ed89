"""Adapters that let a language model speak; see ``rsrag.interfaces.Generator``."""
