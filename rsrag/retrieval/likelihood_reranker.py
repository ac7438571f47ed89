"""Rereading by a language model or a CrossEncoder, and the blend of old and new scores.

Sachan et al. 2022, "Improving Passage Retrieval with Zero-Shot Question
Generation" (UPR): texts are ordered by the mean log-probability of the query's
tokens after an instruction to ask about the text. No training, no download.
"""

import math
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from rsrag.cache import hub_folder
from rsrag.errors import ConfigError, EncoderError, ModelNotFoundError
from rsrag.interfaces import Generator
from rsrag.packages import need
from rsrag.types import Message

INSTRUCTION = "Passage: {text}\n\nWrite a question that this passage answers."


class LikelihoodReranker:
    """Scores by :meth:`rsrag.interfaces.Generator.likelihood`.

    Args:
        generator: that reads; it stays open.
    """

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    @property
    def name(self) -> str:
        """``likelihood`` and the language model's name."""
        return f"likelihood {self._generator.name}"

    def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """Mean log-probability of the query given each text: at most 0, larger better.

        Raises:
            GeneratorError: the model does not tell, or a text does not fit it.
        """
        return [
            self._generator.likelihood(
                [Message("user", INSTRUCTION.format_map({"text": text}))], query
            )
            for text in texts
        ]


def spread(scores: Sequence[float]) -> list[float]:
    """Scores on a scale from 0, the lowest, to 1, the highest.

    Where all are equal all become 0.5, which leaves the order to what they are
    blended with.
    """
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    # Halves: the span of the largest floats is infinite.
    span = high / 2 - low / 2
    if span == 0:
        return [0.5] * len(scores)
    return [(score / 2 - low / 2) / span for score in scores]


def blend(
    retrieval: Sequence[float], rerank: Sequence[float], alpha: float
) -> list[float]:
    """``alpha`` of the first and ``1 - alpha`` of the second, each spread first.

    Scores of different scales (cosines, logits, log-probabilities) have no mean;
    spread over the candidates of one query they do. It is RS-RAG's blend of two
    similarities with the scales made equal.

    Args:
        retrieval: scores of the candidates, larger is better.
        rerank: of the same candidates, in the same order.
        alpha: 0 to 1.

    Returns:
        Values from 0 to 1.

    Raises:
        ConfigError: an ``alpha`` outside, or lengths that differ.
    """
    if not 0 <= alpha <= 1:
        raise ConfigError(f"alpha is {alpha}; it must be from 0 to 1.")
    if len(retrieval) != len(rerank):
        raise ConfigError(
            f"{len(retrieval)} retrieval scores and {len(rerank)} others cannot be "
            "blended."
        )
    return [
        alpha * first + (1 - alpha) * second
        for first, second in zip(spread(retrieval), spread(rerank), strict=True)
    ]


_GIVE = "give llm, or the folder of a model that sentence-transformers saved"

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
    def folder(self) -> Path:
        """Where the model is; fetched from the hub if it is not here.

        Raises:
            ModelNotFoundError: no such model.
            MissingExtraError: sentence-transformers is not installed.
        """
        need("sentence_transformers", f"The reranker {self._path}")
        return hub_folder(self._path, ("onnx/*", "openvino/*", "*.h5"), _GIVE)

    @cached_property
    def _model(self) -> Any:
        folder = self.folder
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(
                str(folder), max_length=self._max_tokens, local_files_only=True
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as exc:
            raise ModelNotFoundError(
                f"{self._path} cannot be loaded as a CrossEncoder: {exc}",
                hint=_GIVE,
            ) from exc
        outputs = model.config.num_labels
        if outputs != 1:
            raise EncoderError(
                f"{self._path} has {outputs} outputs; a reranker has one.",
                hint="take a model trained for ranking, such as "
                "cross-encoder/ms-marco-MiniLM-L6-v2",
            )
        return model
