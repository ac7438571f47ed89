"""Dense fields of any encoder: every window is cut out and embedded by itself."""

from typing import TYPE_CHECKING, cast, get_args

import numpy as np

from rsrag.encoders.dense_port import (
    DenseEncoder,
    DenseField,
    OneWindowSize,
    check_windows,
)
from rsrag.errors import ConfigError
from rsrag.interfaces import Encoder
from rsrag.types import EncoderIdentity

if TYPE_CHECKING:
    from rsrag.types import Pixels

BATCH = 256
"""Windows that are embedded at once."""


class ExactWindows(OneWindowSize):
    """A dense encoder made of one of whole pictures.

    Its fields hold what ``encode_images`` gives for each window, so they have the
    encoder's own identity. They cost a forward pass a window.
    """

    dense_windows_px: tuple[int, ...] = (160,)
    dense_stride_px = 32

    @property
    def dense_identity(self) -> EncoderIdentity:
        """See :class:`rsrag.encoders.dense_port.DenseEncoder`."""
        return self._encoder.identity

    def encode_dense(
        self, image: "Pixels", window_px: int, stride_px: int, *, margin_px: int = 0
    ) -> DenseField:
        """See :meth:`rsrag.encoders.dense_port.DenseEncoder.encode_dense`."""
        check_windows(image, [window_px], stride_px, margin_px)
        height, width = (side - 2 * margin_px for side in image.shape[:2])
        rows, columns = -(-height // stride_px), -(-width // stride_px)
        reach = window_px + stride_px
        padded = np.pad(image, ((reach,), (reach,), (0,)), mode="symmetric")
        corner = reach + margin_px + stride_px // 2 - window_px // 2
        corners = [
            (corner + row * stride_px, corner + column * stride_px)
            for row in range(rows)
            for column in range(columns)
        ]
        parts = []
        for start in range(0, len(corners), BATCH):
            windows = [
                padded[y : y + window_px, x : x + window_px]
                for y, x in corners[start : start + BATCH]
            ]
            parts.append(self._encoder.encode_images(windows))
        vectors = np.concatenate(parts).reshape(rows, columns, -1)
        return DenseField(vectors, window_px, stride_px, self.dense_identity)


def dense(
    encoder: Encoder, *, exact: bool = False, variant: str | None = None
) -> DenseEncoder:
    """The encoder itself where it has dense fields, its patches, or exact windows.

    Args:
        exact: windows in any case.
        variant: how the last block of a vision transformer attends;
            :data:`rsrag.encoders.clip.vit_tokens.Variant`. ``qqkkvv`` by default.

    Raises:
        ConfigError: no such variant, or an encoder that has none.
    """
    by_patches = None if exact else getattr(encoder, "by_patches", None)
    if variant is not None:
        _check_variant(variant, encoder.identity.id, able=by_patches is not None)
    if not exact and hasattr(encoder, "encode_dense"):
        return cast("DenseEncoder", encoder)
    made = by_patches(variant or "qqkkvv") if by_patches else None
    if made is None and variant is not None:
        _check_variant(variant, encoder.identity.id, able=False)
    return cast("DenseEncoder", made) if made is not None else ExactWindows(encoder)


def _check_variant(variant: str, encoder: str, *, able: bool) -> None:
    from rsrag.encoders.clip.vit_tokens import Variant

    if variant not in (known := get_args(Variant)):
        raise ConfigError(
            f"There is no variant {variant!r} of attention.",
            hint=f"one of {', '.join(known)}",
        )
    if not able:
        raise ConfigError(
            f"--variant is of the last block of a vision transformer, and {encoder} is "
            "not looked over by its patches.",
            hint="leave --variant out, or --exact, or take an open_clip ViT",
        )
