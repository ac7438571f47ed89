"""Weighted mean of retrieval scores and reranker scores."""

from collections.abc import Sequence

from rsrag.errors import ConfigError


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
