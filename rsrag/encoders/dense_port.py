"""The port of encoders that tell where in a picture a thing is, and what they give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rsrag.encoders.picture_check import check_picture
from rsrag.errors import EncoderError
from rsrag.interfaces import Encoder
from rsrag.types import EncoderIdentity, Pixels, Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DenseField:
    """Vectors of windows all over a picture.

    Attributes:
        vectors: ``(rows, columns, dim)`` float32, every vector of length one. The one
            at ``(r, c)`` is of the window round the pixel ``(c + 0.5) * stride_px``
            across and ``(r + 0.5) * stride_px`` down.
        window_px: side of the windows, in pixels.
        stride_px: from centre to centre, in pixels.
        identity: of what made them; fields of two identities are not compared.
    """

    vectors: Vectors
    window_px: int
    stride_px: int
    identity: EncoderIdentity


@dataclass(frozen=True, slots=True)
class TapField:
    """What the frozen blocks of an encoder say of every cell of a picture.

    Attributes:
        values: ``(rows, columns, channels)`` float32, as they come: neither
            standardised nor of length one. The cell at ``(r, c)`` covers the pixels
            from ``r * cell_px`` down and ``c * cell_px`` across. Which channel is what
            the encoder says; for ``mini`` :data:`rsrag.encoders.mini.mini_taps.TAPS`.
        cell_px: side of the cells, in pixels.
    """

    values: Vectors
    cell_px: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one pass over a picture gives.

    Attributes:
        fields: one for each side of the window that was asked for.
        taps: where they were asked for.
    """

    fields: list[DenseField]
    taps: TapField | None = None


def between_cells(
    count: int, origin: int, side: int, held: int, coarse: int
) -> "NDArray[np.float32]":
    """Weights ``(count, held)`` that interpolate coarse cells at centres of others."""
    import numpy as np

    centres = (origin + side * (np.arange(count) + 0.5)) / coarse - 0.5
    away = np.abs(centres.clip(0, held - 1)[:, None] - np.arange(held)[None])
    return np.asarray(np.clip(1 - away, 0, None), np.float32)


def check_windows(
    image: Pixels, windows_px: Sequence[int], stride_px: int, margin_px: int
) -> None:
    """Refuse what has no windows.

    Raises:
        EncoderError: see :meth:`DenseEncoder.encode_dense`.
    """
    check_picture(image)
    if min(image.shape[:2]) <= 2 * margin_px or margin_px < 0:
        raise EncoderError(
            f"A picture of {image.shape[1]} x {image.shape[0]} pixels has nothing "
            f"inside a margin of {margin_px}: windows cannot be cut from it."
        )
    if stride_px < 1 or not windows_px or min(windows_px) < 1:
        raise EncoderError(
            f"Windows of {list(windows_px)} pixels every {stride_px} cannot be cut."
        )


class DenseEncoder(Encoder, Protocol):
    """An encoder that tells where in a picture a thing is, in one pass over it."""

    @property
    def dense_identity(self) -> EncoderIdentity:
        """Of the fields: they need not be what :meth:`encode_images` gives."""

    @property
    def dense_windows_px(self) -> tuple[int, ...]:
        """Sides of windows that serve well, smallest first."""

    @property
    def dense_stride_px(self) -> int:
        """From window to window where nothing finer is asked for."""

    @property
    def dense_bank(self) -> "NDArray[np.float32] | None":
        """Vectors of foreign pictures, ``(n, dim)``, made as the fields are.

        What a scene that does not show a thing looks like; ``None`` for none.
        """

    def encode_dense(
        self, image: Pixels, window_px: int, stride_px: int, *, margin_px: int = 0
    ) -> DenseField:
        """Embed a window round every ``stride_px``-th pixel of a picture.

        Args:
            image: ``(height, width, 3)`` uint8 RGB, any size from 1 x 1. What a
                window sees beyond its rim is the picture's mirror image.
            window_px: side of the windows, in pixels.
            stride_px: from centre to centre, in pixels.
            margin_px: rim of ``image`` that windows may see, and that none is centred
                in: a piece of a larger picture brings its surroundings along.

        Returns:
            A field with a row for every ``stride_px`` begun of the height less both
            margins, and a column likewise.

        Raises:
            EncoderError: no RGB picture, nothing inside the margin, or sides that
                cannot be.
        """

    def encode_dense_windows(
        self,
        image: Pixels,
        windows_px: Sequence[int],
        stride_px: int,
        *,
        margin_px: int = 0,
    ) -> list[DenseField]:
        """The fields of several sides of the window, for little more than one."""


class OneWindowSize:
    """Dense fields of an encoder of whole pictures, a pass for each size of window."""

    dense_bank = None

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode_dense_windows(
        self,
        image: Pixels,
        windows_px: Sequence[int],
        stride_px: int,
        *,
        margin_px: int = 0,
    ) -> list[DenseField]:
        """See :meth:`DenseEncoder.encode_dense_windows`."""
        return [
            self.encode_dense(image, window_px, stride_px, margin_px=margin_px)
            for window_px in windows_px
        ]


class TapEncoder(DenseEncoder, Protocol):
    """A dense encoder that small heads can be set upon."""

    def encode_taps(
        self, image: Pixels, cell_px: int, *, margin_px: int = 0
    ) -> TapField:
        """What heads read, without windows; the trunk's last blocks are not run.

        Args:
            image: ``(height, width, 3)`` uint8 RGB, any size from 1 x 1. Beyond its rim
                is its mirror image.
            cell_px: side of the cells: 4, 8, 16 or 32.
            margin_px: rim of ``image`` that is seen and has no cells; a multiple of 32.

        Returns:
            A field with a row for every ``cell_px`` begun of the height less both
            margins, and a column likewise.

        Raises:
            EncoderError: no RGB picture, nothing inside the margin, or another side.
        """

    def encode_look(
        self,
        image: Pixels,
        windows_px: Sequence[int],
        stride_px: int,
        *,
        margin_px: int = 0,
        tap_px: int | None = None,
    ) -> Look:
        """Fields of windows and taps from one pass; either may be left out.

        Args:
            windows_px: none for taps alone.
            tap_px: side of the taps' cells; ``None`` for windows alone.
        """


@dataclass(frozen=True, slots=True)
class ObjectField:
    """Objects all over a picture, cell by cell.

    Attributes:
        chances: ``(rows, columns, classes)`` float32, 0 to 1: that the middle of an
            object lies in the cell.
        reach: ``(rows, columns, 4)`` float32: how far its box reaches to the left, the
            top, the right and the bottom of the cell's middle, in pixels.
        cell_px: side of the cells, in pixels.
    """

    chances: Vectors
    reach: Vectors
    cell_px: int


class ObjectEncoder(DenseEncoder, Protocol):
    """A dense encoder with a head for objects that are smaller than a window."""

    @property
    def object_classes(self) -> tuple[str, ...]:
        """Names of the objects, in the order of the field's chances."""

    def encode_objects(self, image: Pixels, *, margin_px: int = 0) -> ObjectField:
        """Judge every cell of 8 pixels.

        Args:
            image: ``(height, width, 3)`` uint8 RGB, any size from 1 x 1. Beyond its rim
                is its mirror image.
            margin_px: rim of ``image`` that is seen and has no cells; a multiple of 32.

        Raises:
            EncoderError: no RGB picture, nothing inside the margin, or another margin.
        """
