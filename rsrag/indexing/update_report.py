"""What an update did, or would do."""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.indexing.change_counts import Changes
from rsrag.indexing.parts import sync_file
from rsrag.indexing.report import FILE
from rsrag.types import Skip

SHOWN = 100
"""Names of each kind that a report lists."""


@dataclass(frozen=True, slots=True)
class UpdateReport:
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

    @property
    def skips(self) -> int:
        """How many chips or sources are left out."""
        return sum(skip.count for skip in self.skipped)

    def skipped_by_kind(self) -> dict[str, int]:
        """How many are left out for each kind of reason, most first."""
        kinds: Counter[str] = Counter()
        for skip in self.skipped:
            kinds[skip.kind] += skip.count
        return dict(kinds.most_common())

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``report.json`` and ``--json`` give them."""
        data = dataclasses.asdict(self)
        data["seconds"] = {k: round(v, 3) for k, v in self.seconds.items()}
        data["images_per_s"] = round(self.images_per_s, 1)
        data["skipped_by_kind"] = self.skipped_by_kind()
        return data

    def write(self, folder: Path) -> None:
        """Write ``report.json`` into a generation's folder."""
        path = folder / FILE
        path.write_text(
            json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n",
            encoding="utf-8",
        )
        sync_file(path)


def names_of(changes: Changes) -> dict[str, list[Any]]:
    """The first sources of each kind of change."""
    return {
        "added": changes.added[:SHOWN],
        "changed": changes.changed[:SHOWN],
        "moved": [list(pair) for pair in changes.moved[:SHOWN]],
        "removed": changes.removed[:SHOWN],
    }
