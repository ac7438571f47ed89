"""Places that rasters of embeddings find alike."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.desk.argument_check import told
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.filter_values import Area
    from rsrag.imagery.embeddings.place_search import PlaceFound
    from rsrag.imagery.places.georeference import Georeference


@dataclass(frozen=True, slots=True)
class Heat:
    """How alike each cell of a raster is.

    Attributes:
        raster: its name.
        law: what its values were taken to stand for.
        place: where it lies.
        cosine: ``(rows, columns)`` float32, nan where there is no vector.
    """

    raster: str
    law: str
    place: "Georeference"
    cosine: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SimilarPlaces:
    """What was found.

    Attributes:
        places: best first.
        heats: one a raster, in the order given.
        stride: side of a cell, pixels.
        vectors: how many vectors the query is the mean of.
    """

    places: "list[PlaceFound]"
    heats: list[Heat]
    stride: int
    vectors: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "vectors": self.vectors,
            "stride_px": self.stride,
            "rasters": [{"raster": h.raster, "values": h.law} for h in self.heats],
            "places": [
                {
                    "rank": one.rank,
                    "score": round(one.score, 6),
                    "lon": round(one.lon, 7),
                    "lat": round(one.lat, 7),
                    "raster": one.raster,
                    "pixel": [one.column, one.row],
                }
                for one in self.places
            ],
        }

    def write(self, heat: Heat, path: Path) -> None:
        """Write the cosines of a raster as a Cloud Optimized GeoTIFF; nodata is nan.

        Raises:
            ConfigError: the file cannot be written.
        """
        from rsrag.analysis.placed_raster import write_raster

        tags = {"RSRAG_RASTER": heat.raster, "RSRAG_VALUES": heat.law}
        bands = {"cosine": heat.cosine}
        nan = float("nan")
        write_raster(path, bands, heat.place, self.stride, tags=tags, nodata=nan)


def silent(name: str, done: int, total: int) -> None:
    """For work that nobody watches."""


@told
def similar_places(
    rasters: "str | Path | Sequence[str | Path]",
    *,
    at: tuple[float, float] | str | None = None,
    area: "Area | None" = None,
    values: str = "auto",
    stride: int = 1,
    top_k: int = 20,
    apart_m: float = 500.0,
    progress: Callable[[str, int, int], None] = silent,
) -> SimilarPlaces:
    """Where embeddings, a vector a pixel, are like those of a place.

    Args:
        rasters: AlphaEarth's or TESSERA's files, or other rasters of embeddings; all
            of one maker. The place must lie in one of them.
        at: longitude and latitude.
        area: instead of a point: a file, GeoJSON, WKT or a shapely geometry.
        values: what the values stand for: ``auto``, ``alphaearth``, ``plain`` or
            ``SCALE[,OFFSET]``.
        stride: side of the cells that are compared, pixels.
        top_k: places at most.
        apart_m: metres between two places at least, and to the one asked for.
        progress: told the raster, its rows that are done, and how many there are.

    Raises:
        QueryError: no place or two, or one where no vector lies; numbers that cannot
            be; rasters that do not go together.
        ImageReadError: a raster that cannot be read, or whose values may stand for
            anything.
        SourceNotFoundError: a file is not there.
    """
    from shapely import Point

    from rsrag.desk.filter_values import area_of, point_of
    from rsrag.imagery.embeddings.embedding_opening import open_embeddings
    from rsrag.imagery.embeddings.place_search import (
        best_places,
        query_of,
        similarity,
    )

    if (at is None) == (area is None):
        raise QueryError("Give one place: a point or an area.", hint="--at LON,LAT")
    if stride < 1 or top_k < 1 or not 0 <= apart_m < 1e7:
        raise QueryError(
            f"stride is {stride}, top_k {top_k}, apart {apart_m:g} m; they must be at "
            "least 1, 1 and 0."
        )
    if at is not None:
        ground: Any = Point(point_of(at, "at"))
    else:
        assert area is not None
        ground = area_of(area)
    given = [rasters] if isinstance(rasters, str | Path) else list(rasters)
    with ExitStack() as opened:
        read = []
        for path in given:
            read.append(open_embeddings(Path(path).expanduser(), values))
            opened.callback(read[-1].close)
        if not read:
            raise QueryError("There is no raster.", hint="similar_places([FILE], …)")
        kinds = {(one.dim, one.law.partition(":")[0]): one.name for one in read}
        if len(kinds) > 1:
            makers = "; ".join(
                f"{name}: {dim} numbers, {law}" for (dim, law), name in kinds.items()
            )
            raise QueryError(f"The rasters are of different makers: {makers}.")
        query, count = query_of(read, ground)
        heats = []
        for one in read:
            name = Path(one.name).name

            def bar(done: int, total: int, name: str = name) -> None:
                progress(name, done, total)

            heats.append((one, similarity(one, query, stride, bar)))
        places = best_places(heats, stride, top_k, apart_m, ground)
    found = [Heat(one.name, one.law, one.place, heat) for one, heat in heats]
    return SimilarPlaces(places, found, stride, count)
