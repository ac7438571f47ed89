"""Payload of a foreign row besides its vector, in the columns of a chip."""

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import IndexingError
from rsrag.geo import geometry_bbox
from rsrag.indexing.format.chip_schema import BBOX_FIELDS, WINDOW_FIELDS, chip_schema
from rsrag.indexing.imports.import_earth import RowPlace
from rsrag.indexing.imports.import_geometry import footprints
from rsrag.indexing.imports.import_layout import OWN, ColumnMap
from rsrag.indexing.imports.import_own import own_payload
from rsrag.indexing.imports.import_types import foreign_id, storage_type
from rsrag.types import Vectors
from rsrag.vectors import UNIT_TOLERANCE

if TYPE_CHECKING:
    import pyarrow as pa

LENGTH = "embedding_length"
"""Property of a chip whose vector was not of length one: what it was."""

IMPORT = "import"
"""Who placed and dated a chip that came with its place and time."""

_NO_WINDOW = dict.fromkeys(WINDOW_FIELDS, 0)
"""Window of a chip whose pixels are not known."""


def payload_of(
    table: "pa.Table",
    columns: ColumnMap,
    vectors: Vectors,
    lengths: NDArray[np.float64],
    place: RowPlace,
) -> "pa.Table":
    """The payload columns of chips.

    Args:
        table: rows of a foreign file, without embeddings.
        columns: which column is which.
        vectors: ``(n, dim)`` of the same rows, for ids where there are none.
        lengths: ``(n,)`` of the vectors as they came.
        place: for messages.

    Raises:
        IndexingError: a value that cannot be what its column is taken for.
    """
    import pyarrow as pa
    import shapely

    _check_text(table, place)
    shapes = footprints(table, columns, place)
    if columns.layout == OWN:
        return own_payload(table, place)
    fields = columns.columns
    n = len(table)
    table = _microseconds(table, place)

    def values(name: str) -> list[Any]:
        column = fields.get(name)
        return table[column].to_pylist() if column else [None] * n

    wkb = [None if shape is None else shapely.to_wkb(shape) for shape in shapes]
    times = _times(values("datetime"), fields.get("datetime", ""), place)
    sources = [str(v) if v else place.file for v in values("source")]
    names = values("id")
    texts = ["" if name is None else str(name) for name in names]
    data = {
        "id": [
            foreign_id(text) if text else _content_id(row)
            for text, *row in zip(texts, vectors, wkb, times, sources, strict=True)
        ],
        "geometry": wkb,
        "bbox": [
            None if s is None else dict(zip(BBOX_FIELDS, geometry_bbox(s), strict=True))
            for s in shapes
        ],
        "source": sources,
        "source_sha256": [""] * n,
        "window": [_NO_WINDOW] * n,
        "datetime": times,
        "gsd_m": [_positive(value) for value in values("gsd_m")],
        "sensor": [value or None for value in values("sensor")],
        "crs": [value or None for value in values("crs")],
        "nodata_share": _shares(values("nodata_share"), fields, place),
        "properties": _properties(table, columns, texts, lengths),
        "placed_by": [None if shape is None else IMPORT for shape in shapes],
        "dated_by": [None if time is None else IMPORT for time in times],
        **dict.fromkeys(("bands", "contrast"), [None] * n),
    }
    return pa.table(data, schema=chip_schema())


def _content_id(row: Sequence[Any]) -> str:
    """An id for a row that has none: of all that is known of it."""
    vector, wkb, time, source = row
    parts = (vector.tobytes(), wkb or b"", str(time).encode(), source.encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def _check_text(table: "pa.Table", place: RowPlace) -> None:
    """Refuse strings that are not UTF-8: readers of Parquet do not look."""
    import pyarrow as pa

    for field in table.schema:
        kind = storage_type(field.type)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            try:
                table[field.name].validate(full=True)
            except pa.ArrowException as exc:
                raise IndexingError(
                    f"{place.file}, column {field.name}, after row {place.row:,}: "
                    f"{exc}",
                    hint="write the column in UTF-8",
                ) from exc


def _microseconds(table: "pa.Table", place: RowPlace) -> "pa.Table":
    """The table with times that Python can hold."""
    import pyarrow as pa

    for number, field in enumerate(table.schema):
        if not pa.types.is_timestamp(field.type):
            continue
        column = table[field.name].cast(pa.timestamp("us", field.type.tz), safe=False)
        table = table.set_column(number, field.name, column)
        try:
            column.to_pylist()
        except (ValueError, OverflowError) as exc:
            raise IndexingError(
                f"{place.file}, column {field.name}, after row {place.row:,}: a time "
                f"that no calendar has: {exc}",
                hint="--map datetime= leaves it out",
            ) from exc
    return table


def _times(values: list[Any], column: str, place: RowPlace) -> list[dt.datetime | None]:
    times = []
    for row, value in enumerate(values):
        try:
            times.append(_moment(value))
        except (ValueError, OverflowError) as exc:
            raise IndexingError(
                f"{place.file}, column {column}, near row {place.row + row:,}: "
                f"{value!r} is no time: {exc}",
                hint="--map datetime=COLUMN names another column, --map datetime= "
                "leaves it out",
            ) from exc
    return times


def _moment(value: Any) -> dt.datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _parsed(value.strip())
    if isinstance(value, dt.datetime):
        exact = dt.datetime(*value.timetuple()[:6], value.microsecond, value.tzinfo)
        return _in_utc(exact)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    raise ValueError(f"a {type(value).__name__}")


@lru_cache(maxsize=4_096)
def _parsed(text: str) -> dt.datetime:
    return _in_utc(dt.datetime.fromisoformat(text))


def _in_utc(moment: dt.datetime) -> dt.datetime:
    """The moment in UTC; without a zone it is taken for that."""
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _positive(value: Any) -> float | None:
    good = value is not None and math.isfinite(value) and value > 0
    return float(value) if good else None


def _shares(
    values: list[Any], fields: Mapping[str, str], place: RowPlace
) -> list[float]:
    for row, value in enumerate(values):
        if value is not None and not 0 <= value <= 1:
            raise IndexingError(
                f"{place.file}, column {fields['nodata_share']}, near row "
                f"{place.row + row:,}: {value!r} is no share of 0 to 1.",
                hint="--map nodata_share= leaves it out",
            )
    return [0.0 if value is None else float(value) for value in values]


def _properties(
    table: "pa.Table",
    columns: ColumnMap,
    names: list[str],
    lengths: NDArray[np.float64],
) -> list[str | None]:
    """All other columns, the foreign id, and the length of the vector, as JSON."""
    rest = table.select(list(columns.rest)).to_pylist() if columns.rest else []
    rows = rest or [{} for _ in names]
    id_column = columns.columns.get("id", "id")
    texts: list[str | None] = []
    for row, name, length in zip(rows, names, lengths.tolist(), strict=True):
        said = {k: _plain(v) for k, v in row.items() if v is not None}
        if name and foreign_id(name) != name:
            said = {id_column: name, **said}
        if abs(length - 1) > UNIT_TOLERANCE:
            said[LENGTH] = round(length, 6) if length < 1e9 else length
        texts.append(json.dumps(said, ensure_ascii=False) if said else None)
    return texts


def _plain(value: Any) -> Any:
    """A value of Arrow as JSON has it; NaN and infinity are null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value
