"""Opening a file of embeddings, whoever made it."""

from pathlib import Path

import numpy as np

from rsrag.errors import ImageReadError, SourceNotFoundError
from rsrag.imagery.embeddings.embedding_raster import (
    LAWS,
    EmbeddingRaster,
    open_raster,
)
from rsrag.imagery.embeddings.tessera_tile import open_tessera
from rsrag.types import Window

_SAMPLE = 256


def open_embeddings(path: Path, values: str = "auto") -> EmbeddingRaster:
    """Open a raster of embeddings; the caller closes it.

    Read are AlphaEarth's annual rasters (64 bands of signed bytes ``v`` that stand for
    ``sign(v) (v / 127.5)^2``, -128 is masked; developers.google.com/earth-engine/guides
    /aef_on_gcs_readme), TESSERA's tiles (``NAME.npy`` of signed bytes, to be multiplied
    with ``NAME_scales.npy``, and placed by ``NAME.tiff`` beside them or in
    ``global_0.1_degree_tiff_all``), and any raster of floats, or of integers with a
    scale and offset in its tags.

    Args:
        values: what they stand for: ``auto``, ``alphaearth``, ``plain`` or
            ``SCALE[,OFFSET]``.

    Raises:
        SourceNotFoundError: there is no such file.
        ImageReadError: no raster of embeddings, no place, or values of unknown meaning.
    """
    if not path.exists():
        raise SourceNotFoundError(f"{path} is not a file.", hint="check the path")
    if path.suffix == ".npy":
        return open_tessera(path)
    made = open_raster(path, values)
    _check_lengths(made)
    return made


def _check_lengths(raster: EmbeddingRaster) -> None:
    """Refuse AlphaEarth's values read otherwise: its vectors have length one."""
    if not raster.law.startswith("AlphaEarth"):
        return
    width, height = min(raster.width, _SAMPLE), min(raster.height, _SAMPLE)
    left, top = (raster.width - width) // 2, (raster.height - height) // 2
    cells = raster.read(Window(left, top, width, height))
    lengths = np.linalg.norm(cells.vectors[cells.valid], axis=1)
    if len(lengths) and not 0.8 < np.median(lengths) < 1.2:
        raster.close()
        raise ImageReadError(
            f"{raster.name} is no raster of AlphaEarth's: its vectors would have the "
            f"length {np.median(lengths):.3g}, and not 1.",
            hint=f"--values takes {LAWS}",
        )
