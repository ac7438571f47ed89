"""Measurements: each against a named peer or limit, in the same run.

``python -m bench`` runs them and writes what they found; ``docs/benchmarks.md`` is made
from that, and from nothing else.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""Of the checkout."""
