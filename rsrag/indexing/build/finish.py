"""The last steps of a build and of an update: store, ledger, manifest, publication."""

import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rsrag import __version__
from rsrag.durable import write_atomically
from rsrag.errors import IndexingError
from rsrag.imagery.sources.urls import source_text
from rsrag.indexing.build.encode import BuildRequest
from rsrag.indexing.build.sidecar import Extent, rfc3339
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.ledger import write_ledger
from rsrag.indexing.format.manifest import Manifest, StoreInfo, write_manifest
from rsrag.indexing.format.parts import PartInfo
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.interfaces import VectorStore

if TYPE_CHECKING:
    import pyarrow as pa

    from rsrag.indexing.format.update_report import UpdateReport

_STORE = "store-made.json"


class Writes(Protocol):
    """What a build, an update and a rebuild have in common: where they write."""

    @property
    def directory(self) -> IndexDirectory:
        """Of the index."""
        ...

    @property
    def drop_store(self) -> Callable[[StoreInfo], None]:
        """Removes a store that is on a server."""
        ...


@contextmanager
def writing_errors(request: Writes) -> Iterator[None]:
    """Give a disk that refuses a name, and the way on.

    Raises:
        IndexingError: instead of an ``OSError``.
    """
    try:
        yield
    except OSError as exc:
        raise IndexingError(
            f"Writing {request.directory.path} failed: {exc}. The index is as it was "
            "before.",
            hint="see to the disk, and type the same command again: it goes on from "
            "what is safe",
        ) from exc


def new_store(
    request: BuildRequest, count: int, number: int
) -> tuple[VectorStore, StoreInfo]:
    """An empty store for a generation, in place of what a stopped run has left."""
    building = request.directory.building
    clear_store(request)
    store, info = request.create_store(
        building / "store", request.encoder.identity.dim, count, number
    )
    note_store(building, info)
    return store, info


def note_store(building: Path, info: StoreInfo) -> None:
    """Remember which store was made: one on a server does not go with the folder."""
    write_atomically(building / _STORE, json.dumps(dataclasses.asdict(info)))


def clear_store(request: Writes) -> None:
    """Remove the store that a stopped run has left."""
    building = request.directory.building
    shutil.rmtree(building / "store", ignore_errors=True)
    path = building / _STORE
    if path.exists():
        try:
            info = StoreInfo(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            path.unlink()
            return
        request.drop_store(info)
        path.unlink()


def make_manifest(
    request: BuildRequest,
    number: int,
    parts: list[PartInfo],
    extent: Extent,
    skipped: int,
    store: StoreInfo,
) -> Manifest:
    """The identity card of a new generation."""
    return Manifest(
        name=request.directory.name,
        generation=number,
        created=_now(),
        rsrag_version=__version__,
        encoder=request.encoder.identity,
        encoder_source=dict(request.encoder_source),
        imagery=request.options.to_json(),
        sources=tuple(source_text(path) for path in request.sources),
        chips=extent.chips,
        scenes=extent.scenes,
        skipped=skipped,
        bbox=extent.bbox,
        time=extent.time,
        parts=tuple(parts),
        store=store,
    )


def publish(
    request: BuildRequest,
    manifest: Manifest,
    ledger: "pa.Table",
    report: "BuildReport | UpdateReport",
) -> None:
    """Write what describes a generation, and switch readers to it."""
    building = request.directory.building
    write_ledger(building, ledger)
    write_manifest(manifest, building)
    report.write(building)
    for old in request.directory.publish(manifest.generation):
        request.drop_store(old.store)


def _now() -> str:
    return rfc3339(dt.datetime.now(dt.UTC).replace(microsecond=0))
