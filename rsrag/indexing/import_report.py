"""What an import did."""

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
class ImportReport:
    """Outcome of one ``rsrag index import``.

    Attributes:
        index: name.
        generation: that was published.
        path: its folder.
        encoder: id of the encoder.
        dim: width of the vectors.
        chips: rows imported.
        sources: different pictures that they name.
        files: that were read.
        layout: of the columns: a known one, or ``columns``.
        columns: column of each field.
        lengths: shortest and longest vector as they came.
        skipped: rows left out, by file and kind.
        store: kind of the sidecar.
        seconds: by stage; ``total`` is wall time.
    """

    index: str
    generation: int
    path: str
    encoder: str
    dim: int
    chips: int
    sources: int
    files: int
    layout: str
    columns: Mapping[str, str]
    lengths: tuple[float, float]
    skipped: tuple[Skip, ...]
    store: str
    seconds: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``report.json`` and ``--json`` give them."""
        data = dataclasses.asdict(self)
        data["seconds"] = {k: round(v, 3) for k, v in self.seconds.items()}
        return data

    def write(self, folder: Path) -> None:
        """Write ``report.json`` into a generation's folder."""
        path = folder / FILE
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        sync_file(path)
