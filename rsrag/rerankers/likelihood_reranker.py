"""Reranking by how likely a language model finds the query after the text.

Sachan et al. 2022, "Improving Passage Retrieval with Zero-Shot Question
Generation" (UPR): texts are ordered by the mean log-probability of the query's
tokens after an instruction to ask about the text. No training, no download.
"""

from collections.abc import Sequence

from rsrag.interfaces import Generator
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
