"""Remarks on a scan as a whole: files passed over, rows without a picture."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.imagery.sources.urls import source_text
from rsrag.plain_values import first_few
from rsrag.types import Skip

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.sources.stamps import Scanned

EXCLUDED = "--exclude"
SHOWN = 8
"""Endings and names that a remark lists before it says how many more there are."""


def names_of(one: "Scanned") -> Iterator[str]:
    """A source and the files that it is made of."""
    yield one.source
    if one.item is not None and not isinstance(one.item, Skip):
        yield from (layer.item.source for layer in one.item.layers)
        yield from (path.as_posix() for path in one.item.made_of)


def wanted_sources(
    scan: "Iterable[Scanned]",
    paths: Sequence[Path],
    options: "ImageryOptions",
    passed: Counter[str],
) -> "Iterator[Scanned]":
    """Each source once, without those that are to be left out; these are counted."""
    met: set[str] = set()
    for one in scan:
        # Paths that overlap name a file twice; it is one source.
        if len(paths) > 1:
            if one.source in met:
                continue
            met.add(one.source)
        if is_excluded(one.source, paths, options.exclude or ()):
            passed[EXCLUDED] += 1
        else:
            yield one


def is_excluded(source: str, paths: Sequence[Path], patterns: Sequence[str]) -> bool:
    """Whether a pattern fits a source below a path, or the name of any part of it."""
    if not patterns:
        return False
    roots = [root for root in map(source_text, paths) if source.startswith(root)]
    root = max(roots, key=len, default="")
    below = source[len(root) :].strip("!/") or source.rpartition("/")[2]
    names = [below, *below.replace("!/", "/").split("/")]
    return any(fnmatchcase(name, one) for one in patterns for name in names)


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
            ending; ``"."`` are hidden ones, :data:`EXCLUDED` those to leave out.
        metadata: table over all sources.
        names: sources, and files that they are made of.
    """
    where = source_text(paths[0])
    if left := passed.pop(EXCLUDED, 0):
        yield Skip(where, f"{left:,} sources fit --exclude", "notice:excluded", left)
    if passed:
        kinds = [f"{n:,} {_ending(ending)}" for ending, n in passed.most_common()]
        few = first_few(kinds, SHOWN)
        reason = f"{passed.total():,} files are of no kind that is read: {few}"
        yield Skip(where, reason, "notice:passed-over", passed.total())
    if metadata is None:
        return
    for note in metadata.notes:
        yield Skip(where, note, "notice:metadata")
    if rows := metadata.unmatched(names):
        few = first_few(rows, SHOWN)
        reason = f"{len(rows):,} rows of --metadata match no picture: {few}"
        yield Skip(where, reason, "notice:metadata", len(rows))


def _ending(ending: str) -> str:
    return {"": "without ending", ".": "hidden"}.get(ending, ending)
