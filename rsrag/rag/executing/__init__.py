"""Typed queries over many landmarks carried out: pooled, sorted, compared, reckoned."""
