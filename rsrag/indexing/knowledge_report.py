"""What a knowledge build did."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.indexing.parts import sync_file
from rsrag.indexing.report import FILE
from rsrag.types import Skip


@dataclass(frozen=True, slots=True)
class KnowledgeReport:
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

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``report.json`` and ``--json`` give them."""
        data = dataclasses.asdict(self)
        data["seconds"] = {k: round(v, 3) for k, v in self.seconds.items()}
        data["vectors_per_s"] = round(self.vectors_per_s, 1)
        return data

    def write(self, folder: Path) -> None:
        """Write ``report.json`` into a generation's folder."""
        path = folder / FILE
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        sync_file(path)
