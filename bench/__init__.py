"""Measurements: each against a named peer or limit, in the same run.

``python -m bench`` runs them and writes what they found; ``docs/benchmarks.md`` is made
from that, and from nothing else.
"""
