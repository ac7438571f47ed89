"""An audit of an index of imagery: nothing is wrong, but a person should look."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.columns.arrow_columns import boxes, field_floats, floats
from rsrag.indexing.build.sidecar import EVERYWHERE
from rsrag.indexing.checks.audit_report import Audit, Doubt
from rsrag.indexing.checks.coverage import Coverage
from rsrag.indexing.checks.findings import SHOWN
from rsrag.indexing.checks.scene_places import ScenePlaces, scene_names
from rsrag.indexing.checks.twins import NEAR, Twins, near_twins
from rsrag.indexing.format.chip_schema import UNIFORM, WINDOW_FIELDS
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.indexing.format.ledger import DUPLICATE, read_ledger
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.parts import read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.types import BBox

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ("source", "bbox", "window", "datetime", "gsd_m", "properties", "contrast")
_SLIVER_PX, _SLIVER_TIMES = 32, 4

Progress = Callable[[str, int, int], None]


def audit_index(directory: IndexDirectory, progress: Progress) -> Audit:
    """Look at all chips of an index of imagery, in memory that is bounded.

    Args:
        progress: told ``look``, then ``compare``, the rows done, and how many.

    Raises:
        IndexNotFoundError: no such index.
        IndexMismatchError: it holds knowledge.
        IndexCorruptError: a part cannot be read.
    """
    folder = directory.current_path()
    manifest = read_manifest(folder, IMAGERY)
    return _Run(manifest, folder, progress).audit()


class _Run:
    def __init__(self, manifest: Manifest, folder: Path, progress: Progress) -> None:
        self._manifest, self._folder, self._progress = manifest, folder, progress
        self._paths = manifest.part_paths(folder)
        self._places = ScenePlaces()
        self._scene_of: list[NDArray[np.intp]] = []
        self._chips: dict[str, int] = dict.fromkeys(("uniform", "sliver"), 0)
        self._first: dict[str, list[int]] = {name: [] for name in self._chips}
        self._boxes: dict[int, BBox] = {}

    def audit(self) -> Audit:
        done = 0
        for table in read_parts(self._paths, _COLUMNS, 1 << 16):
            self._look(table)
            done += len(table)
            self._progress("look", done, self._manifest.rows)
        self._places.settle()
        far = self._places.far()
        twins = self._twins()
        coverage = self._cover(far)
        holes = () if coverage is None else tuple(coverage.holes())
        return Audit(
            self._manifest.name,
            self._manifest.generation,
            self._manifest.rows,
            len(self._places),
            tuple(doubt for doubt in self._doubts(far, twins, holes) if doubt.count),
            coverage,
            tuple(self._places.box(number) for number in far[:SHOWN].tolist()),
            holes,
        )

    def _look(self, table: "pa.Table") -> None:
        scenes = self._places.add(table)
        self._scene_of.append(scenes)
        sides = [field_floats(table["window"], name) for name in WINDOW_FIELDS[2:]]
        small, large = np.minimum(*sides), np.maximum(*sides)
        sliver = (small > 0) & ((small < _SLIVER_PX) | (large > _SLIVER_TIMES * small))
        for name, some in (
            ("uniform", floats(table["contrast"]) < UNIFORM),
            ("sliver", sliver),
        ):
            self._chips[name] += int(some.sum())
            seen = [*self._first[name], *np.unique(scenes[some])[:SHOWN].tolist()]
            self._first[name] = list(dict.fromkeys(seen))[:SHOWN]

    def _cover(self, far: NDArray[np.intp]) -> Coverage | None:
        """Count on a grid over all that is placed and does not lie far away."""
        box = self._manifest.imagery.bbox
        if len(far):
            bounds = list(self._bounds(far))
            west, south = np.min([b[:, :2].min(axis=0) for b in bounds], axis=0)
            east, north = np.max([b[:, 2:].max(axis=0) for b in bounds], axis=0)
            if any((b[:, 0] > b[:, 2]).any() for b in bounds):
                west, east = EVERYWHERE
            box = west, south, east, north
        if box is None:
            return None
        coverage = Coverage(BBox(*map(float, box)))
        for some in self._bounds(far):
            coverage.add(some)
        return coverage

    def _bounds(self, far: NDArray[np.intp]) -> Iterator[NDArray[np.float64]]:
        """Bounds of chips that are placed, block by block, without some scenes."""
        for table, scenes in zip(
            read_parts(self._paths, ["bbox"], 1 << 16), self._scene_of, strict=True
        ):
            found = boxes(table["bbox"])
            some = ~np.isnan(found[:, 0]) & ~np.isin(scenes, far)
            if some.any():
                yield found[some]

    def _twins(self) -> Twins:
        rows, done = self._manifest.rows, 0

        def told(count: int) -> None:
            nonlocal done
            done += count
            self._progress("compare", done, 2 * rows)

        return near_twins(self._paths, np.concatenate(self._scene_of), told)

    def _doubts(
        self, far: NDArray[np.intp], twins: Twins, holes: Sequence[BBox]
    ) -> list[Doubt]:
        places, name = self._places, self._manifest.name
        unplaced = np.flatnonzero(~places.placed)
        written = np.flatnonzero(places.written)
        undated = np.flatnonzero(~places.dated & ~places.written)
        odd = places.odd_gsd()
        shown = [*far[:SHOWN], *unplaced[:SHOWN], *written[:SHOWN], *undated[:SHOWN]]
        shown += [*odd[:SHOWN], *self._first["uniform"], *self._first["sliver"]]
        shown += [scene for pair in twins.pairs[:SHOWN] for scene in pair]
        names = scene_names(self._paths, map(int, shown))

        def doubt(
            kind: str, some: NDArray[np.intp], what: str, next_: str | None
        ) -> Doubt:
            first = tuple(names[number] for number in some[:SHOWN].tolist())
            return Doubt(kind, len(some), what, first, next_)

        again = f"rsrag index update {name}"
        table = "--metadata FILE with datetime, and build again"
        chips = self._chips
        pairs = tuple(f"{names[a]} and {names[b]}" for a, b in twins.pairs[:SHOWN])
        copies, which = self._copies()
        of = f"of {twins.compared:,} chips that were compared with all"
        return [
            doubt(
                *("unplaced", unplaced, "scenes have no place on the Earth"),
                "--crs, --bounds or --metadata FILE, and build again",
            ),
            doubt("undated", undated, "scenes have no time of acquisition", table),
            doubt(
                *("written only", written),
                "scenes tell when they were written, not when they were taken",
                table,
            ),
            doubt(
                *("far away", far),
                "scenes lie over 100 km, and over ten times as far as half of their "
                "folder do, from its middle",
                f"mend what places them, then {again}",
            ),
            doubt(
                *("odd metres", odd),
                "scenes are over four times coarser or finer than half of their folder",
                None,
            ),
            Doubt("copies", copies, "files have the bytes of another", which),
            Doubt(
                "near copies",
                len(twins.pairs),
                f"pairs of scenes show nearly the same (cosine {NEAR} and more), {of}",
                pairs,
                "--dedupe leaves out those of the same ground",
            ),
            Doubt(
                "one colour",
                chips["uniform"],
                "chips are one colour all over: searches leave them out",
                tuple(names[number] for number in self._first["uniform"]),
                "--exclude GLOB leaves files out of a build",
            ),
            Doubt(
                "slivers",
                chips["sliver"],
                "chips are under 32 pixels wide or high, or four times as long as wide",
                tuple(names[number] for number in self._first["sliver"]),
                "another --chip-size, or --max-nodata",
            ),
            Doubt(
                "holes",
                len(holes),
                "places without a chip lie amid the others",
                tuple(" ".join(f"{v:.6g}" for v in box) for box in holes[:SHOWN]),
            ),
        ]

    def _copies(self) -> tuple[int, tuple[str, ...]]:
        """Sources that gave nothing as another had given it, and the first of them."""
        import pyarrow.compute as pc

        table = read_ledger(self._folder)
        if table is None:
            return 0, ()
        same = table.filter(pc.equal(table["kind"], DUPLICATE))
        order = pc.select_k_unstable(same, SHOWN, [("position", "ascending")])
        return len(same), tuple(same["source"].take(order).to_pylist())
