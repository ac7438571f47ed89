"""New stores for an index of knowledge, from its stored embeddings."""

import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rsrag import __version__
from rsrag.durable import link_or_copy
from rsrag.indexing.build.build_request import Progress
from rsrag.indexing.build.finish import writing_errors
from rsrag.indexing.build.sidecar import rfc3339
from rsrag.indexing.format.build_report import FILE as REPORT
from rsrag.indexing.format.chip_schema import split_embeddings
from rsrag.indexing.format.knowledge_manifest import (
    KnowledgeManifest,
    part_paths,
    read_knowledge_manifest,
    write_knowledge_manifest,
)
from rsrag.indexing.format.manifest import StoreInfo
from rsrag.indexing.format.parts import read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.generations.keeping import keep_parts, start_over
from rsrag.indexing.knowledge.knowledge_build import CreateStores
from rsrag.indexing.rebuild.rebuild import ticker


@dataclass(frozen=True, slots=True)
class KnowledgeStoreRequest:
    """What a new store of knowledge needs.

    Attributes:
        directory: of the index.
        create_stores: makes empty stores, one a space.
        drop_stores: removes stores on a server, when their generation goes.
        stop: asked now and then whether to stop.
    """

    directory: IndexDirectory
    create_stores: CreateStores
    drop_stores: Callable[[Mapping[str, StoreInfo]], None]
    stop: Callable[[], bool] = lambda: False

    def drop_store(self, info: StoreInfo) -> None:
        """Remove one store that is on a server."""
        self.drop_stores({"": info})


@dataclass(frozen=True, slots=True)
class KnowledgeStoreReport:
    """What came of it.

    Attributes:
        index: name.
        generation: that was published.
        path: its folder.
        vectors: by space.
        stores: by space, kind and reason.
        seconds: wall time.
    """

    index: str
    generation: int
    path: str
    vectors: Mapping[str, int]
    stores: Mapping[str, str]
    seconds: float


def rebuild_knowledge_stores(
    request: KnowledgeStoreRequest, progress: Progress
) -> KnowledgeStoreReport:
    """Make all stores again, as another kind or the same.

    Raises:
        IndexCorruptError: a part is not what was written.
        IndexLockedError: another process writes this index.
        IndexingError: the disk refuses, or a stopped build would be lost.
    """
    started = time.perf_counter()
    directory, building = request.directory, request.directory.building
    with directory.writing(), writing_errors(request):
        old = directory.current_path()
        manifest = read_knowledge_manifest(old)
        start_over(request, {"rebuild": "store"})
        for name, info in manifest.spaces.items():
            folder = f"parts-{name}"
            keep_parts(directory.name, old / folder, building / folder, info.parts)
        number = directory.next_number()
        progress("store", 0, 0)
        infos = _fill(request, manifest, number)
        spaces = {
            name: dataclasses.replace(info, store=infos[name])
            for name, info in manifest.spaces.items()
        }
        new = dataclasses.replace(
            manifest,
            generation=number,
            created=rfc3339(dt.datetime.now(dt.UTC).replace(microsecond=0)),
            rsrag_version=__version__,
            spaces=spaces,
        )
        write_knowledge_manifest(new, building)
        if (old / REPORT).is_file():
            link_or_copy(old / REPORT, building / REPORT)
        for gone in directory.switch(number, read_knowledge_manifest):
            request.drop_stores({n: info.store for n, info in gone.spaces.items()})
        return KnowledgeStoreReport(
            index=directory.name,
            generation=number,
            path=str(directory.generation_path(number)),
            vectors={name: info.rows for name, info in spaces.items()},
            stores={
                name: f"{i.kind}{f' {i.ann}' if i.ann else ''}: {i.reason}"
                for name, i in infos.items()
            },
            seconds=time.perf_counter() - started,
        )


def _fill(
    request: KnowledgeStoreRequest, manifest: KnowledgeManifest, number: int
) -> dict[str, StoreInfo]:
    building, tick = request.directory.building, ticker(request.stop)
    sizes = {n: (info.encoder.dim, info.rows) for n, info in manifest.spaces.items()}
    stores = request.create_stores(building / "store", sizes, number)
    try:
        for name, (store, _) in stores.items():
            for table in read_parts(part_paths(building, name, manifest.spaces[name])):
                tick()
                payload, vectors = split_embeddings(table)
                store.upsert(vectors, payload)
            store.flush()
    finally:
        for store, _ in stores.values():
            store.close()
    return {name: info for name, (_, info) in stores.items()}
