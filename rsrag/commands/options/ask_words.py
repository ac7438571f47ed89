"""Words of ``rsrag ask`` read into values, and its remarks."""

import dataclasses
from typing import TYPE_CHECKING, cast

from rsrag.answers import Answer
from rsrag.commands.terminal.telling import tell
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.retrieval.retrieve import Fusion, RetrieveOptions


@dataclasses.dataclass(frozen=True, slots=True)
class Wishes:
    """How evidence is to be retrieved, as typed.

    Attributes:
        knowledge_index: name of the index of knowledge; ``None`` takes the only
            one, if there is one.
        index: name of the index of imagery; ``None`` takes the only one, for
            pictures.
        reranker: ``llm``, a CrossEncoder, or ``None``.
        lanes: names with commas between, or ``None`` for all.
        fusion: ``rrf`` or ``alpha``.
        alpha: weight of the picture in ``alpha``.
        rerank_weight: of the reranker against fusion.
        candidates: a lane.
        top_k: pieces of evidence.
    """

    knowledge_index: str | None = None
    index: str | None = None
    reranker: str | None = None
    lanes: str | None = None
    fusion: str = "rrf"
    alpha: float = 0.7
    rerank_weight: float = 1.0
    candidates: int = 50
    top_k: int = 8

    def options(self) -> "RetrieveOptions":
        """Checked."""
        from rsrag.retrieval.retrieve import RetrieveOptions

        if self.fusion not in ("rrf", "alpha"):
            raise QueryError(
                f"There is no fusion {self.fusion!r}.", hint="--fusion rrf or alpha"
            )
        lanes = None if self.lanes is None else self.lanes.split(",")
        return RetrieveOptions(
            top_k=min(self.top_k, self.candidates),
            candidates=self.candidates,
            lanes=tuple(lane.strip() for lane in lanes) if lanes else None,
            fusion=cast("Fusion", self.fusion),
            alpha=self.alpha,
            rerank_weight=self.rerank_weight,
        )


def point_of(text: str | None) -> tuple[float, float] | None:
    """Read ``LON,LAT``.

    Raises:
        QueryError: not two numbers, or no point on the Earth.
    """
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise QueryError(
            f"--at is {text!r}; it takes a longitude and a latitude.",
            hint="--at 108.0,53.5",
        ) from None
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise QueryError(
            f"--at {text} is no point on the Earth: longitude first, degrees.",
            hint=f"--at {lat:g},{lon:g}"
            if abs(lat) <= 180 and abs(lon) <= 90
            else None,
        )
    return lon, lat


def report(answer: Answer) -> None:
    """Notes and what a model's sentences were left out, to stderr."""
    for note in answer.notes:
        tell(f"note: {note}")
    if answer.removed:
        number = len(answer.removed)
        what = "a sentence" if number == 1 else f"{number} sentences"
        reason = answer.removed[0][1]
        tell(f"left out {what} of the language model (such as: {reason})")
