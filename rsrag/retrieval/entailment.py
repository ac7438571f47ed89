"""Does one text follow from another, or go against it: an NLI CrossEncoder says."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rsrag.errors import EncoderError, ModelNotFoundError
from rsrag.packages import need


@dataclass(frozen=True, slots=True)
class Verdict:
    """Probabilities, 0 to 1, that a text is entailed by another, and contradicts it."""

    entails: float
    contradicts: float


Entailment = Callable[[str, str], Verdict]
"""Judges evidence, and a sentence that is said from it."""


class NliCrossEncoder:
    """A model of natural language inference in a local folder. Thread-safe.

    The package and the weights are loaded by the first call. Which output is which is
    read from the labels of the model's config.

    Args:
        folder: that sentence-transformers or transformers saved.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def __call__(self, evidence: str, sentence: str) -> Verdict:
        """Judge a sentence by evidence.

        Raises:
            ModelNotFoundError: the folder holds no such model.
            EncoderError: its labels name neither entailment nor contradiction.
            MissingExtraError: sentence-transformers is not installed.
        """
        model, entails, contradicts = self._model
        with self._lock:
            (row,) = model.predict(
                [(evidence, sentence)], apply_softmax=True, show_progress_bar=False
            ).tolist()
        return Verdict(row[entails], row[contradicts])

    @cached_property
    def _model(self) -> tuple[Any, int, int]:
        need("sentence_transformers", f"The NLI model {self._folder}")
        from sentence_transformers import CrossEncoder

        hint = "RSRAG_NLI: the folder of an NLI CrossEncoder that was saved"
        try:
            model = CrossEncoder(self._folder, local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as exc:
            raise ModelNotFoundError(
                f"{self._folder} cannot be loaded as an NLI model: {exc}", hint=hint
            ) from exc
        labels = {
            str(name).casefold(): int(place)
            for place, name in model.config.id2label.items()
        }
        found = [
            next((labels[one] for one in labels if one.startswith(begun)), None)
            for begun in ("entail", "contradict")
        ]
        if found[0] is None or found[1] is None:
            raise EncoderError(
                f"{self._folder} has the labels {', '.join(labels)}; an NLI model has "
                "entailment and contradiction.",
                hint=hint,
            )
        return model, found[0], found[1]
