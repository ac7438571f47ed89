"""Text side of an open_clip model: in NumPy, or by the model itself."""

import logging
import math
import shutil
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.adapters.adapter_file import Checkpoint
from rsrag.encoders.text_towers.clip_text import text_shape, text_tensors
from rsrag.encoders.text_towers.exported_towers import (
    ExportedTower,
    Storage,
    export_tower,
    find_tower,
    plain_shape,
    tower_folder,
)
from rsrag.errors import CheckpointError, EncoderError, RsragError

if TYPE_CHECKING:
    from rsrag.encoders.clip.clip_model import ClipModel
    from rsrag.encoders.text_towers.clip_text import ClipTextTower

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

SPARE = 4
"""An export that nobody asked for leaves this many times its size on the disk."""

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
        checkpoint: Checkpoint | None,
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
        self, root: Path | None, storage: Storage
    ) -> tuple[ExportedTower, float]:
        """Export the tower, compared with the model on ``PROBES``.

        Raises:
            EncoderError: random weights, another kind of text side, or a folder
                that cannot be written.
            CheckpointError: weights that cannot be read or do not fit.
        """
        if self._checkpoint is None:
            raise EncoderError("Random weights are not worth an export.")
        plain_shape(self._architecture)
        model = self._model()
        return export_tower(
            self._architecture,
            self._checkpoint,
            self._sha256(),
            texts=PROBES,
            rows=model.encode_texts(PROBES),
            tolerance=TOLERANCES[model.precision],
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
        """Export for the next time, if that can be done at no risk."""
        if self._checkpoint is None or not np.isfinite(rows).all():
            return
        shape = text_shape(self._architecture)
        if shape is None or not self._turn.acquire(blocking=False):
            return  # the turn is kept: once is enough
        numbers = sum(math.prod(size) for size in text_tensors(shape).values())
        folder = tower_folder(self._architecture, self._sha256())
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder.parent).free < SPARE * 4 * numbers:
                return
            export_tower(
                self._architecture,
                self._checkpoint,
                self._sha256(),
                texts=texts[:SAMPLE_TEXTS],
                rows=rows[:SAMPLE_TEXTS],
                tolerance=TOLERANCES[precision],
            )
        except (OSError, RsragError) as exc:
            # The texts have been embedded: this was for the next time only.
            words = "The text tower of %s was not exported: %s"
            _log.info(words, self._checkpoint, exc)
