"""Text side of an open_clip model: in NumPy, or by the model itself."""

import logging
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.clip_text_shape import not_plain, text_shape
from rsrag.encoders.text_towers.text_towers import find_tower
from rsrag.errors import CheckpointError, EncoderError

if TYPE_CHECKING:
    from rsrag.encoders.clip.clip_model import ClipModel
    from rsrag.encoders.text_towers.clip_text import ClipTextTower
    from rsrag.encoders.text_towers.text_towers import ExportedTower, Storage

FORWARD_TEXTS = 64
"""Texts a forward pass of the model."""

MANY_TEXTS = 512
"""From so many on it pays to load torch, if that finds a GPU."""

PROBES = (
    "an airport with many parked planes",
    "a river",
    "Storage tanks beside São Paulo's 3 harbours; white, round & large!",
    "rows of houses along a street " * 20,
)
"""Texts on which a tower that was asked for must agree with the model."""

SAMPLE_TEXTS = 8
"""Texts on which an exported tower must agree with the model."""

TOLERANCES = {"fp32": 1e-4, "bf16": 5e-3, "fp16": 1e-3}
"""How far the cosine between tower and model may be from one, by the precision of
the model: the tower's own is fp32."""

_log = logging.getLogger(__name__)


class TextSide:
    """Embeds texts by the exported tower if there is one, else by the model.

    Which of the two is settled once, so that the same text always gets the same
    vector. Whoever embeds by the model exports the tower for the next time.

    Args:
        checkpoint: file with the weights; ``None`` for random ones, which are never
            exported.
        sha256: gives the digest of the checkpoint.
        device: ``auto`` or torch's name of one.
        model: loads the model, or gives the loaded one.
        loaded: whether it is loaded.
    """

    def __init__(
        self,
        architecture: str,
        checkpoint: Path | None,
        sha256: Callable[[], str],
        device: str,
        model: Callable[[], "ClipModel"],
        loaded: Callable[[], bool],
    ) -> None:
        self._architecture = architecture
        self._checkpoint = checkpoint
        self._sha256 = sha256
        self._device = device
        self._model = model
        self._loaded = loaded
        self._turn = threading.Lock()

    def encode(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Embed texts: ``(n, dim)`` float32 parts, in order, not normalised.

        Raises:
            EncoderError: a blank text.
        """
        for number, text in enumerate(texts):
            if not text.strip():
                raise EncoderError(f"Text {number} is blank.", hint="give it words")
        if not texts:
            return []
        tower = self._tower
        if tower is not None and not self._gpu_is_better(len(texts)):
            return [tower.encode(texts)]
        model = self._model()
        parts = [
            model.encode_texts(texts[start : start + FORWARD_TEXTS])
            for start in range(0, len(texts), FORWARD_TEXTS)
        ]
        if tower is None:
            self._export(texts, parts[0], model.precision)
        return parts

    def export(
        self, root: Path | None, storage: "Storage"
    ) -> "tuple[ExportedTower, float]":
        """Export the tower, compared with the model on ``PROBES``.

        Raises:
            EncoderError: random weights, another kind of text side, or a folder
                that cannot be written.
            CheckpointError: weights that cannot be read or do not fit.
        """
        from rsrag.encoders.text_towers.text_tower_export import Sample, export_tower

        if self._checkpoint is None:
            raise EncoderError("Random weights are not worth an export.")
        if text_shape(self._architecture) is None:
            raise not_plain(self._architecture)
        model = self._model()
        sample = Sample(PROBES, model.encode_texts(PROBES), TOLERANCES[model.precision])
        return export_tower(
            self._architecture,
            self._checkpoint,
            self._sha256(),
            sample=sample,
            root=root,
            storage=storage,
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each whole text, the marks at both ends included."""
        counter = self._tower or self._model()
        return [counter.count_tokens(text) for text in texts]

    @cached_property
    def _tower(self) -> "ClipTextTower | None":
        if self._checkpoint is None or self._device not in ("auto", "cpu"):
            return None
        sha256 = self._sha256()
        try:
            return find_tower(self._architecture, sha256)
        except CheckpointError as exc:
            _log.warning("An exported text tower is not used, but made anew: %s", exc)
            return None

    def _gpu_is_better(self, count: int) -> bool:
        if self._device != "auto" or not (self._loaded() or count >= MANY_TEXTS):
            return False
        import torch

        return torch.cuda.is_available() and count > FORWARD_TEXTS

    def _export(
        self, texts: Sequence[str], rows: NDArray[np.float32], precision: str
    ) -> None:
        if self._checkpoint is None or not np.isfinite(rows).all():
            return
        if not self._turn.acquire(blocking=False):  # it is kept: once is enough
            return
        from rsrag.encoders.text_towers.text_tower_export import (
            Sample,
            export_in_passing,
        )

        few = slice(SAMPLE_TEXTS)
        sample = Sample(texts[few], rows[few], TOLERANCES[precision])
        export_in_passing(self._architecture, self._checkpoint, self._sha256(), sample)
