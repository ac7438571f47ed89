"""Remarks on a scan as a whole: files passed over, rows without a picture."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.types import Skip

if TYPE_CHECKING:
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.sources.stamps import Scanned

SHOWN = 8
"""Endings and names that a remark lists before it says how many more there are."""


def names_of(one: "Scanned") -> Iterator[str]:
    """A source and the files that it is made of."""
    yield one.source
    if one.item is not None and not isinstance(one.item, Skip):
        yield from (layer.item.source for layer in one.item.layers)
        yield from (path.as_posix() for path in one.item.made_of)


def scan_remarks(
    paths: Sequence[Path],
    passed: Counter[str],
    metadata: "MetadataTable | None",
    names: set[str],
) -> Iterator[Skip]:
    """What a person should know of a scan, as notices.

    Args:
        paths: that were scanned.
        passed: how many files are neither pictures nor archives that are read, by
            ending; ``"."`` are hidden ones.
        metadata: table over all sources.
        names: sources, and files that they are made of.
    """
    where = str(paths[0])
    if passed:
        kinds = [f"{n:,} {_ending(ending)}" for ending, n in passed.most_common()]
        reason = f"{passed.total():,} files are of no kind that is read: {_some(kinds)}"
        yield Skip(where, reason, "notice:passed-over", passed.total())
    if metadata is None:
        return
    for note in metadata.notes:
        yield Skip(where, note, "notice:metadata")
    if rows := metadata.unmatched(names):
        reason = f"{len(rows):,} rows of --metadata match no picture: {_some(rows)}"
        yield Skip(where, reason, "notice:metadata", len(rows))


def _ending(ending: str) -> str:
    return {"": "without ending", ".": "hidden"}.get(ending, ending)


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - SHOWN:,} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more
