"""What an update did, or would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rsrag.indexing.format.build_report import Report
from rsrag.indexing.update.change_counts import Changes
from rsrag.types import Skip

SHOWN = 100
"""Names of each kind that a report lists."""


@dataclass(frozen=True, slots=True)
class UpdateReport(Report):
    """Outcome of one ``rsrag index update``.

    Attributes:
        index: name.
        generation: that readers open now.
        path: its folder.
        published: whether that generation is a new one.
        dry_run: nothing was written.
        added, changed, moved, removed, unchanged: sources. Changed are those whose
            bytes, place or facts are others; moved have another name only.
        touched: of those unchanged, how many have another time.
        chips: in the index now; with ``dry_run``, before.
        encoded: chips that were embedded.
        reused: chips whose vectors were taken over.
        scenes: pictures that gave at least one chip.
        skipped: everything that is left out of the index now.
        notices: remarks about scenes that were read.
        names: of the first sources of each kind.
        seconds: by stage, added over threads; ``total`` is wall time.
        images_per_s: sources that were read over the wall time of it.
        store: kind of the sidecar, and how it came about.
    """

    index: str
    generation: int
    path: str
    published: bool
    dry_run: bool
    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int
    touched: int
    chips: int
    encoded: int
    reused: int
    scenes: int
    skipped: tuple[Skip, ...]
    notices: tuple[Skip, ...]
    names: Mapping[str, list[Any]]
    seconds: Mapping[str, float]
    images_per_s: float
    store: str

    def _worked_out(self) -> dict[str, Any]:
        return {
            "images_per_s": round(self.images_per_s, 1),
            "skipped_by_kind": self.skipped_by_kind(),
        }


def names_of(changes: Changes) -> dict[str, list[Any]]:
    """The first sources of each kind of change."""
    return {
        "added": changes.added[:SHOWN],
        "changed": changes.changed[:SHOWN],
        "moved": [list(pair) for pair in changes.moved[:SHOWN]],
        "removed": changes.removed[:SHOWN],
    }
