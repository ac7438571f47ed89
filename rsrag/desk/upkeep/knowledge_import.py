"""Imports of records into a collection of knowledge."""

import dataclasses
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


def import_records(
    roots: Sequence[Path],
    name: str,
    paths: Sequence[Path],
    options: "ImportOptions",
    *,
    dry_run: bool = False,
    progress: Callable[[str, int], None] | None = None,
) -> dict[str, Any]:
    """Import into a collection of the last of some folders.

    Args:
        roots: folders of collections, as settings hold them.
        name: of the one to import into.
        paths: files and folders.
        options: how they are read.
        dry_run: say what would change, and write nothing.
        progress: told each file, and how many records there are before it.

    Returns:
        The report, as ``--json`` prints it.
    """
    from rsrag.knowledge.collection import (
        collection_path,
        is_collection,
        locked,
        read_collection,
        write_collection,
    )
    from rsrag.knowledge.importers.detect import import_paths
    from rsrag.knowledge.merging import changes, merge, whereabouts

    start = time.perf_counter()
    folder = collection_path(roots[-1], name)
    with locked(folder, wanted=not dry_run):
        old = read_collection(folder)
        options = dataclasses.replace(options, namespace=name, known=old.landmarks)
        result = import_paths(paths, options, progress)
        new = merge(old, result.records)
        done = changes(old, new)
        if not dry_run:
            write_collection(folder, new)
    return {
        "collection": name,
        "path": str(folder),
        "dry_run": dry_run,
        "replaces": [
            str(root / name) for root in roots[:-1] if is_collection(root / name)
        ],
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
        "notices": [*result.notices, *whereabouts(old, new)],
        "skipped": [dataclasses.asdict(skip) for skip in result.skipped],
        "seconds": round(time.perf_counter() - start, 3),
    }
