"""Hits and chips as a GeoDataFrame."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rsrag.indexing.format.chip_schema import RULES, WINDOW_FIELDS, chip_schema
from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    import geopandas
    import pyarrow as pa

CRS = "EPSG:4326"


def hits_frame(hits: Sequence[ChipHit]) -> "geopandas.GeoDataFrame":
    """A row for each hit, best first; ``rank`` from 1."""
    from geopandas import GeoDataFrame
    from pandas import DataFrame, to_datetime

    words = ("source", "sensor", "place", "crs", *RULES)
    names = (*words, "gsd_m", "nodata_share", "properties")
    columns: dict[str, list[Any]] = {
        "rank": list(range(1, len(hits) + 1)),
        "id": [hit.id for hit in hits],
        "score": [float(hit.score) for hit in hits],
        **{name: [getattr(hit, name) for hit in hits] for name in names},
    }
    for at, name in enumerate(WINDOW_FIELDS):
        columns[name] = [hit.window and hit.window[at] for hit in hits]
    frame = DataFrame(columns)
    frame["datetime"] = to_datetime([hit.datetime for hit in hits], utc=True)
    return GeoDataFrame(frame, geometry=[hit.footprint for hit in hits], crs=CRS)


def chips_frame(tables: "Iterable[pa.Table]") -> "geopandas.GeoDataFrame":
    """A row for each row of tables of chips, without embeddings."""
    import pyarrow as pa
    import shapely
    from geopandas import GeoDataFrame

    schema = chip_schema()
    table = pa.concat_tables(
        [schema.empty_table(), *(table.select(schema.names) for table in tables)],
        promote_options="permissive",
    )
    outlines = shapely.from_wkb(table["geometry"].to_pylist())
    windows = table["window"].combine_chunks()
    frame = table.drop_columns(["geometry", "bbox", "window"]).to_pandas()
    for name in WINDOW_FIELDS:
        frame[name] = windows.field(name).to_numpy(zero_copy_only=False)
    frame["properties"] = [
        json.loads(text) if text else {} for text in table["properties"].to_pylist()
    ]
    return GeoDataFrame(frame, geometry=outlines, crs=CRS)
