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
    """``FIELD=COLUMN`` words of ``--map`` as a mapping.

    Raises:
        ConfigError: a word that is no pair, or a field that stands twice.
    """
    return _pairs(pairs, "--map", "FIELD=COLUMN", "name=NAME")


def parse_units(pairs: Sequence[str]) -> dict[str, str]:
    """``COLUMN=UNIT`` words of ``--unit``: units by column in snake case.

    Raises:
        ConfigError: as :func:`parse_columns`, or a unit that is not known.
    """
    from rsrag.knowledge.importers.record_text import variable_name
    from rsrag.knowledge.units import unit_named, unit_names

    units: dict[str, str] = {}
    for column, text in _pairs(pairs, "--unit", "COLUMN=UNIT", "height=m").items():
        unit = unit_named(text)
        if unit is None:
            known = ", ".join(dict.fromkeys(unit_names().values()))
            raise ConfigError(
                f"--unit {column}={text}: there is no unit {text!r}.",
                hint=f"one of {known}",
            )
        units[variable_name(column)] = unit.name
    return units


def _pairs(
    words: Sequence[str], option: str, form: str, example: str
) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not (key and equals and value):
            raise ConfigError(
                f"{option} {word!r} is not {form}.", hint=f"{option} {example}"
            )
        if key in pairs:
            raise ConfigError(f"{option} names {key!r} twice.")
        pairs[key] = value
    return pairs


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
    from rsrag.desk.asking.sentence_rows import embed_passages
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
        unread = 0
        if not dry_run:
            write_collection(folder, new)
            if new.passages:
                unread = embed_passages(folder, new.passages, new.landmarks)
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
        "notices": [*result.notices, *whereabouts(old, new), *_unread(unread)],
        "skipped": [dataclasses.asdict(skip) for skip in result.skipped],
        "seconds": round(time.perf_counter() - start, 3),
    }


def _unread(count: int) -> list[str]:
    if not count:
        return []
    return [
        f"{count:,} texts are found by their words only; "
        "rsrag index build-knowledge gives them vectors"
    ]
