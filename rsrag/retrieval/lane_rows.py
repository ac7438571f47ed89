"""Rows of ``--explain``: the places of each piece of evidence in the lanes."""

from collections.abc import Mapping
from dataclasses import dataclass

from rsrag.answers import Evidence
from rsrag.retrieval.retrieve import Retrieved


@dataclass(frozen=True, slots=True)
class ExplainRow:
    """One piece of evidence and its places.

    Attributes:
        score: what it was ordered by.
        lanes: lane to ``#3``, its rank there; ``(3)``, the rank of its landmark,
            where that counted for it; or nothing. Only lanes that ran.
        reranked: score of the reranker, ``None`` if there was none.
    """

    rank: int
    score: float
    kind: str
    id: str
    lanes: Mapping[str, str]
    fused: float
    reranked: float | None
    text: str


def explain_rows(result: Retrieved) -> list[ExplainRow]:
    """A row for each piece of evidence, best first."""
    ran = [lane.lane for lane in result.lanes if lane.idle is None]
    return [
        ExplainRow(
            rank,
            piece.score,
            piece.kind,
            piece.id,
            {lane: _place(piece, lane) for lane in ran},
            piece.scores[result.fusion],
            piece.scores.get("rerank"),
            piece.text,
        )
        for rank, piece in enumerate(result.evidence, 1)
    ]


def _place(piece: Evidence, lane: str) -> str:
    if (own := piece.scores.get(f"{lane}#")) is not None:
        return f"#{own:.0f}"
    shared = piece.scores.get(f"{lane}~")
    return "" if shared is None else f"({shared:.0f})"
