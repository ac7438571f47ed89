"""Report of what a command wrote: vectors by space, skips, seconds by stage."""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsrag.durable import write_atomically
from rsrag.types import Skip

FILE = "report.json"
NOTICE = "notice:"
"""Prefix of a skip's kind when nothing was left out: a remark about a scene."""


@dataclass(frozen=True, slots=True)
class SpaceReport:
    """One vector space.

    Attributes:
        rows: that it has now.
        encoded: of those, vectors that this run made; the others were known.
        encoder: id of the encoder.
        dim: width of the vectors.
        store: kind and index type of the store, and why.
    """

    rows: int
    encoded: int
    encoder: str
    dim: int
    store: str


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """What an update found among the sources.

    Attributes:
        added, changed, moved, removed, unchanged: sources. Changed are those whose
            bytes, place or facts are others; moved have another name only.
        touched: of those unchanged, how many have another time.
        names: of the first sources of each kind.
        published: whether there is a new generation.
        dry_run: nothing was written.
    """

    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int
    touched: int
    names: Mapping[str, list[Any]]
    published: bool
    dry_run: bool


@dataclass(frozen=True, slots=True)
class BuildReport:
    """Outcome of a build, an update, a rebuild or an import.

    Attributes:
        index: name.
        kind: ``imagery`` or ``knowledge``.
        generation: that readers open now.
        path: its folder.
        spaces: by name.
        counts: what the index holds besides: ``scenes``; ``passages``, ``landmarks``
            and ``images``.
        skipped: everything left out.
        notices: remarks about scenes that were read.
        seconds: by stage, added over threads; ``encode`` and ``total`` are wall time.
        sources: of an update.
        imported: of an import: ``files``, their ``layout`` and ``columns``, and the
            ``lengths`` of the shortest and longest vector as they came.
        uniform: chips of the index that are one colour all over.
        scenes_by: scenes of the index by ``format`` (ending), ``placed_by``,
            ``dated_by`` and ``bands``; the empty word stands for none. Empty where it
            was not counted.
        scenes: what is known of each source, of the first ones if there are many.
        dense: of an index begun with an overview, what there is at each chip size
            (:func:`rsrag.indexing.format.depths.density`).
    """

    index: str
    kind: str
    generation: int
    path: str
    spaces: Mapping[str, SpaceReport]
    counts: Mapping[str, int]
    skipped: tuple[Skip, ...]
    notices: tuple[Skip, ...]
    seconds: Mapping[str, float]
    sources: SourceCounts | None = None
    imported: Mapping[str, Any] = field(default_factory=dict)
    uniform: int = 0
    scenes_by: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    scenes: Sequence[Mapping[str, Any]] = ()
    dense: Sequence[Mapping[str, Any]] = ()

    @property
    def rows(self) -> int:
        """Vectors of all spaces."""
        return sum(space.rows for space in self.spaces.values())

    @property
    def encoded(self) -> int:
        """Vectors that this run made."""
        return sum(space.encoded for space in self.spaces.values())

    @property
    def encoded_per_s(self) -> float:
        """Vectors made over the wall time of reading and encoding."""
        seconds = self.seconds.get("encode")
        return self.encoded / seconds if seconds else 0.0

    @property
    def skips(self) -> int:
        """How many rows or sources were left out."""
        return sum(skip.count for skip in self.skipped)

    def skipped_by_kind(self) -> dict[str, int]:
        """How many were left out for each kind of reason, most first."""
        kinds: Counter[str] = Counter()
        for skip in self.skipped:
            kinds[skip.kind] += skip.count
        return dict(kinds.most_common())

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``--json`` gives them; without ``scenes``."""
        data = dataclasses.asdict(self)
        del data["scenes"]
        return {
            **data,
            "rows": self.rows,
            "encoded": self.encoded,
            "encoded_per_s": round(self.encoded_per_s, 1),
            "skipped_by_kind": self.skipped_by_kind(),
            "seconds": {name: round(s, 3) for name, s in self.seconds.items()},
        }

    def write(self, folder: Path) -> None:
        """Write ``report.json`` into a generation's folder."""
        data = {**self.to_json(), "scenes": list(self.scenes)}
        text = json.dumps(data, indent=2, ensure_ascii=False)
        write_atomically(folder / FILE, text + "\n")
