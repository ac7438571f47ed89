"""The second half of every command that writes a generation: stores, then the switch.

A build, an update, a rebuild and an import differ in where their parts come from. Once
those lie in ``building``, they all go this way.
"""

import dataclasses
import datetime as dt
import json
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag import __version__
from rsrag.durable import write_atomically
from rsrag.indexing.build.build_request import WriteRequest
from rsrag.indexing.build.sidecar import fill_store, rfc3339
from rsrag.indexing.format.build_report import BuildReport, SourceCounts, SpaceReport
from rsrag.indexing.format.depths import density
from rsrag.indexing.format.ledger import scene_lines, write_ledger
from rsrag.indexing.format.manifest import Manifest, Space, StoreInfo, part_paths
from rsrag.indexing.format.manifest_file import write_manifest
from rsrag.indexing.format.origins import Imagery, Records
from rsrag.plain_values import plain
from rsrag.types import Skip

if TYPE_CHECKING:
    import pyarrow as pa

_STORES = "store-made.json"


@dataclass(slots=True, kw_only=True)
class GenerationDraft:
    """A generation that has its parts in ``building``, and no store yet.

    Attributes:
        kind: of the index.
        spaces: by name.
        origin: what the rows were made from.
        encoded: vectors that this run made, by space.
        skipped: everything left out.
        left_out: how many, if ``skipped`` does not tell.
        notices: remarks about what was read.
        started: by ``time.perf_counter``.
        seconds: by stage.
        ledger: of the sources, if it is to be written.
        store_note: how the stores came about, for the report.
        sources, imported, scenes_by: for the report.
    """

    kind: str
    spaces: Mapping[str, Space]
    origin: Imagery | Records
    started: float
    encoded: Mapping[str, int] = field(default_factory=dict)
    skipped: Sequence[Skip] = ()
    left_out: int | None = None
    notices: Sequence[Skip] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    ledger: "pa.Table | None" = None
    store_note: str = ""
    sources: SourceCounts | None = None
    imported: Mapping[str, Any] = field(default_factory=dict)
    scenes_by: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def build_generation(
    request: WriteRequest,
    kind: str,
    make: Callable[[], GenerationDraft],
    progress: Callable[[str, int, int], None],
) -> BuildReport:
    """Make a generation of an index and switch readers to it.

    What was there before stays readable until the last moment. A run that is stopped
    leaves what it has finished; the same request takes it up.

    Args:
        request: where to write.
        kind: of the index; one of another kind is not written over.
        make: writes the parts, with the lock held.
        progress: told when the stores are made.

    Raises:
        IndexingError: the disk refuses.
        IndexLockedError: another process writes this index.
        IndexMismatchError: the name is that of an index of another kind.
        KeyboardInterrupt: ``request.stop`` said so; what is done is safe.
    """
    with request.directory.writing():
        request.directory.check_kind(kind)
        draft = make()
        progress("store", 0, 0)
        return finish(request, draft)


def finish(request: WriteRequest, draft: GenerationDraft) -> BuildReport:
    """Make the stores from the parts, and publish."""
    number = request.directory.next_number()
    since = time.perf_counter()
    stores = fill_stores(request, draft.spaces, number)
    draft.seconds["store"] = time.perf_counter() - since
    return publish(request, draft, number, stores)


def fill_stores(
    request: WriteRequest, spaces: Mapping[str, Space], number: int
) -> dict[str, StoreInfo]:
    """New stores of all spaces, in place of what a stopped run has left."""
    building = request.directory.building
    clear_stores(request)
    sizes = {name: (space.encoder.dim, space.rows) for name, space in spaces.items()}
    made = request.create_stores(building / "store", sizes, number)
    infos = {name: info for name, (_, info) in made.items()}
    try:
        note_stores(building, infos.values())
        for name, (store, _) in made.items():
            parts = part_paths(building, name, spaces[name].parts)
            fill_store(store, parts, request.tick)
    finally:
        for store, _ in made.values():
            store.close()
    return infos


def publish(
    request: WriteRequest,
    draft: GenerationDraft,
    number: int,
    stores: Mapping[str, StoreInfo],
) -> BuildReport:
    """Write what describes a generation, and switch readers to it."""
    directory, building = request.directory, request.directory.building
    left_out = draft.left_out
    if left_out is None:
        left_out = sum(skip.count for skip in draft.skipped)
    manifest = Manifest(
        name=directory.name,
        generation=number,
        created=rfc3339(dt.datetime.now(dt.UTC).replace(microsecond=0)),
        rsrag_version=__version__,
        kind=draft.kind,
        spaces={
            name: dataclasses.replace(space, store=stores[name])
            for name, space in draft.spaces.items()
        },
        origin=draft.origin,
        skipped=left_out,
    )
    report = report_of(manifest, directory.generation_path(number), draft)
    if draft.ledger is not None:
        write_ledger(building, draft.ledger)
    report.write(building)
    write_manifest(manifest, building)
    for old in directory.switch(number):
        for info in old.stores:
            request.drop_store(info)
    return report


def report_of(manifest: Manifest, path: Path, draft: GenerationDraft) -> BuildReport:
    """The report of what a draft became, in the folder of its generation."""
    note = f"; {draft.store_note}" if draft.store_note else ""
    spaces = {
        name: SpaceReport(
            space.rows,
            draft.encoded.get(name, 0),
            space.encoder.id,
            space.encoder.dim,
            space.store.words + note,
        )
        for name, space in manifest.spaces.items()
    }
    return BuildReport(
        index=manifest.name,
        kind=manifest.kind,
        generation=manifest.generation,
        path=str(path),
        spaces=spaces,
        counts=manifest.origin.counts,
        uniform=getattr(manifest.origin, "uniform", 0),
        skipped=tuple(draft.skipped),
        notices=tuple(draft.notices),
        seconds={**draft.seconds, "total": time.perf_counter() - draft.started},
        sources=draft.sources,
        imported=draft.imported,
        scenes_by=draft.scenes_by,
        scenes=[] if draft.ledger is None else scene_lines(draft.ledger),
        dense=density(draft.ledger, getattr(manifest.origin, "options", {})),
    )


def note_stores(building: Path, infos: Iterable[StoreInfo]) -> None:
    """Remember which stores were made: one on a server does not go with the folder."""
    stores = [dataclasses.asdict(info) for info in dict.fromkeys(infos)]
    write_atomically(building / _STORES, json.dumps(stores))


def clear_stores(request: WriteRequest) -> None:
    """Remove the stores that a stopped run has left."""
    building = request.directory.building
    shutil.rmtree(building / "store", ignore_errors=True)
    path = building / _STORES
    if path.exists():
        try:
            infos = [plain(StoreInfo, data) for data in json.loads(path.read_bytes())]
        except (ValueError, TypeError, RecursionError):
            infos = []
        for info in infos:
            request.drop_store(info)
        path.unlink()
