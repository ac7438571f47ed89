"""What a knowledge build did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rsrag.indexing.format.build_report import Report
from rsrag.types import Skip


@dataclass(frozen=True, slots=True)
class KnowledgeReport(Report):
    """Outcome of one ``rsrag index build-knowledge``.

    Attributes:
        index: name.
        generation: that was published.
        path: its folder.
        passages, landmarks: records that were read.
        vectors: by space, all of them.
        embedded: by space, those that this run made.
        reused: by space, those that were known.
        skipped: pictures that could not be read.
        seconds: by stage; ``total`` is wall time.
        stores: by space, kind and why it was chosen.
    """

    index: str
    generation: int
    path: str
    passages: int
    landmarks: int
    vectors: Mapping[str, int]
    embedded: Mapping[str, int]
    reused: Mapping[str, int]
    skipped: tuple[Skip, ...]
    seconds: Mapping[str, float]
    stores: Mapping[str, str]

    @property
    def vectors_per_s(self) -> float:
        """Vectors made over the time of embedding."""
        return sum(self.embedded.values()) / max(self.seconds["embed"], 1e-9)

    def _worked_out(self) -> dict[str, Any]:
        return {"vectors_per_s": round(self.vectors_per_s, 1)}
