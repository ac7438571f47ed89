"""The weighted mean of what retrieval said and what a reranker says."""

from collections.abc import Sequence

from rsrag.errors import ConfigError
from rsrag.interfaces import Reranker

ALPHA = 0.5
"""Default weight of the retrieval score."""


def spread(scores: Sequence[float]) -> list[float]:
    """Scores moved to 0 for the lowest and 1 for the highest; 0.5 if all are equal."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    # Halves: the span of the largest floats is infinite.
    span = high / 2 - low / 2
    if span == 0:
        return [0.5] * len(scores)
    return [(score / 2 - low / 2) / span for score in scores]


def blend(
    retrieval: Sequence[float], rerank: Sequence[float], alpha: float = ALPHA
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


class BlendReranker:
    """A reranker for one query's candidates whose retrieval scores are known.

    Args:
        reranker: whose scores are blended in.
        retrieval: a score for each text that will be given to :meth:`rerank`.
        alpha: weight of the retrieval score, 0 to 1.
    """

    def __init__(
        self, reranker: Reranker, retrieval: Sequence[float], alpha: float = ALPHA
    ) -> None:
        self._reranker = reranker
        self._retrieval = list(retrieval)
        self._alpha = alpha

    @property
    def name(self) -> str:
        """``blend``, the weight and the other reranker's name."""
        return f"blend {self._alpha:g} with {self._reranker.name}"

    def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """Blended scores from 0 to 1, in order.

        Raises:
            ConfigError: not as many texts as retrieval scores.
        """
        if len(texts) != len(self._retrieval):
            return blend(self._retrieval, [0.0] * len(texts), self._alpha)
        scores = self._reranker.rerank(query, texts)
        return blend(self._retrieval, scores, self._alpha)
