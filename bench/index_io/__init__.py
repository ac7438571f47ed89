"""Opening, scanning, updating and verifying an index; layouts of its parts."""

from bench.index_io.run import measure

__all__ = ["measure"]
