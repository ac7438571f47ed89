"""Items of stac-geoparquet: a row an item, its properties a column each."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.catalogues.json_fields import Fields

_ROWS = 1024
_OWN = frozenset(
    {"id", "type", "stac_version", "stac_extensions", "assets", "links", "collection"}
)


def read_parquet(path: Path) -> Iterator[Fields]:
    """Items of a file.

    Raises:
        ImageReadError: not Parquet, or without the columns of items.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    where = escape(path.as_posix())
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if missing := {"id", "assets"} - set(names):
                raise ImageReadError(
                    f"{where} is no stac-geoparquet: it has no column "
                    f"{' or '.join(sorted(missing))}."
                )
            wanted = [name for name in names if name not in ("geometry", "links")]
            number = 0
            for batch in file.iter_batches(_ROWS, columns=wanted):
                for row in batch.to_pylist():
                    number += 1
                    yield Fields(_item(row), f"{where}, row {number}")
    except (pa.ArrowException, ValueError) as exc:
        raise ImageReadError(f"{where} is no readable Parquet: {exc}") from exc


def _item(row: dict[str, Any]) -> dict[str, Any]:
    properties = row.pop("properties", None)
    box = row.pop("bbox", None)
    item = {name: _plain(row.pop(name)) for name in _OWN & set(row)}
    own = _plain(properties) if isinstance(properties, dict) else {}
    item["type"] = "Feature"
    item["properties"] = {**own, **_plain(row)}
    if isinstance(box, dict):
        names = ("xmin", "ymin", "xmax", "ymax")
        if all(box.get(name) is not None for name in names):
            item["bbox"] = [box[name] for name in names]
    elif isinstance(box, list):
        item["bbox"] = box
    return item


def _plain(value: Any) -> Any:
    """Values as JSON has them; a column that an item does not use is not there."""
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float):
        return value
    return None if isinstance(value, bytes) else str(value)
