"""``mini``: the small dual encoder that ships with rsrag.

What it is made of and how well it does stands in ``mini_card.md``, beside this
file. It lets the system run where no model hub can be reached; it does not replace
GeoRSCLIP.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.durable import file_sha256
from rsrag.encoders.adapters.adapter_file import Adapter
from rsrag.encoders.mini.mini_adapter import adapted
from rsrag.encoders.mini.mini_heads import MiniWeights, load_heads
from rsrag.encoders.mini.mini_looks import MiniLooks
from rsrag.encoders.mini.mini_trunk import FEATURES, IMAGENET_SHA256, Trunk
from rsrag.encoders.picture_check import check_picture
from rsrag.encoders.text_towers import minilm
from rsrag.encoders.text_towers.minilm_memory import shared_minilm
from rsrag.errors import EncoderError
from rsrag.types import EncoderIdentity, Pixels, Vectors

_log = logging.getLogger(__name__)

HEADS = Path(__file__).with_name("mini_weights.safetensors")
BATCH_SIZE = 512
"""Pictures that are prepared or projected at once."""
_ROWS = 8
"""Rows that heads read at once: of more, BLAS may sum the last in another order."""


def prepare(image: Pixels, side: int) -> NDArray[np.uint8]:
    """Shorter side to ``side`` by antialiased bicubic, then the square in the centre.

    Args:
        image: ``(height, width, 3)`` uint8 RGB, any size from 1 x 1.
        side: in pixels.

    Returns:
        ``(side, side, 3)`` uint8.

    Raises:
        EncoderError: an array that is not such a picture.
    """
    check_picture(image)
    height, width = image.shape[:2]
    square = min(height, width)
    if square == 0:
        raise EncoderError(f"A picture of {width} x {height} pixels holds nothing.")
    if (height, width) == (side, side):
        return np.ascontiguousarray(image)
    # A text query never comes here, so it does not pay for Pillow.
    from PIL import Image

    # Cropping and resizing in one step: no pixel outside the square is computed.
    left, top = (width - square) / 2, (height - square) / 2
    resized = Image.fromarray(image).resize(
        (side, side),
        Image.Resampling.BICUBIC,
        box=(left, top, left + square, top + square),
        reducing_gap=3.0,
    )
    return np.asarray(resized)


def _sha256(*digests: str) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


class MiniEncoder(MiniLooks):
    """The encoder ``mini``; see :class:`rsrag.interfaces.Encoder`.

    Towers load at first use, each on its own: a text query loads no picture trunk.
    Safe to share between threads.

    Args:
        heads: another file of trained heads than the one in the package, with the
            weights of the trunk's last blocks.
        adapter: that changes them.

    Raises:
        CheckpointError: the heads cannot be read, or the adapter is of others.
    """

    def __init__(self, heads: Path = HEADS, adapter: Adapter | None = None) -> None:
        self._heads = load_heads(heads, FEATURES, minilm.DIM)
        self._sha256 = _sha256(
            file_sha256(heads), IMAGENET_SHA256, minilm.WEIGHTS.sha256
        )
        self._id = "mini"
        if adapter is not None:
            adapter.check_base(self._sha256, f"those of {heads.name}")
            self._heads = adapted(self._heads, adapter)
            self._sha256 = _sha256(self._sha256, file_sha256(adapter.path))
            self._id = adapter.id
        self._side = int(self._heads.metadata["side"])
        self._loading = threading.Lock()

    @cached_property
    def identity(self) -> EncoderIdentity:
        """Id, weights, preprocessing and dim.

        ``weights_sha256`` is the digest of three lines: the hex digests of the
        heads, of the checkpoint that the trunk was made from, and of MiniLM. The
        last two are pinned, and checked when they are loaded. With an adapter it is
        the digest of that one and the adapter's.
        """
        return EncoderIdentity(
            id=self._id,
            weights_sha256=self._sha256,
            preprocessing=(
                f"centre square, bicubic antialias to {self._side}, (x - 127) / 128"
            ),
            dim=self._heads.dim,
        )

    @cached_property
    def _trunk(self) -> Trunk:
        started = time.perf_counter()
        trunk = Trunk(self._heads.tail)
        seconds = time.perf_counter() - started
        _log.info("mini's picture tower loaded in %.2f s", seconds)
        return trunk

    @property
    def max_tokens(self) -> int:
        """Word pieces that MiniLM reads."""
        return minilm.MAX_PIECES

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each whole text, markers included."""
        return shared_minilm().count_tokens(texts)

    def prepare_image(self, image: Pixels) -> NDArray[np.uint8]:
        """See :meth:`rsrag.interfaces.Encoder.prepare_image`."""
        return prepare(image, self._side)

    def encode_prepared(self, batch: NDArray[np.uint8]) -> Vectors:
        """See :meth:`rsrag.interfaces.Encoder.encode_prepared`.

        Raises:
            EncoderError: a batch of another shape or dtype.
        """
        side = self._side
        if batch.shape[1:] != (side, side, 3) or batch.dtype != np.uint8:
            raise EncoderError(
                f"Prepared pictures must be (n, {side}, {side}, 3) uint8, got "
                f"{batch.shape} {batch.dtype}."
            )
        if len(batch) == 0:
            return np.empty((0, self._heads.dim), dtype=np.float32)
        starts = range(0, len(batch), BATCH_SIZE)
        read = [self.features(batch[i : i + BATCH_SIZE]) for i in starts]
        return np.concatenate(
            [
                self._heads.image(rows[i : i + _ROWS])
                for rows in read
                for i in range(0, len(rows), _ROWS)
            ]
        )

    def features(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the heads read of prepared pictures, at least one: ``(n, FEATURES)``."""
        with self._loading:
            trunk = self._trunk
        return trunk.features(batch)

    @property
    def weights(self) -> MiniWeights:
        """The heads, with what an adapter changes."""
        return self._heads

    def encode_images(self, images: Sequence[Pixels]) -> Vectors:
        """See :meth:`rsrag.interfaces.Encoder.encode_images`."""
        if len(images) == 0:
            return np.empty((0, self._heads.dim), dtype=np.float32)
        parts = [
            self.encode_prepared(
                np.stack([self.prepare_image(im) for im in images[i : i + BATCH_SIZE]])
            )
            for i in range(0, len(images), BATCH_SIZE)
        ]
        return np.concatenate(parts)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """See :meth:`rsrag.interfaces.Encoder.encode_texts`."""
        return self._heads.text(shared_minilm().encode(texts))
