"""Choices of retrieval for a question: lanes, fusion, reranking."""

import dataclasses
from typing import TYPE_CHECKING, cast

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.retrieval.retrieve import Fusion, RetrieveOptions


@dataclasses.dataclass(frozen=True, slots=True)
class RetrievalChoice:
    """How evidence is retrieved.

    Attributes:
        lanes: names with commas between, or ``None`` for all.
        fusion: ``rrf``, or ``alpha`` as RS-RAG does.
        alpha: weight of the picture in ``alpha``, 0 to 1.
        rerank_weight: of the reranker against fusion, 0 to 1.
        candidates: that each lane brings.
        top_k: pieces of evidence.
    """

    lanes: str | None = None
    fusion: str = "rrf"
    alpha: float = 0.7
    rerank_weight: float = 1.0
    candidates: int = 50
    top_k: int = 8

    def __post_init__(self) -> None:
        """Refuse lanes and a fusion that are not there."""
        if self.lanes is not None or self.fusion != "rrf":
            self.options()

    def options(self) -> "RetrieveOptions":
        """Checked."""
        from rsrag.retrieval.retrieve import RetrieveOptions

        if self.fusion not in ("rrf", "alpha"):
            raise QueryError(
                f"There is no fusion {self.fusion!r}.", hint="--fusion rrf or alpha"
            )
        if not 0 <= self.alpha <= 1:
            raise QueryError(f"alpha is {self.alpha:g}; it must be 0 to 1.")
        lanes = None if self.lanes is None else self.lanes.split(",")
        return RetrieveOptions(
            top_k=min(self.top_k, self.candidates),
            candidates=self.candidates,
            lanes=tuple(lane.strip() for lane in lanes) if lanes else None,
            fusion=cast("Fusion", self.fusion),
            alpha=self.alpha,
            rerank_weight=self.rerank_weight,
        )
