"""Vector files that GDAL reads: their features, with geometries in lon/lat degrees."""

import json
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.knowledge.shapefile_texts import in_zip, texts_of

_BINARY = (b"SQLite format 3\0", b"PAR1", b"fgb\x03", b"\0\0\x27\x0a", b"PK\x03\x04")
"""First bytes of GeoPackage, GeoParquet, FlatGeobuf, Shapefile and zip."""
_DBF = (b"\0\0\x27\x0a", b"PK")
"""First bytes of what has its texts in a .dbf: a Shapefile, or one in a zip."""
_SHEETS: dict[str, tuple[str, ...] | None] = {
    "kml": None,
    "gpx": ("waypoints", "routes", "tracks"),
    "osm": ("points", "lines", "multilinestrings", "multipolygons", "other_relations"),
}
"""Formats whose layers are parts of one whole, and which of them count."""
_HOW: dict[str, dict[str, Any]] = {
    "osm": {
        "CONFIG_FILE": str(Path(__file__).with_name("osm_layers.txt")),
        "where": "name IS NOT NULL",
    },
    "gml": {"DOWNLOAD_SCHEMA": "NO"},
}


def vector_kind(head: bytes, path: Path) -> str | None:
    """``gml``, ``gpx``, ``kml``, ``osm``, or ``vector`` for any other vector file.

    ``None`` if its first bytes are of no such format; GeoJSON is told elsewhere.
    """
    if head.startswith((*_BINARY, b"!table")) or path.suffix.lower() == ".mif":
        return "kml" if path.suffix.lower() == ".kmz" else "vector"
    if b"OSMHeader" in head[:64]:
        return "osm"
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    signs = {"kml": b"<kml", "gpx": b"<gpx", "osm": b"<osm", "gml": b"opengis.net/gml"}
    return next((kind for kind, sign in signs.items() if sign in head), None)


def read_features(
    path: Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    unnamed: bool = False,
) -> tuple[list[tuple[str, Any]], list[str]]:
    """Read one layer of a file, or all those of a KML, GPX or OpenStreetMap file.

    Args:
        layer: to read of several.
        crs: of a file that names none, or names degrees and holds metres.
        encoding: of the texts of a Shapefile that names none.
        unnamed: what has no name is read of an OpenStreetMap file, too.

    Returns:
        Names of layers with GeoDataFrames in EPSG:4326, a geometry ``None`` where it
        cannot be mended; and what was guessed, a sentence each.

    Raises:
        KnowledgeError: unreadable, no such layer, several to choose from, or no
            coordinate system.
    """
    notes: list[str] = []
    with _readable(path):
        with path.open("rb") as file:
            head = file.read(4096)
        kind = vector_kind(head, path) or "vector"
        if head.startswith(b"PAR1"):
            frames = [("", _parquet(path))]
        else:
            source: Any = in_zip(path) if head.startswith(b"PK") else path
            if kind == "gml":
                source = path.read_bytes()  # beside it, GDAL would write a file
            frames = []
            for name in [layer] if layer else _chosen(path, source, kind):
                texts = encoding if head.startswith(_DBF) else None
                if head.startswith(_DBF) and not encoding:
                    texts, note = texts_of(path, name)
                    notes += [note] if note else []
                frames.append((name, _frame(path, source, kind, name, texts, unnamed)))
    return [(name, _on_earth(frame, path, crs)) for name, frame in frames], notes


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    import pyarrow as pa
    from shapely.errors import ShapelyError

    try:
        with warnings.catch_warnings():
            # A geometry that GDAL warns of comes as none, and is skipped by name;
            # measures, which it warns of too, have no use here.
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("ignore", UserWarning)
            yield
    except UnicodeDecodeError as exc:
        raise KnowledgeError(
            f"{path}: its texts are not {exc.encoding}.", hint="--encoding NAME"
        ) from exc
    except (
        *(RuntimeError, ShapelyError, ValueError, LookupError, pa.ArrowException),
        zipfile.BadZipFile,
    ) as exc:
        # pyogrio's own errors are RuntimeErrors; GDAL's on broken files are not all.
        raise KnowledgeError(f"{path} cannot be read as features: {exc}.") from exc
    except OSError as exc:
        raise KnowledgeError(f"{path} cannot be read: {exc}.") from exc


def _parquet(path: Path) -> Any:
    import geopandas
    import numpy as np
    import pyarrow.parquet as pq
    import shapely
    from shapely.errors import ShapelyError

    try:
        return geopandas.read_parquet(path)
    except ShapelyError:
        # One geometry that is broken: it becomes none, and the others are read.
        table = pq.read_table(path)
        about = json.loads(table.schema.metadata[b"geo"])
        name = about["primary_column"]
        shapes = shapely.from_wkb(
            np.array(table[name].to_pylist(), dtype=object), on_invalid="fix"
        )
        return geopandas.GeoDataFrame(
            table.drop_columns([name]).to_pandas(),
            geometry=shapes,
            crs=about["columns"][name].get("crs", "OGC:CRS84"),
        )


def _chosen(path: Path, source: Any, kind: str) -> list[str]:
    """The only layer with geometries, or all of a file whose layers are one whole."""
    import pyogrio

    layers = [str(n) for n, shape in pyogrio.list_layers(source) if shape is not None]
    if kind in _SHEETS:
        return [name for name in layers if name in (_SHEETS[kind] or layers)]
    if len(layers) == 1:
        return layers
    if not layers and path.suffix.lower() in (".xlsx", ".xls", ".ods"):
        raise KnowledgeError(
            f"{path} is a spreadsheet, and those are not read.",
            hint="save each sheet as CSV (UTF-8), a row of column names first",
        )
    if not layers:
        raise ValueError("it has no layer with geometries")
    raise KnowledgeError(
        f"{path} has {len(layers)} layers.", hint=f"--layer {' | '.join(layers)}"
    )


def _frame(
    path: Path,
    source: Any,
    kind: str,
    layer: str,
    encoding: str | None,
    unnamed: bool,
) -> Any:
    import geopandas
    import pyogrio
    from pyogrio.errors import DataLayerError

    how = {"layer": layer, "encoding": encoding, "on_invalid": "fix"}
    how |= _HOW.get(kind, {})
    if unnamed:
        how.pop("where", None)
    try:
        try:
            frame = geopandas.read_file(source, **how)
        except ValueError as exc:
            if isinstance(exc, UnicodeError):
                raise
            # Lists of booleans are read by way of Arrow only, numbers better without.
            frame = geopandas.read_file(source, use_arrow=True, **how)
    except DataLayerError:
        frame, fault = None, f"{path} has no layer {layer!r}."
    else:
        fault = f"{path}: layer {layer!r} has no geometry."
    if isinstance(frame, geopandas.GeoDataFrame):
        return frame
    layers = ", ".join(str(name) for name, _ in pyogrio.list_layers(source))
    raise KnowledgeError(fault, hint=f"--layer NAME; its layers are {layers}")


def _on_earth(frame: Any, path: Path, crs: str | None) -> Any:
    from pyproj.exceptions import CRSError, ProjError

    try:
        if frame.crs is None:
            if crs is None:
                raise KnowledgeError(
                    f"{path} does not say its coordinate system.",
                    hint="--crs EPSG:4326 if it is lon/lat degrees",
                )
            frame = frame.set_crs(crs)
        elif crs is not None and frame.crs != crs:
            if not frame.crs.is_geographic or abs(frame.total_bounds).max() <= 360:
                raise KnowledgeError(
                    f"{path} is in {frame.crs.name}, not in {crs}.",
                    hint="--crs is for files that do not say theirs: leave it out",
                )
            frame = frame.set_crs(crs, allow_override=True)
        return frame.to_crs("EPSG:4326")
    except (CRSError, ProjError) as exc:
        raise KnowledgeError(f"{path}: coordinate system: {exc}.") from exc
