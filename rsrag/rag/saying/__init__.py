"""Sentences of an answer: worded, cited, and checked against evidence."""
