"""GeoPackage, GeoParquet, Shapefile, GeoJSON, FlatGeobuf and their kin."""

import datetime as dt
import warnings
from pathlib import Path
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.knowledge.collection import Records
from rsrag.knowledge.importers.card_columns import field_names
from rsrag.knowledge.importers.cards import CardReader
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.shapes import shape_wkb
from rsrag.types import Skip


def read_vector(path: Path, options: ImportOptions) -> tuple[Records, list[Skip]]:
    """Read one layer; a feature is a card, its geometry brought to lon/lat."""
    where = str(path)
    frame = _on_earth(_frame(path, options), where, options)
    columns = [str(c) for c in frame.columns if c != frame.geometry.name]
    names = field_names(columns, options.columns, where)
    collector = Collector(options, where)
    reader = CardReader(collector, drop=options.drop)
    shapes = frame.geometry.array
    rows = frame[columns].itertuples(index=False, name=None)
    for number, row in enumerate(rows, 1):
        with collector.attempt(f"feature {number}"):
            shape = shapes[number - 1]
            if shape is None:
                raise KnowledgeError(f"{collector.at}: geometry: there is none.")
            cells = zip(columns, map(_plain, row), strict=True)
            card = {names[c]: v for c, v in cells if c in names and v is not None}
            for field in ("lon", "lat", "wkt", "bbox", "coordinates", "geometry"):
                card.pop(field, None)
            reader.add(card, shape_wkb(shape, collector.at))
    return collector.records(), collector.skipped


def _frame(path: Path, options: ImportOptions) -> Any:
    import geopandas
    import pyarrow as pa
    from pyogrio.errors import DataLayerError
    from shapely.errors import ShapelyError

    try:
        with path.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
        if parquet:
            return geopandas.read_parquet(path)
        with warnings.catch_warnings():
            # A geometry that GDAL warns of comes as none, and is skipped by name;
            # measures, which it warns of too, have no use here.
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("ignore", UserWarning)
            layer = options.layer or _only_layer(path)
            frame = geopandas.read_file(path, layer=layer)
    except DataLayerError as exc:
        raise KnowledgeError(
            f"{path} has no layer {options.layer!r}.",
            hint=f"its layers are {', '.join(_layers(path))}",
        ) from exc
    except (
        RuntimeError,
        ShapelyError,
        ValueError,
        IndexError,
        pa.ArrowException,
    ) as exc:
        # pyogrio's own errors are RuntimeErrors; GDAL's on broken files are not all.
        raise KnowledgeError(f"{path} cannot be read as features: {exc}.") from exc
    except OSError as exc:
        raise KnowledgeError(f"{path} cannot be read: {exc}.") from exc
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise KnowledgeError(
            f"{path}: layer {layer!r} has no geometry.",
            hint="--layer NAME; its layers are " + ", ".join(_layers(path)),
        )
    return frame


def _layers(path: Path) -> list[str]:
    import pyogrio

    return [str(name) for name, _ in pyogrio.list_layers(path)]


def _only_layer(path: Path) -> str | None:
    """The layer of a file with one; with several a person has to say which."""
    layers = _layers(path)
    if len(layers) > 1:
        raise KnowledgeError(
            f"{path} has {len(layers)} layers.", hint=f"--layer {' | '.join(layers)}"
        )
    return layers[0] if layers else None


def _on_earth(frame: Any, where: str, options: ImportOptions) -> Any:
    from pyproj.exceptions import CRSError, ProjError

    try:
        if frame.crs is None:
            if options.crs is None:
                raise KnowledgeError(
                    f"{where} does not say its coordinate system.",
                    hint="--crs EPSG:4326 if it is lon/lat degrees",
                )
            frame = frame.set_crs(options.crs)
        elif options.crs is not None and frame.crs != options.crs:
            raise KnowledgeError(
                f"{where} is in {frame.crs.name}, not in {options.crs}.",
                hint="--crs is for files that do not say theirs: leave it out",
            )
        return frame.to_crs("EPSG:4326")
    except (CRSError, ProjError) as exc:
        raise KnowledgeError(f"{where}: coordinate system: {exc}.") from exc


def _plain(value: Any) -> Any:
    """A cell as a JSON value; ``None`` for what is missing."""
    if value is None or value != value:
        return None
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, bytes):
        return None
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        value = value.tolist()
    return value
