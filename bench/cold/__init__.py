"""Shell to first result, cold and warm; imports by module; memory at rest."""

from bench.cold.run import measure

__all__ = ["measure"]
