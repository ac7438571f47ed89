"""Any CLIP that open_clip can build, with weights from a local file."""

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.adapters.adapter_file import Checkpoint, sha256_of
from rsrag.encoders.clip.architectures import architecture_config, context_length
from rsrag.encoders.clip.clip_transform import ClipTransform, transform_for
from rsrag.encoders.models.model_cards import Transform
from rsrag.encoders.text_towers.text_side import TextSide
from rsrag.errors import EncoderError
from rsrag.types import EncoderIdentity, Pixels, Vectors
from rsrag.vectors import unit_rows

if TYPE_CHECKING:
    from rsrag.encoders.clip.clip_model import ClipModel
    from rsrag.encoders.clip.vit_tokens import ClipTokens, Variant
    from rsrag.encoders.text_towers.exported_towers import ExportedTower, Storage

_log = logging.getLogger(__name__)

Precision = Literal["auto", "fp32", "bf16", "fp16"]


class OpenClipEncoder:
    """An open_clip model as an :class:`rsrag.interfaces.Encoder`.

    Nothing is imported or read until it is needed. Thread-safe. Texts are embedded
    without torch once the text tower has been exported, which the first text does
    in passing: see :mod:`rsrag.encoders.text_towers.text_side`. A text longer than
    the model's context is cut there, as the model was trained;
    :meth:`count_tokens` tells beforehand.

    Args:
        architecture: open_clip's name, the activation included
            (``ViT-B-32-quickgelu``).
        id: name of the encoder in an index's manifest.
        transform: ``openai``, or ``model`` for what open_clip uses with the
            architecture.
        precision: ``auto`` takes bf16 where the processor has it, fp16 on a GPU
            without it, else fp32.
        device: ``auto`` takes the GPU where there is one; or a torch device.
        threads: processors for the forward pass on a CPU; ``None`` leaves torch's
            own choice.

    Raises:
        EncoderError: no such precision.
    """

    def __init__(
        self,
        architecture: str,
        checkpoint: Checkpoint,
        *,
        id: str,
        transform: Transform = "openai",
        precision: str = "auto",
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        if precision not in get_args(Precision):
            raise EncoderError(
                f"There is no precision {precision!r}.",
                hint=f"one of {', '.join(get_args(Precision))}",
            )
        self.architecture = architecture
        self.checkpoint: Checkpoint | None = checkpoint
        self.seed = 0
        self._id = id
        self.transform_kind: Transform = transform
        self._precision = precision
        self._device = device
        self._threads = threads
        self._lock = threading.Lock()

    @classmethod
    def random_weights(
        cls, architecture: str, seed: int = 0, **options: Any
    ) -> "OpenClipEncoder":
        """An encoder that knows nothing, for measuring speed; its id says so.

        Args:
            options: those of the class, from ``transform`` on.
        """
        encoder = cls(architecture, Path(), id=f"random-{architecture}", **options)
        encoder.checkpoint, encoder.seed = None, seed
        return encoder

    @cached_property
    def identity(self) -> EncoderIdentity:
        """Id, sha256 of the checkpoint, preprocessing with the architecture, dim."""
        return EncoderIdentity(
            id=self._id,
            weights_sha256=self._weights_sha256(),
            preprocessing=f"{self.transform.describe()}; {self.architecture}",
            dim=int(architecture_config(self.architecture)["embed_dim"]),
        )

    @cached_property
    def max_tokens(self) -> int:
        """Tokens that the text tower reads, the two marks at the ends included."""
        return context_length(architecture_config(self.architecture))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, both marks included, those past ``max_tokens`` too."""
        return self._text_side.count_tokens(texts)

    def prepare_image(self, image: Pixels) -> NDArray[np.uint8]:
        """Resize and crop with Pillow; see :class:`rsrag.interfaces.Encoder`."""
        return self.transform.apply(image)

    def encode_prepared(self, batch: NDArray[np.uint8]) -> Vectors:
        """Embed prepared pictures; see :class:`rsrag.interfaces.Encoder`."""
        side = self.transform.side
        if batch.dtype != np.uint8 or batch.shape[1:] != (side, side, 3):
            raise EncoderError(
                f"Prepared pictures must be (n, {side}, {side}, 3) uint8, got "
                f"{batch.shape} {batch.dtype}."
            )
        return self._rows(self._model.encode_batch(batch) if len(batch) else [])

    def encode_images(self, images: Sequence[Pixels]) -> Vectors:
        """Prepare and embed pictures; see :class:`rsrag.interfaces.Encoder`."""
        side = self.transform.side
        batch = np.empty((len(images), side, side, 3), np.uint8)
        for row, image in zip(batch, images, strict=True):
            row[:] = self.prepare_image(image)
        return self.encode_prepared(batch)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see :class:`rsrag.interfaces.Encoder`."""
        return self._rows(self._text_side.encode(texts))

    def text_features(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What :meth:`encode_texts` scales to length one: ``(n, dim)`` float32.

        GeoRSCLIP's protocol averages these over the templates of a class, so that
        templates with longer vectors weigh more.
        """
        return self._finite(self._text_side.encode(texts))

    def export_text_tower(
        self, *, root: Path | None = None, storage: "Storage" = "fp32"
    ) -> "tuple[ExportedTower, float]":
        """Export the text side, as ``exported_towers.export_tower`` does.

        Args:
            storage: ``fp16`` takes half the space.

        Returns:
            The tower, and how far it is from the model (1 - the worst cosine).

        Raises:
            EncoderError: random weights, another kind of text side, or a folder
                that cannot be written.
            CheckpointError: weights that cannot be read or do not fit.
        """
        return self._text_side.export(root, storage)

    def _rows(self, parts: list[NDArray[np.float32]]) -> Vectors:
        return unit_rows(self._finite(parts))

    def _finite(self, parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        if not parts:
            return np.empty((0, self.identity.dim), np.float32)
        rows = np.concatenate(parts)
        if not np.isfinite(rows).all():
            raise EncoderError(
                f"{self._id} gave embeddings that are not finite in {self._precision}.",
                hint="try --precision fp32",
            )
        return rows

    @cached_property
    def transform(self) -> ClipTransform:
        """How pictures are prepared."""
        return transform_for(self.architecture, self.transform_kind)

    @cached_property
    def _text_side(self) -> TextSide:
        return TextSide(
            self.architecture,
            self.checkpoint,
            self._weights_sha256,
            self._device,
            model=lambda: self._model,
            loaded=lambda: "_loaded" in self.__dict__,
        )

    @property
    def _model(self) -> "ClipModel":
        with self._lock:
            return self._loaded

    def by_patches(self, variant: "Variant") -> "ClipTokens | None":
        """This model as a dense encoder; see :mod:`rsrag.encoders.clip.vit_tokens`.

        Its vision tower is loaded in float32. ``None`` where it is no plain vision
        transformer.
        """
        from rsrag.encoders.clip.vision_tower import is_plain
        from rsrag.encoders.clip.vit_tokens import ClipTokens

        with self._lock:
            model = self._exact
        return ClipTokens(self, model, variant) if is_plain(model.visual) else None

    @cached_property
    def _loaded(self) -> "ClipModel":
        return self._load(self._precision)

    @cached_property
    def _exact(self) -> "ClipModel":
        return self._loaded if self._precision == "fp32" else self._load("fp32")

    def _load(self, precision: str) -> "ClipModel":
        from rsrag.encoders.clip.clip_model import ClipModel

        started = time.perf_counter()
        model = ClipModel(
            self.architecture,
            self.checkpoint,
            self.transform,
            seed=self.seed,
            precision=precision,
            device=self._device,
            threads=self._threads,
        )
        seconds = time.perf_counter() - started
        _log.info("%s loaded in %.2f s: %s", self._id, seconds, model.precision)
        return model

    def _weights_sha256(self) -> str:
        if self.checkpoint is not None:
            return sha256_of(self.checkpoint)
        words = f"random {self.architecture} {self.seed}"
        return hashlib.sha256(words.encode()).hexdigest()
