"""Descriptions of a picture by others: a catalogue, the notes of a product."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata
from rsrag.imagery.places.georeference import Affine
from rsrag.types import BBox

NOTED = "notes of the product"
"""Who says the time of a product's scene."""


class BandInfo(NamedTuple):
    """What is said of one band.

    Attributes:
        name: ``B04``.
        colour: ``red``, ``nir``: what part of the spectrum it is.
        scale: physical value = ``scale`` * stored value + ``offset``.
        offset: see ``scale``.
        nodata: stored value that means none.
    """

    name: str | None = None
    colour: str | None = None
    scale: float | None = None
    offset: float | None = None
    nodata: float | None = None


@dataclass(frozen=True, slots=True)
class PlaceHint:
    """Where a picture lies, if it does not say so itself.

    Attributes:
        crs: anything that :func:`rsrag.imagery.places.georeference.read_crs` reads.
        transform: pixel corners to ``crs``, of a picture of ``shape``.
        shape: rows and columns that ``transform`` counts.
        bounds: west, south, east, north in units of ``crs``.
    """

    crs: str
    transform: Affine | None = None
    shape: tuple[int, int] | None = None
    bounds: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """All that is said of a picture.

    Attributes:
        bands: of the picture, in its order; empty: nothing is said.
        bbox: lon/lat box around it, good enough to choose by, not to place by.
        doubts: what the user should know of it, or of how the picture was chosen.
        radar: whether its values are amplitudes of a radar, which want decibels.
    """

    metadata: SceneMetadata = field(default_factory=SceneMetadata)
    place: PlaceHint | None = None
    bands: tuple[BandInfo, ...] = ()
    bbox: BBox | None = None
    doubts: tuple[str, ...] = ()
    radar: bool = False


def noted(
    moment: datetime | None, sensor: str | None, properties: Mapping[str, Any]
) -> Description:
    """What the notes of a product say of its scene.

    Args:
        properties: those that are ``None`` are left out.
    """
    kept = {name: value for name, value in properties.items() if value is not None}
    dated_by = NOTED if moment else None
    return Description(SceneMetadata(moment, None, sensor, None, kept, dated_by))


class ProductScene(NamedTuple):
    """What the scene of a product of several files is made of.

    Attributes:
        parts: path in the product, 1-based band and what it is; one part with band 0:
            the file whole.
    """

    parts: tuple[tuple[str, int, BandInfo], ...]
    told: Description
