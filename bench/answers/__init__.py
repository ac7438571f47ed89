"""Questions answered: tokens/s, time to the first token, stages, retrieval, growth."""

from bench.answers.run import measure

__all__ = ["measure"]
