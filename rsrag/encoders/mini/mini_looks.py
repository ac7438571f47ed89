"""``mini`` as an encoder of windows and cells; see ``encoders/dense_port.py``."""

import dataclasses
import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.durable import file_sha256
from rsrag.encoders.change_head import ChangeWeights, load_change_weights
from rsrag.encoders.cover_head import CoverHead, load_cover_head
from rsrag.encoders.dense_port import DenseField, Look, ObjectField, TapField
from rsrag.encoders.mini.mini_dense import (
    CELL,
    DENSE,
    DenseHead,
    load_dense_head,
    look,
)
from rsrag.encoders.mini.mini_heads import MiniWeights, PictureHead
from rsrag.encoders.mini.mini_objects import (
    OBJECT_CELL,
    OBJECTS,
    REACH,
    ObjectHead,
    load_object_head,
)
from rsrag.encoders.mini.mini_quick import QUICK, QuickTail
from rsrag.encoders.mini.mini_quick_head import PRODUCT, QuickHead
from rsrag.encoders.mini.mini_trunk import Trunk
from rsrag.encoders.picture_check import check_picture
from rsrag.types import EncoderIdentity, Pixels

COVER = Path(__file__).with_name("mini_cover.safetensors")
BUILT = Path(__file__).with_name("mini_built.safetensors")
CHANGE = Path(__file__).with_name("mini_change.safetensors")
"""The head that tells what covers the ground; it reads frozen blocks alone."""


class MiniLooks(ABC):
    """What ``MiniEncoder`` has beyond vectors of whole pictures."""

    _heads: MiniWeights
    _loading: threading.Lock

    @property
    @abstractmethod
    def identity(self) -> EncoderIdentity:
        """Of whole pictures' vectors."""

    @property
    @abstractmethod
    def _trunk(self) -> Trunk: ...

    @cached_property
    def _dense_head(self) -> DenseHead | None:
        return load_dense_head(self._heads.image, self.identity.weights_sha256)

    @cached_property
    def _quick(self) -> QuickTail | None:
        return None if self._dense_head is None else QuickTail()

    @cached_property
    def _window_head(self) -> QuickHead | PictureHead:
        dense = self._dense_head
        return self._heads.image if dense is None else QuickHead(dense)

    @cached_property
    def dense_identity(self) -> EncoderIdentity:
        """As :attr:`identity`, of vectors made in one pass over a whole picture.

        ``weights_sha256`` is the digest of lines: that of the encoder, of the
        correction, and of the trunk in whole numbers; other heads than the package's
        have the first alone.
        """
        own = self.identity.weights_sha256
        digests = [own]
        if self._dense_head is not None:
            digests += [
                file_sha256(DENSE),
                QUICK.sha256,
                PRODUCT.sha256,
            ]
        return dataclasses.replace(
            self.identity,
            id="mini-dense",
            weights_sha256=hashlib.sha256("\n".join(digests).encode()).hexdigest(),
            preprocessing="as it is, mirrored at its rim, (x - 127) / 128",
        )

    @property
    def dense_windows_px(self) -> tuple[int, ...]:
        """See :class:`rsrag.encoders.dense_port.DenseEncoder`."""
        return (96, int(self._heads.metadata["side"]))

    @property
    def dense_stride_px(self) -> int:
        """See :class:`rsrag.encoders.dense_port.DenseEncoder`."""
        return CELL

    @property
    def dense_bank(self) -> NDArray[np.float32] | None:
        """Foreign pictures; ``None`` where the heads are not the package's."""
        return None if self._dense_head is None else self._dense_head.bank

    @cached_property
    def cover_head(self) -> CoverHead:
        """Tells land cover from a cell's taps, whatever heads of its own are given."""
        return load_cover_head(COVER)

    @cached_property
    def built_head(self) -> CoverHead:
        """The same, but built-up ground is a building with its yards and lanes."""
        return load_cover_head(BUILT)

    @cached_property
    def change_head(self) -> ChangeWeights:
        """Tells whether a cell changed, from features of two pictures."""
        return load_change_weights(CHANGE)

    def encode_dense(
        self, image: Pixels, window_px: int, stride_px: int, *, margin_px: int = 0
    ) -> DenseField:
        """See :meth:`rsrag.encoders.dense_port.DenseEncoder.encode_dense`."""
        return self.encode_dense_windows(
            image, [window_px], stride_px, margin_px=margin_px
        )[0]

    def encode_dense_windows(
        self,
        image: Pixels,
        windows_px: Sequence[int],
        stride_px: int,
        *,
        margin_px: int = 0,
    ) -> list[DenseField]:
        """See :meth:`rsrag.encoders.dense_port.DenseEncoder.encode_dense_windows`."""
        return self.encode_look(
            image, windows_px, stride_px, margin_px=margin_px
        ).fields

    def encode_taps(
        self, image: Pixels, cell_px: int, *, margin_px: int = 0
    ) -> TapField:
        """See :meth:`rsrag.encoders.dense_port.TapEncoder.encode_taps`."""
        taps = self.encode_look(
            image, (), CELL, margin_px=margin_px, tap_px=cell_px
        ).taps
        assert taps is not None
        return taps

    def encode_look(
        self,
        image: Pixels,
        windows_px: Sequence[int],
        stride_px: int,
        *,
        margin_px: int = 0,
        tap_px: int | None = None,
    ) -> Look:
        """See :meth:`rsrag.encoders.dense_port.TapEncoder.encode_look`."""
        with self._loading:
            trunk, quick = self._trunk, self._quick if windows_px else None
            head = self._window_head if windows_px else self._heads.image
        return look(
            trunk,
            quick,
            head,
            self.dense_identity,
            image,
            windows_px,
            stride_px,
            margin_px,
            tap_px,
        )

    @cached_property
    def _object_head(self) -> ObjectHead:
        return load_object_head()

    @property
    def object_classes(self) -> tuple[str, ...]:
        """See :class:`rsrag.encoders.dense_port.ObjectEncoder`."""
        return OBJECTS

    def encode_objects(self, image: Pixels, *, margin_px: int = 0) -> ObjectField:
        """See :meth:`rsrag.encoders.dense_port.ObjectEncoder.encode_objects`."""
        check_picture(image)
        if margin_px < CELL:
            rim = (CELL, CELL)
            image = np.pad(image, (rim, rim, (0, 0)), mode="symmetric")
            margin_px += CELL
        taps = self.encode_taps(image, OBJECT_CELL, margin_px=margin_px - CELL)
        cut = CELL // OBJECT_CELL - REACH
        rows, columns = (
            -(-(side - 2 * margin_px) // OBJECT_CELL) + 2 * REACH
            for side in image.shape[:2]
        )
        values = taps.values[cut : cut + rows, cut : cut + columns]
        return ObjectField(*self._object_head(values), OBJECT_CELL)
