"""Rerankers: a cross-encoder, a language model's likelihood, a blend of scores."""
