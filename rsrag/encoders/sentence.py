"""Text encoders for knowledge: MiniLM, or any sentence-transformers model."""

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.cache import hub_folder
from rsrag.encoders.encoder_registry import plugin_encoder
from rsrag.encoders.text_towers import minilm
from rsrag.encoders.text_towers.minilm_memory import RememberingMiniLM, shared_minilm
from rsrag.errors import EncoderError, ModelNotFoundError
from rsrag.interfaces import TextEncoder
from rsrag.packages import need, remembered_sha256
from rsrag.types import EncoderIdentity, Vectors
from rsrag.vectors import unit_rows

_log = logging.getLogger(__name__)

BUNDLED_TEXT = "minilm"
"""The text encoder that is installed with rsrag."""

_FILES = {".safetensors", ".bin", ".json", ".txt", ".model"}
_UNUSED = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack", "*.onnx", "*.tflite"]
_BATCH = 32


def load_text_encoder(name: str = BUNDLED_TEXT) -> TextEncoder:
    """Make a text encoder; its weights are read when they are first used.

    Args:
        name: ``minilm``, a plugin's, a folder that sentence-transformers saved, or a
            model's id on the hub.

    Raises:
        ModelNotFoundError: what looks like a folder is not there.
    """
    if name in (BUNDLED_TEXT, MiniLMEncoder.ID):
        return MiniLMEncoder()
    if not Path(name).is_dir() and (name.count("/") > 1 or name[:1] in ("/", ".", "~")):
        raise ModelNotFoundError(
            f"There is no folder {name}.",
            hint=f"{BUNDLED_TEXT}, a folder, or a hub id such as BAAI/bge-m3",
        )
    made: TextEncoder | None = plugin_encoder(name, TextEncoder)
    return made or SentenceTransformerEncoder(name)


class MiniLMEncoder:
    """all-MiniLM-L6-v2 as a :class:`rsrag.interfaces.TextEncoder`. Thread-safe."""

    ID = "all-MiniLM-L6-v2"

    @property
    def identity(self) -> EncoderIdentity:
        """Id, the pinned sha256 of the weights, preprocessing, dim."""
        return EncoderIdentity(
            id=self.ID,
            weights_sha256=minilm.WEIGHTS.sha256,
            preprocessing=(
                f"lower case WordPiece, first {minilm.MAX_PIECES}, mean pooling, "
                "length 1"
            ),
            dim=minilm.DIM,
        )

    @property
    def max_tokens(self) -> int:
        """Word pieces that are read, both marks included."""
        return minilm.MAX_PIECES

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See :meth:`rsrag.interfaces.TextEncoder.count_tokens`."""
        return self._model.count_tokens(texts)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """See :meth:`rsrag.interfaces.TextEncoder.encode_texts`."""
        return self._model.encode(texts)

    @property
    def _model(self) -> RememberingMiniLM:
        return shared_minilm()


class SentenceTransformerEncoder:
    """Any sentence-transformers model as a :class:`rsrag.interfaces.TextEncoder`.

    The package is imported when the model is first used. Vectors are scaled to
    length one whatever the model does itself. Thread-safe.

    Args:
        name_or_path: a folder that sentence-transformers saved, or a hub id; of a
            hub id, what is cached on this machine comes first.
    """

    def __init__(self, name_or_path: str) -> None:
        self._name = name_or_path
        self._lock = threading.RLock()

    @cached_property
    def identity(self) -> EncoderIdentity:
        """Id, sha256 over the model's files and their names, preprocessing, dim.

        Raises:
            ModelNotFoundError: no such model here or on the hub.
            MissingExtraError: sentence-transformers is not installed.
        """
        path = Path(self._name)
        return EncoderIdentity(
            id=path.resolve().name if path.is_dir() else self._name,
            weights_sha256=_folder_sha256(self._folder),
            preprocessing=f"sentence-transformers, first {self.max_tokens}, length 1",
            dim=self._dim,
        )

    @cached_property
    def max_tokens(self) -> int:
        """Tokens that are read, marks included."""
        model = self._model
        return int(model.max_seq_length or model.tokenizer.model_max_length)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See :meth:`rsrag.interfaces.TextEncoder.count_tokens`."""
        if not texts:
            return []
        encoded = self._model.tokenizer(
            list(texts), truncation=False, padding=False, verbose=False
        )
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """See :meth:`rsrag.interfaces.TextEncoder.encode_texts`."""
        for number, text in enumerate(texts):
            if not text.strip():
                raise EncoderError(f"Text {number} is blank.", hint="give it words")
        if not texts:
            return np.empty((0, self._dim), dtype=np.float32)
        with self._lock:
            rows = self._model.encode(
                list(texts),
                batch_size=_BATCH,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        if not np.isfinite(rows).all():
            raise EncoderError(f"{self._name} gave embeddings that are not finite.")
        return unit_rows(rows)

    @cached_property
    def _dim(self) -> int:
        # Asked of a vector: the method's name differs between versions.
        return int(self.encode_texts(["a"]).shape[1])

    @cached_property
    def _folder(self) -> Path:
        hint = f"copy its files to a folder and name that, or use {BUNDLED_TEXT}"
        return hub_folder(self._name, _UNUSED, hint)

    @property
    def _model(self) -> Any:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> Any:
        need("sentence_transformers", f"The text encoder {self._name}")
        from sentence_transformers import SentenceTransformer

        try:
            started = time.perf_counter()
            model = SentenceTransformer(str(self._folder), local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as exc:
            raise ModelNotFoundError(
                f"{self._folder} cannot be loaded by sentence-transformers: {exc}"
            ) from exc
        _log.info("%s loaded in %.2f s", self._name, time.perf_counter() - started)
        return model


def _folder_sha256(folder: Path) -> str:
    """Digest of the names and digests of all files that may change a vector."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if file.is_file() and file.suffix in _FILES and not hidden:
            line = f"{inside.as_posix()} {remembered_sha256(file)}\n"
            digest.update(line.encode())
    return digest.hexdigest()
