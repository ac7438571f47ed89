"""What ``rsrag index rebuild`` calls once its words are read."""

import dataclasses
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.errors import ConfigError
from rsrag.factory import EncoderChoice, drop_store, store_creator
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import BuildRequest, Progress
    from rsrag.indexing.format.build_report import BuildReport
    from rsrag.indexing.format.knowledge_manifest import KnowledgeManifest
    from rsrag.indexing.format.manifest import Manifest, StoreInfo
    from rsrag.indexing.rebuild.rebuild_knowledge import KnowledgeStoreReport


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was typed; ``None`` keeps what the index has.

    Attributes:
        store: kind of the sidecar.
        ann: index type inside FAISS.
        encoder: another one.
        checkpoint: its weights.
        precision: of the encoder.
        from_archive: read everything again.
        chip_size: of the chips.
        stride: from chip to chip.
        parts: only these files.
        batch_size: pictures a forward pass.
    """

    store: str | None
    ann: str | None
    encoder: str | None
    checkpoint: Path | None
    precision: str
    from_archive: bool
    chip_size: str | None
    stride: str | None
    parts: Sequence[str]
    batch_size: int

    @property
    def reads(self) -> bool:
        """Whether the archives are read again, all of them."""
        new = (self.encoder, self.checkpoint, self.chip_size, self.stride)
        return self.from_archive or any(value is not None for value in new)


def run_rebuild(
    settings: Settings, name: str, wishes: Wishes, progress: "Progress"
) -> "BuildReport | KnowledgeStoreReport":
    """Rebuild in the way that the wishes ask for.

    Raises:
        ConfigError: wishes that do not go together.
    """
    from rsrag.indexing.format.manifest import Manifest
    from rsrag.indexing.format.part_sets import read_any_manifest

    if wishes.parts and (wishes.reads or wishes.store or wishes.ann):
        raise ConfigError(
            "--part mends one file as it was; it goes with no option that changes the "
            "index.",
            hint=f"rsrag index rebuild {name} --part {wishes.parts[0]}",
        )
    directory = IndexDirectory(settings.indexes, name)
    folder = directory.current_path()
    manifest = read_any_manifest(folder)
    if not isinstance(manifest, Manifest):
        return _knowledge(settings, directory, manifest, folder, wishes, progress)
    kind, ann = stored_choice(
        wishes.store, wishes.ann, manifest.store, folder / "store"
    )
    settings = at_server(settings, manifest.store)
    if wishes.parts or wishes.reads:
        request = _request(settings, directory, manifest, wishes, kind, ann)
        if wishes.parts:
            from rsrag.indexing.rebuild.rebuild_part import rebuild_parts

            return rebuild_parts(request, wishes.parts, progress)
        return _from_archive(request, manifest, folder, progress)
    from rsrag.indexing.rebuild.rebuild import StoreRequest, rebuild_store

    return rebuild_store(
        StoreRequest(
            directory,
            store_creator(kind, ann, name, settings),
            lambda info: drop_store(info, settings),
        ),
        progress,
    )


def _from_archive(
    request: "BuildRequest", manifest: "Manifest", folder: Path, progress: "Progress"
) -> "BuildReport":
    from rsrag.indexing.build.build import build_index, build_plan
    from rsrag.indexing.generations.keeping import keep_stopped
    from rsrag.indexing.rebuild.rebuild_sources import indexed_sources, refuse_missing

    refuse_missing(manifest, None)
    refuse_missing(manifest, indexed_sources(folder, manifest))
    with request.directory.writing():
        keep_stopped(request.directory, build_plan(request))
    return build_index(request, progress)


def _request(
    settings: Settings,
    directory: IndexDirectory,
    manifest: "Manifest",
    wishes: Wishes,
    kind: str,
    ann: str,
) -> "BuildRequest":
    from rsrag.imagery.facts.sidecar_metadata import read_metadata
    from rsrag.imagery.imagery_options import ImageryOptions, Size
    from rsrag.indexing.build.build_request import BuildRequest
    from rsrag.indexing.rebuild.rebuild_sources import refuse_missing

    refuse_missing(manifest, None)
    options = ImageryOptions.from_json(manifest.imagery)
    if wishes.chip_size:
        # The old stride went with the old size.
        options = dataclasses.replace(
            options, chip_size=Size.parse(wishes.chip_size), stride=None
        )
    if wishes.stride:
        options = dataclasses.replace(options, stride=Size.parse(wishes.stride))
    choice = EncoderChoice.from_json(manifest.encoder_source)
    if wishes.encoder or wishes.checkpoint:
        choice = EncoderChoice(
            wishes.encoder or choice.name, wishes.checkpoint, None, wishes.precision
        )
    return BuildRequest(
        directory=directory,
        sources=tuple(Path(source) for source in manifest.sources),
        options=options,
        metadata=read_metadata(options.metadata) if options.metadata else None,
        encoder=choice.load(settings),
        encoder_source=choice.to_json(),
        create_store=store_creator(kind, ann, directory.name, settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=settings.threads,
        batch_size=wishes.batch_size,
    )


def _knowledge(
    settings: Settings,
    directory: IndexDirectory,
    manifest: "KnowledgeManifest",
    folder: Path,
    wishes: Wishes,
    progress: "Progress",
) -> "KnowledgeStoreReport":
    if wishes.parts or wishes.reads:
        raise ConfigError(
            f"Index {directory.name!r} holds knowledge: only its stores are rebuilt "
            "here, its vectors are made from the records.",
            hint=f"rsrag index build-knowledge --name {directory.name} --knowledge "
            f"{manifest.knowledge}",
        )
    from rsrag.indexing.rebuild.rebuild_knowledge import (
        KnowledgeStoreRequest,
        rebuild_knowledge_stores,
    )
    from rsrag.knowledge_factory import drop_knowledge_stores, knowledge_store_creator

    space, info = next(iter(manifest.spaces.items()))
    kind, ann = stored_choice(
        wishes.store, wishes.ann, info.store, folder / "store" / space
    )
    settings = at_server(settings, info.store)
    request = KnowledgeStoreRequest(
        directory,
        knowledge_store_creator(kind, ann, directory.name, settings),
        lambda stores: drop_knowledge_stores(stores, settings),
    )
    return rebuild_knowledge_stores(request, progress)


def stored_choice(
    store: str | None, ann: str | None, info: "StoreInfo", folder: Path
) -> tuple[str, str]:
    """Kind and index type of the new store: as typed, else as it was asked for."""
    if ann:
        return store or "faiss", ann
    kind = store or info.kind
    if kind != "faiss" or info.kind != "faiss":
        return kind, "auto"
    with suppress(OSError, ValueError, KeyError, TypeError):
        # A store that cannot be read any more has left its kind in the manifest.
        return kind, str(
            json.loads((folder / "store.json").read_bytes())["extra"]["ann"]
        )
    return kind, info.ann or "auto"


def at_server(settings: Settings, info: "StoreInfo") -> Settings:
    """The server of the old store serves the new one too, unless another is named."""
    if settings.qdrant_url or not info.url:
        return settings
    return dataclasses.replace(settings, qdrant_url=info.url)
