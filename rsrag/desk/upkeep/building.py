"""Builds: an index of imagery, of knowledge, or of vectors made elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.errors import ConfigError
from rsrag.factory import EncoderChoice, find_index
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.store_factory import drop_store, store_creator

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.indexing.build.build_request import (
        BuildProgress,
        BuildRequest,
        StageProgress,
    )
    from rsrag.indexing.format.build_report import BuildReport
    from rsrag.indexing.imports.import_raster import CellChoice
    from rsrag.types import EncoderIdentity

NO_ENCODER = "none"
"""As an encoder of :func:`build_knowledge`: no vectors in the space of pictures."""


def never() -> bool:
    """For builds that nobody stops."""
    return False


def build_request(
    settings: Settings,
    name: str,
    sources: Sequence[Path],
    options: "ImageryOptions",
    choice: EncoderChoice,
    store: str,
    ann: str,
    *,
    batch_size: int = 64,
    strict: bool = False,
    stop: Callable[[], bool] = never,
) -> "BuildRequest":
    """All that a build, an update or a rebuild of imagery is told.

    Raises:
        ConfigError: a store, a size of batches or a file of metadata that cannot be.
    """
    if batch_size < 1:
        raise ConfigError(f"--batch-size is {batch_size}; it must be at least 1.")
    create_stores = store_creator(store, ann, name, settings)

    from rsrag.imagery.metadata.sidecar_metadata import read_metadata
    from rsrag.indexing.build.build_request import BuildRequest

    return BuildRequest(
        directory=IndexDirectory(settings.indexes, name),
        sources=tuple(sources),
        options=options,
        metadata=read_metadata(options.metadata) if options.metadata else None,
        encoder=choice.load(settings),
        encoder_source=choice.to_json(),
        create_stores=create_stores,
        drop_store=lambda info: drop_store(info, settings),
        threads=settings.threads,
        batch_size=batch_size,
        strict=strict,
        stop=stop,
    )


def build_imagery(request: "BuildRequest", progress: "BuildProgress") -> "BuildReport":
    """Build an index of archives, or take up a build that was stopped."""
    from rsrag.indexing.build.build import build_index

    return build_index(request, progress)


def build_knowledge(
    settings: Settings,
    name: str,
    collections: Sequence[str],
    text_encoder: str,
    choice: EncoderChoice,
    store: str,
    ann: str,
    progress: "StageProgress",
) -> "BuildReport":
    """Build the vectors of the collections, or those that are missing."""
    from rsrag.encoders.sentence import load_text_encoder
    from rsrag.indexing.knowledge.knowledge_build import (
        KnowledgeRequest,
        build_knowledge as build,
    )
    from rsrag.indexing.knowledge.knowledge_source import (
        knowledge_source,
        text_encoder_source,
    )

    sees = choice.name != NO_ENCODER
    request = KnowledgeRequest(
        directory=IndexDirectory(settings.indexes, name),
        source=knowledge_source(settings.knowledge, collections),
        text_encoder=load_text_encoder(text_encoder),
        text_source=text_encoder_source(text_encoder),
        encoder=choice.load(settings) if sees else None,
        encoder_source=choice.to_json() if sees else None,
        create_stores=store_creator(store, ann, name, settings),
        drop_store=lambda info: drop_store(info, settings),
    )
    return build(request, progress)


def merge_indexes(
    settings: Settings,
    names: Sequence[str],
    name: str,
    store: str,
    ann: str,
    progress: "BuildProgress",
) -> "BuildReport":
    """Make one index of several of one encoder; see ``indexing/imports/merge.py``."""
    from rsrag.indexing.imports.merge import MergeRequest, merge_indexes as merge

    request = MergeRequest(
        directory=IndexDirectory(settings.indexes, name),
        sources=tuple(find_index(one, settings) for one in names),
        create_stores=store_creator(store, ann, name, settings),
        drop_store=lambda info: drop_store(info, settings),
    )
    return merge(request, progress)


def import_vectors(
    settings: Settings,
    name: str,
    sources: Sequence[Path],
    encoder: str | None,
    checkpoint: Path | None,
    columns: Mapping[str, str],
    store: str,
    ann: str,
    *,
    force: bool,
    progress: "BuildProgress",
    made_by: "tuple[EncoderIdentity, Mapping[str, str]] | None" = None,
    cells: "CellChoice | None" = None,
) -> "BuildReport":
    """Make an index of vectors that were made elsewhere.

    Args:
        cells: how rasters of embeddings become rows, if the sources are some.
        made_by: what made them, and how to load it, where that is known already.
    """
    from rsrag.indexing.imports.import_run import ImportRequest, import_index

    def load(wanted: str) -> tuple["EncoderIdentity", Mapping[str, str]]:
        if made_by is not None:
            return made_by
        choice = EncoderChoice(wanted, checkpoint)
        return choice.load(settings).identity, choice.to_json()

    request = ImportRequest(
        directory=IndexDirectory(settings.indexes, name),
        sources=tuple(sources),
        encoder=encoder,
        load=load,
        create_stores=store_creator(store, ann, name, settings),
        drop_store=lambda info: drop_store(info, settings),
        columns=columns,
        force=force,
        cells=cells,
    )
    return import_index(request, progress)
