"""Typed queries: what each word of a question is taken for, and by which slot."""
