"""Short digests of everything besides its bytes that makes a scene's chips."""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.durable import file_sha256
from rsrag.errors import ImageReadError

if TYPE_CHECKING:
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.reading import SceneReading
    from rsrag.imagery.sources.sources import SourceItem

_SMALL = 1 << 20


def digest(value: Any) -> str:
    """32 hex digits of anything that JSON, or its own ``repr``, can write."""
    text = json.dumps(value, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def beside_digest(item: "SourceItem", auxiliary: Sequence[Path]) -> str | None:
    """Digest of what the files beside a picture say; ``None`` if there are none.

    Raises:
        ImageReadError: one of them cannot be read.
    """
    said = {
        suffix: hashlib.sha256(data).hexdigest()
        for suffix, data in item.companions.items()
    }
    more = auxiliary_digest(auxiliary)
    # What a catalogue says of it, for sources that come from one.
    told = getattr(item, "told", None)
    return digest([said, more, repr(told)]) if said or more or told else None


def auxiliary_digest(paths: Sequence[Path]) -> str | None:
    """Digest of files in which GDAL finds nodata values, masks and overviews.

    Raises:
        ImageReadError: one of them cannot be read.
    """
    try:
        found = [(path.suffix, _content(path)) for path in sorted(paths)]
    except OSError as exc:
        raise ImageReadError(f"{exc.filename} cannot be read: {exc}") from exc
    return digest(found) if found else None


def _content(path: Path) -> str:
    status = path.stat()
    if status.st_size <= _SMALL:
        return file_sha256(path)
    return f"{status.st_size} {status.st_mtime_ns}"


def row_digest(metadata: "MetadataTable | None", source: str) -> str | None:
    """Digest of a source's row in the table of ``--metadata``, if it has one."""
    row = metadata.get(source) if metadata else None
    return digest(dataclasses.asdict(row)) if row else None


def cut_digest(scene: "SceneReading", auxiliary: Sequence[Path]) -> str:
    """Digest of a scene's place, grid, and auxiliary files."""
    place = scene.place
    where = None
    if place is not None:
        # As in the chip's id: the name of a system in the file may change.
        crs = "file" if place.from_file else place.crs
        where = [crs, *(f"{value:.12g}" for value in place.transform)]
    grid = dataclasses.astuple(scene.grid)
    return digest([where, grid, auxiliary_digest(auxiliary)])


def facts_json(scene: "SceneReading") -> str:
    """What chips of a scene have in common besides its place, as JSON."""
    facts = scene.metadata
    time = facts.datetime
    return json.dumps(
        {
            "datetime": time.astimezone(dt.UTC).isoformat() if time else None,
            "gsd_m": facts.gsd_m,
            "sensor": facts.sensor,
            "placed_by": scene.placed_by,
            "dated_by": facts.dated_by,
            "bands": scene.bands,
            "properties": dict(facts.properties),
        },
        ensure_ascii=False,
    )
