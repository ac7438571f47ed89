"""The words of the system: frozen values that pass between the rooms."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    """``(n, dim)`` float32, every row of length one."""

    Pixels = NDArray[np.uint8]
    """``(height, width, 3)`` uint8 RGB."""
else:
    # A question about a fact is answered without NumPy, so it is not imported here.
    Vectors = Pixels = Any


class BBox(NamedTuple):
    """A box in degrees, EPSG:4326. ``west > east`` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


class Window(NamedTuple):
    """A rectangle of pixels of a scene, counted from its upper left corner."""

    col_off: int
    row_off: int
    width: int
    height: int


class Interval(NamedTuple):
    """A span of time in UTC, both ends included; ``None`` is open."""

    start: dt.datetime | None
    end: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ChipRecord:
    """All that an index keeps of a chip, besides its embedding.

    Attributes:
        id: 32 hex digits made from the source's bytes, its georeference, the
            window and the scale; equal inputs give equal ids on any machine.
        source: absolute path of the file, or ``ARCHIVE!/MEMBER``.
        source_sha256: hex digest of the file's (or the member's) bytes.
        window: the pixels of the scene that the chip covers, clipped to it.
        footprint: outline in lon/lat degrees as WKB, a Polygon or, across the
            antimeridian, a MultiPolygon; ``None`` for a plain picture.
        bbox: bounds of the footprint.
        crs: the scene's own reference system (``EPSG:32633`` or WKT).
        datetime: acquisition time, UTC.
        gsd_m: ground sampling distance in metres a pixel.
        sensor: satellite or camera, as the archive names it.
        nodata_share: share of the chip's pixels without data, padding
            included, 0 to 1.
        properties: what else a sidecar file says of the scene.
    """

    id: str
    source: str
    source_sha256: str
    window: Window
    footprint: bytes | None = None
    bbox: BBox | None = None
    crs: str | None = None
    datetime: dt.datetime | None = None
    gsd_m: float | None = None
    sensor: str | None = None
    nodata_share: float = 0.0
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip on its way to the encoder.

    Attributes:
        record: what the index will keep.
        pixels: ``(height, width, 3)`` uint8 RGB, stretched and padded.
    """

    record: ChipRecord
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Skip:
    """A source, or a part of one, that was left out, and why.

    Attributes:
        source: as in :class:`ChipRecord`.
        reason: one line for a person.
        kind: the error's class name, or a short word (``nodata``,
            ``duplicate``) when nothing was wrong.
        count: how many chips or sources this stands for.
    """

    source: str
    reason: str
    kind: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What makes two encoders' vectors comparable: all four must be equal.

    Attributes:
        id: name of the encoder (``mini``, ``georsclip-vit-b-32``).
        weights_sha256: hex digest of the weights that were loaded.
        preprocessing: one line naming every step from pixels to tensor.
        dim: width of the embeddings.
    """

    id: str
    weights_sha256: str
    preprocessing: str
    dim: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of a store.

    Attributes:
        id: of the item found.
        score: cosine similarity, larger is better.
        payload: the item's columns, as they were given to the store.
    """

    id: str
    score: float
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation with a language model.

    Attributes:
        role: who speaks.
        content: what.
        images: pictures that belong to it, each ``(height, width, 3)`` uint8 RGB.
    """

    role: Literal["system", "user", "assistant"]
    content: str
    images: tuple[Pixels, ...] = ()


@dataclass(frozen=True, slots=True)
class Generation:
    """What a language model said.

    Attributes:
        text: whole, stripped.
        prompt_tokens: that it read.
        completion_tokens: that it wrote.
        finish: ``stop`` if it came to an end, ``length`` if it was cut off.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish: Literal["stop", "length"]
