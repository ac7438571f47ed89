"""Rerankers: a cross-encoder, a language model's likelihood, blended scores."""
