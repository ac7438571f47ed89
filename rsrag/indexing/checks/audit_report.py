"""Report of an audit: kinds of doubtful things, and where the chips lie."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from rsrag.indexing.checks.coverage import Coverage
from rsrag.types import BBox


@dataclass(frozen=True, slots=True)
class Doubt:
    """Things of one kind that a person should look at.

    Attributes:
        kind: in a word or two: ``unplaced``, ``near copies``.
        count: how many there are.
        what: what is counted, and how it was told.
        examples: the first of them: sources, pairs of sources, or boxes.
        next: what helps, if anything does.
    """

    kind: str
    count: int
    what: str
    examples: tuple[str, ...] = ()
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    Attributes:
        index, generation, chips, scenes: what was looked at.
        doubts: kinds of which there are any.
        coverage: where the chips lie; ``None`` if none is placed.
        far: boxes of scenes that lie far from the others of their folder.
        holes: boxes without a chip inside the coverage.
    """

    index: str
    generation: int
    chips: int
    scenes: int
    doubts: tuple[Doubt, ...]
    coverage: Coverage | None
    far: tuple[BBox, ...] = ()
    holes: tuple[BBox, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``--json``."""
        names = ("index", "generation", "chips", "scenes", "holes")
        grid = self.coverage
        return {
            **{name: getattr(self, name) for name in names},
            "doubts": [dataclasses.asdict(doubt) for doubt in self.doubts],
            "coverage": grid and {"box": grid.box, "share": round(grid.share, 4)},
        }
