"""The words of the system: frozen values that pass between the rooms."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rsrag.errors import GeneratorError

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
        placed_by: what says where it lies: ``affine``, ``gcp``, ``world file``.
        dated_by: what says when it was taken: ``stac``, ``Sentinel-2 name``.
        bands: which are red, green and blue, and why: ``3,2,1 (names of the bands)``.
        contrast: of :func:`rsrag.imagery.pixels.contrast.contrast`.
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
    placed_by: str | None = None
    dated_by: str | None = None
    bands: str | None = None
    contrast: float | None = None


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
        kind: the error's class name, or a word (``nodata``) when nothing was wrong.
        count: how many chips or sources this stands for.
    """

    source: str
    reason: str
    kind: str
    count: int = 1

    def __post_init__(self) -> None:
        # Errors begin with the source that skips are listed by, or with what holds it.
        text = self.reason.removeprefix(self.source).removeprefix(":").strip()
        text = text.removeprefix(f"{self.source.partition('!/')[0]}: ")
        object.__setattr__(self, "reason", text)


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
class Text:
    """Words of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a message: ``pixels`` is ``(height, width, 3)`` uint8 RGB."""

    pixels: Pixels


@dataclass(frozen=True, slots=True)
class ChipRef:
    """A chip of an index in a message, in place of its pixels.

    Attributes:
        index: name of the index.
        id: of the chip.
    """

    index: str
    id: str


Part = Text | Picture | ChipRef
Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True, init=False)
class Message:
    """One turn of a conversation with a language model.

    ``Message("user", "Where is it?")``, or, with pictures between the words,
    ``Message("user", [Picture(before), "was before", Picture(after), "after."])``.

    Attributes:
        role: who speaks.
        parts: words, pictures and chips, in the order in which they are read.
    """

    role: Role
    parts: tuple[Part, ...]

    def __init__(self, role: Role, parts: str | Iterable[str | Part]) -> None:
        given = [parts] if isinstance(parts, str) else parts
        made = tuple(Text(part) if isinstance(part, str) else part for part in given)
        object.__setattr__(self, "role", role)
        object.__setattr__(self, "parts", made)

    @property
    def content(self) -> str:
        """The words alone, a line for each text part."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def images(self) -> tuple[Pixels, ...]:
        """The pictures alone, in order, each ``(height, width, 3)`` uint8 RGB.

        Raises:
            GeneratorError: a chip is not a picture yet. A generator is never given
                one; whoever asks it puts the chip's :class:`Picture` in its place.
        """
        for part in self.parts:
            if isinstance(part, ChipRef):
                raise GeneratorError(
                    f"The message names chip {part.id} of the index {part.index!r}, "
                    "and its picture has not been read.",
                    hint="read the chip's picture before a language model is asked",
                )
        return tuple(part.pixels for part in self.parts if isinstance(part, Picture))


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
