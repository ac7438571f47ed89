"""Any CrossEncoder of sentence-transformers."""

import math
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from rsrag.errors import EncoderError, ModelNotFoundError
from rsrag.packages import need

BATCH = 16
"""Pairs a forward pass."""


class CrossEncoderReranker:
    """Query and text are read together by one model with one output.

    The package and the weights are loaded by the first call. Thread-safe.

    Args:
        path: a folder that sentence-transformers saved, or the hub id of a model;
            of a hub id, sentence-transformers takes what is cached or downloads it.
        max_tokens: of query and text together; ``None`` is the model's own limit.
            What goes past it is not read.
    """

    def __init__(self, path: str, max_tokens: int | None = None) -> None:
        self._path = path
        self._max_tokens = max_tokens
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """``cross-encoder`` and the model's name."""
        path = Path(self._path)
        return f"cross-encoder {path.name if path.is_dir() else self._path}"

    def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """The model's score of each pair, on its own scale; larger is better.

        Raises:
            ModelNotFoundError: no such model.
            EncoderError: a model with several outputs, or scores that are no numbers.
            MissingExtraError: sentence-transformers is not installed.
        """
        if not texts:
            return []
        with self._lock:
            scores: list[float] = self._model.predict(
                [(query, text) for text in texts],
                batch_size=BATCH,
                show_progress_bar=False,
            ).tolist()
        if not all(map(math.isfinite, scores)):
            raise EncoderError(f"{self.name} gave scores that are not finite.")
        return scores

    @cached_property
    def _model(self) -> Any:
        need("sentence_transformers", f"The reranker {self._path}")
        from sentence_transformers import CrossEncoder

        local = Path(self._path).is_dir()
        try:
            model = CrossEncoder(
                self._path, max_length=self._max_tokens, local_files_only=local
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as exc:
            raise ModelNotFoundError(
                f"{self._path} cannot be loaded as a CrossEncoder: {exc}",
                hint="give the folder of a model that sentence-transformers saved",
            ) from exc
        outputs = model.config.num_labels
        if outputs != 1:
            raise EncoderError(
                f"{self._path} has {outputs} outputs; a reranker has one.",
                hint="take a model trained for ranking, such as "
                "cross-encoder/ms-marco-MiniLM-L6-v2",
            )
        return model
