"""What ``rsrag knowledge import`` does, between its options and its report."""

import dataclasses
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.errors import ConfigError

if TYPE_CHECKING:
    from rsrag.knowledge.importers.import_options import ImportOptions


def parse_columns(pairs: Sequence[str]) -> dict[str, str]:
    """``FIELD=COLUMN`` words as a mapping.

    Raises:
        ConfigError: a word that is no pair, or a field that stands twice.
    """
    columns: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field and equals and column):
            raise ConfigError(
                f"--map {pair!r} is not FIELD=COLUMN.", hint="--map name=NAME"
            )
        if field in columns:
            raise ConfigError(f"--map names {field!r} twice.")
        columns[field] = column
    return columns


def run_import(
    root: Path,
    name: str,
    paths: Sequence[Path],
    options: "ImportOptions",
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """Import into ``root/name``.

    Returns:
        The report, as ``--json`` prints it.
    """
    from rsrag.knowledge.collection import (
        collection_path,
        locked,
        read_collection,
        write_collection,
    )
    from rsrag.knowledge.importers.detect import import_paths
    from rsrag.knowledge.merging import changes, merge

    start = time.perf_counter()
    folder = collection_path(root, name)
    with locked(folder, wanted=not dry_run):
        old = read_collection(folder)
        options = dataclasses.replace(options, namespace=name, known=old.landmarks)
        try:
            result = import_paths(paths, options, _progress())
        finally:
            if sys.stderr.isatty():
                print(f"\r{'':<78}\r", end="", file=sys.stderr, flush=True)
        new = merge(old, result.records)
        done = changes(old, new)
        if not dry_run:
            write_collection(folder, new)
    return {
        "collection": name,
        "path": str(folder),
        "dry_run": dry_run,
        **dataclasses.asdict(done),
        "landmarks": len(new.landmarks),
        "facts": len(new.facts),
        "passages": len(new.passages),
        "read": {
            "landmarks": len(result.records.landmarks),
            "facts": len(result.records.facts),
            "passages": len(result.records.passages),
        },
        "formats": dict(sorted(result.formats.items())),
        "notices": list(result.notices),
        "skipped": [dataclasses.asdict(skip) for skip in result.skipped],
        "seconds": round(time.perf_counter() - start, 3),
    }


def _progress() -> Callable[[str, int], None] | None:
    """A line on stderr that is written over; nothing unless somebody looks at it."""
    if not sys.stderr.isatty():
        return None

    def show(path: str, records: int) -> None:
        text = f"{records:,} records; reading {path}"[:78]
        print(f"\r{text:<78}", end="", file=sys.stderr, flush=True)

    return show
