"""Builds the zoo as one index, and compares what it holds with the recipes."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.zoo import beside, dated, drivers, packed, placed, products
from bench.zoo.animals import Animal
from bench.zoo.outlines import fault_of

_RECIPES = (
    *(placed.by_system, placed.by_transform, placed.by_number, drivers.by_driver),
    *(placed.by_points, placed.nowhere),
    *(dated.by_name, dated.by_tag, dated.by_exif, dated.by_json),
    *(beside.by_world_file, packed.by_notes, packed.by_archive, beside.by_camera),
    products.by_product,
)


@dataclass(frozen=True)
class Zoo:
    """Files on the disk, and what is true of them.

    Attributes:
        pictures: folder that is indexed whole.
        catalogue: folder of STAC, of which documents are indexed.
        sources: what to index.
        table: for ``--metadata``.
        animals: by their whole source.
    """

    pictures: Path
    catalogue: Path
    sources: tuple[Path, ...]
    table: Path
    animals: dict[str, Animal]


def draw(root: Path) -> Zoo:
    """Write every file of the zoo below a folder."""
    pictures, catalogue = root / "pictures", root / "catalogue"
    animals: dict[str, Animal] = {}
    for recipe in _RECIPES:
        for animal in recipe(pictures):
            animals[f"{pictures}/{animal.source}"] = animal
    table, rows = beside.by_table(pictures)
    animals |= {f"{pictures}/{animal.source}": animal for animal in rows}
    catalogue.mkdir(parents=True)
    documents, scenes = products.by_stac(catalogue)
    animals |= {f"{catalogue}/{animal.source}": animal for animal in scenes}
    return Zoo(pictures, catalogue, (pictures, *documents), table, animals)


@dataclass
class Verdict:
    """What is wrong.

    Attributes:
        files: on the disk.
        scenes: in the index.
        skipped: in the report, with a reason.
        passed: files that the report counts as of no kind that is read.
        outlines, times, unreported, unread: faults by source: outlines and times that
            are not the true ones, files that neither the index nor the report mentions,
            scenes that should be in the index and are not.
    """

    files: int = 0
    scenes: int = 0
    skipped: int = 0
    passed: int = 0
    outlines: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    unreported: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """One line a fault."""
        groups = {
            "outline": self.outlines,
            "time": self.times,
            "unreported": self.unreported,
            "unread": self.unread,
        }
        return [
            f"{kind}: {source}: {what}"
            for kind, found in groups.items()
            for source, what in found.items()
        ]


def build(zoo: Zoo, indexes: Path) -> tuple[list[dict[str, Any]], Any]:
    """Index the zoo with an encoder that costs nothing.

    Returns:
        Rows of the index, and the report.
    """
    import pyarrow.parquet as pq

    from bench.made_index import Stranger
    from rsrag.config import Settings
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.metadata.sidecar_metadata import read_metadata
    from rsrag.indexing.build.build import build_index
    from rsrag.indexing.build.build_request import BuildRequest
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.store_factory import drop_store, store_creator
    from rsrag.types import EncoderIdentity

    settings = Settings.from_environment({"RSRAG_INDEXES": str(indexes)})
    directory = IndexDirectory(indexes, "zoo")
    request = BuildRequest(
        directory=directory,
        sources=zoo.sources,
        options=ImageryOptions(metadata=zoo.table),
        metadata=read_metadata(zoo.table),
        encoder=Stranger(EncoderIdentity("zoo", "0" * 64, "corner", 8)),  # type: ignore[arg-type]
        encoder_source={"name": "zoo"},
        create_stores=store_creator("exact", "auto", "zoo", settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=2,
    )
    report = build_index(request, lambda stage, done, skipped: None)
    parts = directory.read_manifest().part_paths(directory.current_path())
    columns = ["source", "geometry", "datetime"]
    return [
        r for p in parts for r in pq.read_table(p, columns=columns).to_pylist()
    ], report


def judge(zoo: Zoo, rows: Sequence[dict[str, Any]], report: Any) -> Verdict:
    """Compare rows and report with the recipes."""
    import shapely

    verdict = Verdict(files=len(list(_files(zoo))), scenes=len(rows))
    seen: Counter[str] = Counter()
    for row in rows:
        found = _owner(zoo, row["source"])
        if found is None:
            verdict.unread[row["source"]] = "a scene of no recipe"
            continue
        source, animal = found
        seen[source] += 1
        outline = None if row["geometry"] is None else shapely.from_wkb(row["geometry"])
        if what := fault_of(outline, animal.place):
            verdict.outlines[row["source"]] = what
        if what := _fault_of_time(row["datetime"], animal):
            verdict.times[row["source"]] = what
    skips = {skip.source: skip.reason for skip in report.skipped}
    verdict.skipped = len(skips)
    passed = [n for n in report.notices if n.kind == "notice:passed-over"]
    verdict.passed = sum(notice.count for notice in passed)
    silent = {}
    for source, animal in zoo.animals.items():
        told = [
            r for s, r in skips.items() if s == source or s.startswith(f"{source}/")
        ]
        if animal.read and not seen[source]:
            verdict.unread[source] = told[0] if told else "in no row"
        if not seen[source] and not told:
            silent[source] = "neither indexed nor skipped"
    # Of what is passed over the report has counts, as there may be millions.
    if len(silent) > verdict.passed:
        verdict.unreported = silent
    return verdict


def _files(zoo: Zoo) -> Iterator[Path]:
    for folder in (zoo.pictures, zoo.catalogue):
        yield from (path for path in folder.rglob("*") if path.is_file())


def _owner(zoo: Zoo, source: str) -> tuple[str, Animal] | None:
    """The recipe of a scene: its own, or that of the product it lies in."""
    at = source
    while at:
        if at in zoo.animals:
            return at, zoo.animals[at]
        at = at.rpartition("/")[0].removesuffix("!")
    return None


def _fault_of_time(moment: dt.datetime | None, animal: Animal) -> str | None:
    true = animal.moment
    if moment is None or true is None:
        return None if moment is true else f"{moment}, and not {true}"
    same = (
        moment.date() == true.date()
        if animal.day
        else (moment.replace(microsecond=0) == true)
    )
    return None if same else f"{moment}, and not {true}"
