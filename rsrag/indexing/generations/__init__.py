"""Generations of an index: who writes, which one is current, what came before."""
