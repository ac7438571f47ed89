"""Counts of what an update found, and names of sources."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.indexing.format.build_report import SourceCounts
from rsrag.indexing.format.ledger import DUPLICATE, Entry
from rsrag.indexing.update.base_ledger import BaseLedger
from rsrag.types import Skip

if TYPE_CHECKING:
    import pyarrow as pa

Rows = NDArray[np.int64]

SHOWN = 100
"""Names of each kind that a report lists."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """What rows of a source say now.

    Attributes:
        source: whose chips they are.
        facts: time, GSD, sensor and properties, as JSON.
    """

    source: str
    facts: str


@dataclass(slots=True)
class SourceChanges:
    """The outcome of a scan.

    Attributes:
        carry: sources of the last generation whose rows do not stay as they are;
            ``None``: they go.
        ledger: of the new generation.
        skipped: all that is left out now.
        added, changed, removed: sources.
        moved: sources before and after.
        touched: how many have another time and the same bytes.
        unchanged: how many are as they were, those touched included.
    """

    carry: dict[str, Renamed | None]
    ledger: "pa.Table"
    skipped: list[Skip]
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    touched: int = 0
    unchanged: int = 0

    @property
    def none(self) -> bool:
        """Whether the index would be the same."""
        lists = (self.carry, self.added, self.changed, self.removed, self.moved)
        return not any(lists)

    def counts(self, published: bool, dry_run: bool) -> SourceCounts:
        """In numbers, with the names of the first ones."""
        lists: dict[str, list[Any]] = {
            "added": self.added,
            "changed": self.changed,
            "moved": [list(pair) for pair in self.moved],
            "removed": self.removed,
        }
        return SourceCounts(
            **{name: len(found) for name, found in lists.items()},
            unchanged=self.unchanged,
            touched=self.touched,
            names={name: found[:SHOWN] for name, found in lists.items()},
            published=published,
            dry_run=dry_run,
        )


def count_sources(
    changes: SourceChanges, base: BaseLedger, kept: Rows, fresh: Sequence[Entry]
) -> None:
    """Say it in numbers of sources."""
    changes.unchanged = len(kept)
    new: dict[str | None, list[str]] = {}
    # A name may stand twice, once for a member that must not be read.
    met = {base.sources[row] for row in kept.tolist()} if fresh else set()
    for entry in {entry.source: entry for entry in fresh}.values():
        row = base.by_source.get(entry.source)
        met.add(entry.source)
        if row is None:
            new.setdefault(entry.sha256, []).append(entry.source)
            continue
        old = base.entry(row)
        facts = old.facts is None or _same_facts(old.facts, entry.facts)
        cut = base.probes is not None or old.cut == entry.cut
        if old.sha256 == entry.sha256 and cut and facts and _outcome(old, entry):
            changes.unchanged += 1
            changes.touched += (old.mtime_ns, old.size) != (entry.mtime_ns, entry.size)
        else:
            changes.changed.append(entry.source)
    if len(kept) < len(base):
        present = met or {base.sources[row] for row in kept.tolist()}
        for source, row in base.by_source.items():
            if source in present:
                continue
            sha256 = base.column("sha256")[row]
            heirs = new.get(sha256) if sha256 else None
            if heirs:
                changes.moved.append((source, heirs.pop(0)))
            else:
                changes.removed.append(source)
    changes.added = [source for sources in new.values() for source in sources]


def _outcome(old: Entry, new: Entry) -> bool:
    """Whether as much of a source is in the index as before."""
    if DUPLICATE in (old.kind, new.kind):
        return True
    return (old.chips, old.left_out) == (new.chips, new.left_out)


def _same_facts(one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other:
        return one == other
    return bool(json.loads(one) == json.loads(other))
