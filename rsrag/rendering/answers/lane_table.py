"""``--explain``: places of each piece of evidence in the lanes, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from rsrag.answers import Evidence
from rsrag.rendering.text_table import cut_right, printable, text_table
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


_TEXT_WIDTH = 24
"""The least of a text that is worth a column."""


def explain_table(
    result: Retrieved, *, width: int | None = None, ascii_only: bool = False
) -> str:
    """One line for each piece of evidence, then one for each lane.

    Args:
        width: columns that a line may take, ``None`` for no limit.
        ascii_only: escape what is not ASCII.

    Returns:
        Lines with line ends. ``#3`` is a rank in a lane, ``(3)`` the rank there of
        the landmark that a record is of.
    """
    rows = explain_rows(result)
    lines = [
        line if width is None else cut_right(line, width, _mark(ascii_only))
        for line in (
            *_evidence(rows, result, width, ascii_only),
            *_lanes(result, ascii_only),
        )
    ]
    return "\n".join(lines) + "\n"


def _evidence(
    rows: list[ExplainRow], result: Retrieved, width: int | None, ascii_only: bool
) -> list[str]:
    if not rows:
        return ["Nothing was found."]
    lanes = [lane for lane in rows[0].lanes if any(row.lanes[lane] for row in rows)]
    columns = [
        ("RANK", [str(row.rank) for row in rows]),
        *((lane.upper(), [row.lanes[lane] for row in rows]) for lane in lanes),
        (result.fusion.upper(), [f"{row.fused:.4f}" for row in rows]),
    ]
    if any(row.reranked is not None for row in rows):
        reranked = [
            "" if row.reranked is None else f"{row.reranked:.3f}" for row in rows
        ]
        columns.append(("RERANK", reranked))
    numbers = [title for title, _ in columns]
    columns.append(("KIND", [row.kind for row in rows]))
    columns.append(("EVIDENCE", [" ".join(row.text.split()) for row in rows]))
    table = text_table(
        [title for title, _ in columns],
        list(zip(*(cells for _, cells in columns), strict=True)),
        right=numbers,
        width=width,
        give_up=[("EVIDENCE", _TEXT_WIDTH)],
        ascii_only=ascii_only,
    )
    return table.splitlines()


def _lanes(result: Retrieved, ascii_only: bool) -> list[str]:
    wide = max((len(lane.lane) for lane in result.lanes), default=0)
    lines = [""]
    for lane in result.lanes:
        told = f"{len(lane.found)} found in {1000 * lane.seconds:.1f} ms"
        if lane.idle is not None:
            told = f"did not run: {lane.idle}"
        lines.append(f"{lane.lane.ljust(wide)}  {told}")
    last = f"reranked by {result.reranker}" if result.reranker else "not reranked"
    if result.not_reranked:
        last += f": {result.not_reranked}"
    return [*lines, printable(last, ascii_only=ascii_only)]


def _mark(ascii_only: bool) -> str:
    return "..." if ascii_only else "…"
