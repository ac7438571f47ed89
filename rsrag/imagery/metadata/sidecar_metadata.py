"""Sidecar files: what a CSV, JSON or JSONL says of each scene.

Rows are keyed by ``file`` (or ``filename``, ``source``, ``path``, ``name``): a
path's end or the name alone, with its ending or without. ``datetime`` (``date``,
``timestamp``), ``gsd_m`` (``gsd``), ``sensor`` (``platform``) and ``bounds``
(``west``, ``south``, ``east``, ``north``) are understood; every other column goes
into the scene's properties, ``captions`` (a list of sentences) for one. JSON may be a
list of rows, an object of rows by file name, or an object whose ``images`` is such a
list, as captioned data sets have it.
"""

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.imagery.archives.archive_names import unescape
from rsrag.imagery.metadata.metadata_files import metadata_rows
from rsrag.imagery.metadata.moments import parse_moment

FILE_COLUMNS = (
    *("file", "filename", "file_name", "source", "path", "name"),
    *("datei", "dateiname", "fichier", "nom_fichier", "archivo", "fichero"),
)
TIME_COLUMNS = (
    *("datetime", "date", "timestamp", "acquired", "acquisition_date"),
    *("datum", "aufnahmedatum", "date_acquisition", "fecha"),
)
CLOCK_COLUMNS = ("time", "acquisition_time", "uhrzeit", "heure", "hora", "ora")
"""A time of day beside a date in another column."""

GSD_COLUMNS = ("gsd_m", "gsd")
SENSOR_COLUMNS = ("sensor", "platform", "satellite", "satellit", "capteur")
BOUNDS_COLUMNS = ("west", "south", "east", "north")


@dataclass(frozen=True, slots=True)
class SceneMetadata:
    """What is known of one scene besides its pixels; ``None`` is silence.

    Attributes:
        datetime: acquisition time, UTC.
        gsd_m: metres a pixel.
        sensor: satellite or camera.
        bounds: west, south, east, north.
        properties: everything else.
        dated_by: who says the time, in a word or two.
    """

    datetime: dt.datetime | None = None
    gsd_m: float | None = None
    sensor: str | None = None
    bounds: tuple[float, float, float, float] | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    dated_by: str | None = None


class MetadataTable:
    """Rows of a sidecar, found by a picture's name.

    Args:
        rows: by file name as the sidecar writes it.
        notes: what the user should know of the file.
    """

    def __init__(
        self, rows: Mapping[str, SceneMetadata], notes: Sequence[str] = ()
    ) -> None:
        self._rows = {_key(name): row for name, row in rows.items()}
        self.notes = tuple(notes)

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, source: str) -> SceneMetadata | None:
        """The row for a source: the longest path that fits comes first.

        Args:
            source: absolute path, or ``ARCHIVE!/MEMBER``.
        """
        name = self._name(source)
        return None if name is None else self._rows[name]

    def unmatched(self, sources: Iterable[str]) -> list[str]:
        """Names of rows that speak of none of the sources, sorted."""
        return sorted(set(self._rows) - {self._name(source) for source in sources})

    def _name(self, source: str) -> str | None:
        path = PurePosixPath(unescape(source.replace("!/", "/")))
        parts = path.parts
        for start in range(len(parts)):
            tail = "/".join(parts[start:]).removeprefix("//")
            for name in (tail, tail[: len(tail) - len(path.suffix)]):
                if name in self._rows:
                    return name
        return None


def _key(name: str) -> str:
    return name.strip().replace("\\", "/").replace("!/", "/").removeprefix("./")


def read_metadata(path: Path) -> MetadataTable:
    """Read a sidecar file.

    Args:
        path: ending in ``.csv``, ``.tsv``, ``.json``, ``.jsonl`` or ``.ndjson``.

    Raises:
        SourceNotFoundError: no such file.
        ConfigError: not that format, or a value that cannot be; names the file,
            the row and the column.
    """
    rows: dict[str, SceneMetadata] = {}
    notes: list[str] = []
    try:
        for where, row in metadata_rows(path, notes):
            name, metadata = parse_row(row, f"{path}, {where}")
            if name is None:
                raise ConfigError(
                    f"{path}, {where}: no column says which file it is about.",
                    hint=f"name one of its columns {' or '.join(FILE_COLUMNS[:6])}",
                )
            if name in rows:
                raise ConfigError(f"{path}, {where}: {name!r} stands there twice.")
            rows[name] = metadata
    except FileNotFoundError as exc:
        raise SourceNotFoundError(
            f"The metadata file {path} is not there.",
            hint="name a CSV, JSON or JSONL file on the disk",
        ) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"The metadata file {path} cannot be read: {exc}") from exc
    return MetadataTable(rows, notes)


def parse_row(row: Mapping[str, Any], where: str) -> tuple[str | None, SceneMetadata]:
    """Make sense of one row.

    Args:
        row: column to value; empty text is silence.

    Returns:
        The file that it is about, if it says so, and what it says.

    Raises:
        ConfigError: a value that cannot be, naming its column.
    """
    given = {str(name).strip(): value for name, value in row.items()}
    given = {name: v for name, v in given.items() if v is not None and v != ""}
    lower = {name.lower(): name for name in given}

    def take(columns: tuple[str, ...]) -> tuple[str, Any] | None:
        for column in columns:
            if column in lower:
                return column, given.pop(lower.pop(column))
        return None

    name = take(FILE_COLUMNS)
    moment = gsd = sensor = bounds = None
    column = ""
    try:
        if found := take(TIME_COLUMNS):
            column, value = found
            clock = take(CLOCK_COLUMNS) if _is_day(value) else None
            moment = parse_moment(f"{value} {clock[1]}" if clock else str(value))
        if found := take(GSD_COLUMNS):
            column, value = found
            gsd = _number(value)
            if gsd <= 0:
                raise ValueError(f"{gsd:g} m is no size of a pixel")
        if found := take(SENSOR_COLUMNS):
            sensor = str(found[1]).strip()
        column = "bounds"
        bounds = _take_bounds(take)
    except (ValueError, TypeError, OverflowError) as exc:
        raise ConfigError(f"{where}, column {column!r}: {exc}.") from exc
    metadata = SceneMetadata(moment, gsd, sensor, bounds, given)
    return (None if name is None else str(name[1])), metadata


def _is_day(value: Any) -> bool:
    return ":" not in str(value) and len(str(value).strip()) <= 11


def _take_bounds(take: Any) -> tuple[float, float, float, float] | None:
    listed = take(("bounds", "bbox"))
    if listed is not None:
        value = listed[1]
        values = json.loads(value) if isinstance(value, str) else value
    else:
        found = [take((column,)) for column in BOUNDS_COLUMNS]
        if not any(found):
            return None
        if not all(found):
            raise ValueError("bounds need all of west, south, east and north")
        values = [pair[1] for pair in found]
    west, south, east, north = (_number(value) for value in values)
    if south >= north or west == east:
        raise ValueError(f"{west:g} {south:g} {east:g} {north:g} is no box")
    return west, south, east, north


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number")
    return number
