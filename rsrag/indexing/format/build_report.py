"""What a command did: counts, skips with their reasons, and where the time went."""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.durable import write_atomically
from rsrag.types import Skip

FILE = "report.json"
NOTICE = "notice:"
"""Prefix of a skip's kind when nothing was left out: a remark about a scene."""


class Report:
    """What the reports of builds, updates and imports have in common.

    Attributes:
        skipped: everything left out.
        seconds: by stage.
    """

    # No dataclass itself, as its fields would come first in the JSON of those that
    # derive from it.
    __slots__ = ()

    skipped: tuple[Skip, ...]
    seconds: Mapping[str, float]

    def skipped_by_kind(self) -> dict[str, int]:
        """How many were left out for each kind of reason, most first."""
        kinds: Counter[str] = Counter()
        for skip in self.skipped:
            kinds[skip.kind] += skip.count
        return dict(kinds.most_common())

    @property
    def skips(self) -> int:
        """How many chips or sources were left out."""
        return sum(skip.count for skip in self.skipped)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``report.json`` and ``--json`` give them."""
        data: dict[str, Any] = dataclasses.asdict(self)  # type: ignore[call-overload]
        data["seconds"] = {k: round(v, 3) for k, v in self.seconds.items()}
        return data | self._worked_out()

    def _worked_out(self) -> dict[str, Any]:
        """Values of the JSON that are rounded, or that no field holds."""
        return {}

    def write(self, folder: Path) -> None:
        """Write ``report.json`` into a generation's folder."""
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False)
        write_atomically(folder / FILE, text + "\n")


@dataclass(frozen=True, slots=True)
class BuildReport(Report):
    """Outcome of one ``rsrag index build``.

    Attributes:
        index: name.
        generation: that was published.
        path: its folder.
        chips: in the index now.
        encoded: chips that this run embedded (fewer than ``chips`` when it took
            up an interrupted build).
        scenes: pictures that gave at least one chip.
        skipped: everything left out.
        notices: remarks about scenes that were indexed.
        seconds: by stage, added over threads; ``total`` is wall time.
        chips_per_s: ``encoded`` over the wall time of reading and encoding.
        store: kind of the sidecar, with the reason it was chosen.
    """

    index: str
    generation: int
    path: str
    chips: int
    encoded: int
    scenes: int
    skipped: tuple[Skip, ...]
    notices: tuple[Skip, ...]
    seconds: Mapping[str, float]
    chips_per_s: float
    store: str

    def _worked_out(self) -> dict[str, Any]:
        return {
            "chips_per_s": round(self.chips_per_s, 1),
            "skipped_by_kind": self.skipped_by_kind(),
        }
