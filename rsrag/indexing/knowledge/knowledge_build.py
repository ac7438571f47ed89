"""Build a knowledge index: records to rows, vectors, parts, stores; then publish."""

import datetime as dt
import json
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rsrag import __version__
from rsrag.config.homes import knowledge_text
from rsrag.durable import write_atomically
from rsrag.errors import IndexingError, KnowledgeError
from rsrag.indexing.build.sidecar import rfc3339
from rsrag.indexing.build.staging import PLAN
from rsrag.indexing.format.chip_schema import split_embeddings
from rsrag.indexing.format.knowledge_manifest import (
    KNOWLEDGE,
    KnowledgeManifest,
    SpaceInfo,
    part_paths,
    read_knowledge_manifest,
    write_knowledge_manifest,
)
from rsrag.indexing.format.knowledge_report import KnowledgeReport
from rsrag.indexing.format.manifest import StoreInfo
from rsrag.indexing.format.parts import PartInfo, part_info, read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.knowledge.knowledge_run import EmbedRun, Progress
from rsrag.indexing.knowledge.knowledge_source import KnowledgeSource
from rsrag.indexing.knowledge.knowledge_spaces import SpaceBuild
from rsrag.interfaces import Encoder, TextEncoder, VectorStore
from rsrag.knowledge.collection import as_roots
from rsrag.types import EncoderIdentity

Stores = Mapping[str, tuple[VectorStore, StoreInfo]]
CreateStores = Callable[[Path, Mapping[str, tuple[int, int]], int], Stores]
"""Folder, width and number of vectors by space, generation: empty stores by space."""


@dataclass(frozen=True, slots=True)
class KnowledgeRequest:
    """All that a build needs to know.

    Attributes:
        directory: of the index.
        source: the records.
        text_encoder: of the space ``text``.
        text_source: how to load it again, for the manifest.
        encoder: of the two other spaces, or ``None`` to leave them out.
        encoder_source: how to load it again.
        create_stores: makes the sidecars.
        drop_stores: removes stores that are not in the index's folder, when their
            generation goes.
    """

    directory: IndexDirectory
    source: KnowledgeSource
    text_encoder: TextEncoder
    text_source: Mapping[str, str]
    encoder: Encoder | None
    encoder_source: Mapping[str, str] | None
    create_stores: CreateStores
    drop_stores: Callable[[Mapping[str, StoreInfo]], None]

    @property
    def identities(self) -> dict[str, EncoderIdentity]:
        """Whose vectors stand in each space."""
        found = {"text": self.text_encoder.identity}
        if self.encoder:
            found |= dict.fromkeys(("image_text", "image"), self.encoder.identity)
        return found


def build_knowledge(request: KnowledgeRequest, progress: Progress) -> KnowledgeReport:
    """Build a generation of a knowledge index and make it the current one.

    What was there before stays readable until the last moment. Vectors of pieces
    that the last generation has, or that a stopped build with the same encoders has
    made, are not made again.

    Raises:
        KnowledgeError: records that are not well formed, or none at all.
        IndexLockedError: another process writes this index.
        IndexMismatchError: the name is that of an index of imagery.
    """
    started = time.perf_counter()
    directory = request.directory
    with directory.writing():
        directory.check_kind(KNOWLEDGE)
        records = request.source.read()
        if not records.passages and not records.landmarks:
            raise KnowledgeError(
                f"The collections {', '.join(request.source.folders)} hold neither "
                "landmarks nor passages.",
                hint="rsrag knowledge import FILE --name NAME",
            )
        spaces = _spaces(request)
        read_s = time.perf_counter() - started
        run = EmbedRun(
            records,
            request.source.folders,
            request.text_encoder,
            request.encoder,
            spaces,
            progress,
        )
        run.embed()
        parts = {name: space.finish() for name, space in spaces.items() if space.rows}
        if not parts:
            shutil.rmtree(directory.building)
            raise KnowledgeError(
                "There are no passages, and without --encoder landmarks have no "
                "vectors.",
                hint="rsrag index build-knowledge --encoder mini",
            )
        embed_s = time.perf_counter() - started - read_s
        progress("store", 0, 0)
        number = directory.next_number()
        infos = _fill(request, spaces, parts, number)
        total_s = time.perf_counter() - started
        manifest = KnowledgeManifest(
            name=directory.name,
            generation=number,
            created=rfc3339(dt.datetime.now(dt.UTC).replace(microsecond=0)),
            rsrag_version=__version__,
            knowledge=knowledge_text(as_roots(request.source.roots)),
            collections=tuple(sorted(request.source.folders)),
            fingerprint=request.source.fingerprint,
            passages=len(records.passages),
            landmarks=len(records.landmarks),
            images=run.images,
            skipped=len(run.skipped),
            text_encoder=dict(request.text_source),
            image_text_encoder=request.encoder_source and dict(request.encoder_source),
            spaces=infos,
        )
        report = KnowledgeReport(
            index=manifest.name,
            generation=number,
            path=str(directory.generation_path(number)),
            passages=manifest.passages,
            landmarks=manifest.landmarks,
            vectors={name: info.rows for name, info in infos.items()},
            embedded={name: spaces[name].embedded for name in infos},
            reused={name: spaces[name].reused for name in infos},
            skipped=tuple(run.skipped),
            seconds={
                "read": read_s,
                "embed": embed_s,
                "store": total_s - read_s - embed_s,
                "total": total_s,
            },
            stores={name: _words(info.store) for name, info in infos.items()},
        )
        write_knowledge_manifest(manifest, directory.building)
        report.write(directory.building)
        for old in directory.switch(number, read_knowledge_manifest):
            request.drop_stores({n: info.store for n, info in old.spaces.items()})
        return report


def _spaces(request: KnowledgeRequest) -> dict[str, SpaceBuild]:
    """Spaces with the vectors that need not be made again."""
    directory, identities = request.directory, request.identities
    folder = directory.building
    plan = {name: asdict(identity) for name, identity in identities.items()}
    text = json.dumps({"kind": KNOWLEDGE, "encoders": plan}, indent=2) + "\n"
    path = folder / PLAN
    if not path.is_file() or path.read_bytes() != text.encode():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_atomically(path, text)
    spaces = {
        name: SpaceBuild(folder, name, identity)
        for name, identity in identities.items()
    }
    # A last generation that cannot be read only costs the time to embed again.
    with suppress(IndexingError):
        last = directory.current_path()
        for name, info in read_knowledge_manifest(last).spaces.items():
            if name in spaces and info.encoder == spaces[name].encoder:
                spaces[name].log.copy_parts(_sound(last, name, info))
    return spaces


def _sound(folder: Path, space: str, info: SpaceInfo) -> list[Path]:
    """Parts whose bytes are those that were written; vectors of others are not used."""
    return [
        path
        for path, part in zip(part_paths(folder, space, info), info.parts, strict=True)
        if path.is_file() and part_info(path, part.rows) == part
    ]


def _fill(
    request: KnowledgeRequest,
    spaces: Mapping[str, SpaceBuild],
    parts: Mapping[str, list[PartInfo]],
    number: int,
) -> dict[str, SpaceInfo]:
    """Make the stores from the parts, as a rebuild would."""
    building = request.directory.building
    shutil.rmtree(building / "store", ignore_errors=True)
    sizes = {name: (spaces[name].encoder.dim, spaces[name].rows) for name in parts}
    stores = request.create_stores(building / "store", sizes, number)
    infos = {}
    try:
        for name, (store, store_info) in stores.items():
            info = SpaceInfo(
                spaces[name].rows, spaces[name].encoder, tuple(parts[name]), store_info
            )
            for table in read_parts(part_paths(building, name, info)):
                payload, vectors = split_embeddings(table)
                store.upsert(vectors, payload)
            store.flush()
            infos[name] = info
    finally:
        for store, _ in stores.values():
            store.close()
    return infos


def _words(store: StoreInfo) -> str:
    return f"{store.kind}{f' {store.ann}' if store.ann else ''}: {store.reason}"
