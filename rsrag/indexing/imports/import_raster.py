"""A raster that holds an embedding a pixel, as rows: one a cell of some pixels."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.external_encoder import EXTERNAL
from rsrag.errors import ConfigError, ImageryError, IndexingError
from rsrag.imagery.embeddings.embedding_cells import Block, blocks
from rsrag.imagery.embeddings.embedding_opening import open_embeddings
from rsrag.imagery.embeddings.embedding_raster import EmbeddingRaster
from rsrag.imagery.places.georeference import ground_sampling_m, to_lon_lat
from rsrag.indexing.imports.import_table import ROWS

if TYPE_CHECKING:
    import pyarrow as pa

_CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)])
_MAKERS = {"AlphaEarth": "alphaearth", "TESSERA": "tessera"}


@dataclass(frozen=True, slots=True)
class CellChoice:
    """How rasters become rows.

    Attributes:
        stride: side of a cell, pixels; its vector is the mean of theirs.
        values: what the values stand for, as
            :func:`rsrag.imagery.embeddings.embedding_opening.open_embeddings` has it.
    """

    stride: int
    values: str = "auto"

    def __post_init__(self) -> None:
        if self.stride < 1:
            raise ConfigError(f"--stride is {self.stride}; it must be at least 1.")


def cell_choice(stride: int | None, values: str) -> CellChoice | None:
    """The choice from words; ``None`` if the files are no rasters.

    Raises:
        ConfigError: values without a stride, or a stride that cannot be.
    """
    if stride is not None:
        return CellChoice(stride, values)
    if values != "auto":
        raise ConfigError(
            f"--values {values} is for rasters of embeddings.", hint="--stride 16"
        )
    return None


class RasterTable:
    """The cells of a raster of embeddings that hold one, row by row.

    Attributes:
        encoder: name of its maker, if that is known.
    """

    footer: Mapping[bytes, bytes] = {}

    def __init__(self, path: Path, choice: CellChoice) -> None:
        import pyarrow as pa

        self.path, self._choice = path, choice
        raster = self._open()
        raster.close()
        maker = raster.law.partition(":")[0]
        self.encoder = f"{EXTERNAL}{_MAKERS[maker]}" if maker in _MAKERS else None
        self.schema: pa.Schema = pa.schema(
            {
                "id": pa.string(),
                "geometry": pa.binary(),
                "source": pa.string(),
                "gsd_m": pa.float64(),
                "embedding": pa.list_(pa.float32(), raster.dim),
            }
        )

    def _open(self) -> EmbeddingRaster:
        try:
            return open_embeddings(self.path, self._choice.values)
        except ImageryError as exc:
            raise IndexingError(str(exc), hint=exc.hint) from exc

    def read(self, columns: Sequence[str]) -> "Iterator[pa.Table]":
        """See :class:`rsrag.indexing.imports.import_table.ForeignTable`."""
        import pyarrow as pa

        raster = self._open()
        try:
            for block in blocks(raster, self._choice.stride):
                rows, own = np.nonzero(block.valid)
                for at in range(0, len(rows), ROWS):
                    part = slice(at, at + ROWS)
                    made = self._columns(raster, block, rows[part], own[part])
                    table = pa.table({name: made[name] for name in columns})
                    yield table.cast(pa.schema([self.schema.field(n) for n in columns]))
        except ImageryError as exc:
            raise IndexingError(str(exc), hint=exc.hint) from exc
        finally:
            raster.close()

    def _columns(
        self,
        raster: EmbeddingRaster,
        block: Block,
        rows: NDArray[np.intp],
        own: NDArray[np.intp],
    ) -> dict[str, Any]:
        import pyarrow as pa
        import shapely

        stride = self._choice.stride
        corner = np.stack([block.left + own * stride, block.top + rows * stride], 1)
        ends = (raster.width, raster.height)
        corners = np.minimum(corner[:, None] + _CORNERS * stride, ends)
        a, b, c, d, e, f = raster.place.transform
        xs, ys = np.array([[a, b], [d, e]]) @ corners.reshape(-1, 2).T + [[c], [f]]
        lon, lat = to_lon_lat(raster.place.crs).transform(xs, ys)
        outlines = np.stack([lon, lat], axis=1).reshape(-1, len(_CORNERS), 2)
        metres = ground_sampling_m(raster.place, raster.width, raster.height)
        name = self.path.name
        flat = pa.array(block.vectors[rows, own].ravel())
        return {
            "id": [_id(name, x, y, stride) for x, y in corner.tolist()],
            "geometry": shapely.to_wkb(shapely.polygons(outlines)).tolist(),
            "source": [str(self.path.absolute())] * len(rows),
            "gsd_m": [None if metres is None else metres * stride] * len(rows),
            "embedding": pa.FixedSizeListArray.from_arrays(flat, raster.dim),
        }


def _id(name: str, x: int, y: int, stride: int) -> str:
    return hashlib.sha256(f"{name} {x} {y} {stride}".encode()).hexdigest()[:32]
