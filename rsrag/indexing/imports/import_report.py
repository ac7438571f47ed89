"""What an import did."""

from collections.abc import Mapping
from dataclasses import dataclass

from rsrag.indexing.format.build_report import Report
from rsrag.types import Skip


@dataclass(frozen=True, slots=True)
class ImportReport(Report):
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
