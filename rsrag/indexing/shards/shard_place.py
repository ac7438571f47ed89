"""Where shards lie: a part named by its content, a report named by what went in.

    PLACE/plans/ID.json        the plan
    PLACE/parts/SHA256.parquet rows of a shard
    PLACE/reports/KEY.json     of a shard that is done; names its part
    PLACE/failed/KEY.json      of one that is not: why, the last time

A report is put after its part, if none is there: of two workers that did one shard,
the first one's report stands, whatever their processors made of the last bits.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsrag.durable import file_sha256
from rsrag.errors import IndexCorruptError
from rsrag.indexing.format.ledger import Entry
from rsrag.objects.object_port import Objects
from rsrag.plain_values import plain
from rsrag.types import Skip


@dataclass(frozen=True, slots=True)
class ShardReport:
    """What became of a shard.

    Attributes:
        rows: chips.
        sha256: of its part; ``None`` where there is no chip.
        entries: of its sources, in the order of the scan, their attributes by name.
        skipped: what was left out.
        notices: remarks on its scenes.
        encoded: chips that went through the encoder.
        seconds: by stage.
        device: that embedded it.
    """

    rows: int
    sha256: str | None
    entries: tuple[Mapping[str, Any], ...]
    skipped: tuple[Skip, ...]
    notices: tuple[Skip, ...]
    encoded: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    device: str = ""

    @property
    def ledger(self) -> list[Entry]:
        """Its sources."""
        return [Entry(**entry) for entry in self.entries]


@dataclass(frozen=True, slots=True)
class ShardPlace:
    """Parts and reports at a place.

    Attributes:
        objects: the place.
    """

    objects: Objects

    def report(self, key: str) -> ShardReport | None:
        """Of a shard, if it is done.

        Raises:
            IndexCorruptError: it is no report.
        """
        found = self.objects.read(f"reports/{key}.json")
        if found is None:
            return None
        try:
            report: ShardReport = plain(ShardReport, json.loads(found[0]))
        except (ValueError, TypeError, KeyError, RecursionError) as exc:
            where = f"{self.objects.address}/reports/{key}.json"
            raise IndexCorruptError(
                f"{where} is not a report: {exc!r}",
                hint=f"remove {where}, and run the same command again",
            ) from exc
        return report

    def done(self, key: str) -> bool:
        """Whether a shard is done."""
        return self.objects.head(f"reports/{key}.json") is not None

    def put(self, key: str, report: ShardReport, part: Path | None) -> None:
        """Put a shard's part, then its report; what is there stays."""
        if part is not None:
            self.objects.create(f"parts/{report.sha256}.parquet", part)
        text = json.dumps(dataclasses.asdict(report), separators=(",", ":"))
        self.objects.create(f"reports/{key}.json", text.encode())
        self.objects.remove(f"failed/{key}.json")

    def fetch(self, report: ShardReport, path: Path) -> None:
        """Bring a part to a new file, and check it.

        Raises:
            IndexCorruptError: it is not what was put there.
        """
        key = f"parts/{report.sha256}.parquet"
        if self.objects.fetch(key, path) != report.sha256:
            path.unlink()
            raise IndexCorruptError(
                f"{self.objects.address}/{key} is damaged.",
                hint="remove it and the report that names it, and run the same command "
                "again",
            )

    def fail(self, key: str, error: str) -> None:
        """Say why a shard could not be done."""
        self.objects.remove(f"failed/{key}.json")
        self.objects.create(f"failed/{key}.json", json.dumps(error).encode())

    def failure(self, key: str) -> str | None:
        """Why a shard could not be done the last time, if that was said."""
        found = self.objects.read(f"failed/{key}.json")
        if found is None:
            return None
        try:
            return str(json.loads(found[0]))
        except ValueError:
            return "unknown"


def shard_report(
    part: Path | None,
    rows: int,
    entries: Sequence[Entry],
    skipped: Sequence[Skip],
    notices: Sequence[Skip],
    **more: Any,
) -> ShardReport:
    """A report, with the digest of the part."""
    return ShardReport(
        rows,
        None if part is None else file_sha256(part),
        tuple(dataclasses.asdict(entry) for entry in entries),
        tuple(skipped),
        tuple(notices),
        **more,
    )
