"""Answers, captions and classes from evidence, worded by a language model."""
