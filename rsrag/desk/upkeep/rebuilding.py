"""Rebuilds of a store or of an index."""

import dataclasses
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.desk.upkeep.build_choices import RebuildChoice
from rsrag.desk.upkeep.building import build_request
from rsrag.errors import ConfigError
from rsrag.factory import EncoderChoice
from rsrag.indexing.format.index_kinds import KNOWLEDGE
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.store_factory import drop_store, store_creator

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import BuildProgress, BuildRequest
    from rsrag.indexing.format.build_report import BuildReport
    from rsrag.indexing.format.manifest import Manifest, StoreInfo


def rebuild_index(
    settings: Settings, name: str, choice: RebuildChoice, progress: "BuildProgress"
) -> "BuildReport":
    """Rebuild in the way that is asked for.

    Raises:
        ConfigError: options that do not go together, or that an index of knowledge
            does not have.
    """
    if choice.part and (choice.reads or choice.store or choice.ann):
        raise ConfigError(
            "--part mends one file as it was; it goes with no option that changes the "
            "index.",
            hint=f"rsrag index rebuild {name} --part {choice.part[0]}",
        )
    settings = settings.at(name)
    directory = IndexDirectory(settings.indexes, name)
    folder = directory.current_path()
    manifest = directory.read_manifest()
    if manifest.kind == KNOWLEDGE and (choice.part or choice.reads):
        raise ConfigError(
            f"Index {name!r} holds knowledge: only its stores are rebuilt here, its "
            "vectors are made from the records.",
            hint=manifest.build_again(),
        )
    space, store = next((n, one.store) for n, one in manifest.spaces.items())
    kind, ann = stored_choice(
        choice.store, choice.ann, store, store.folder(folder, space)
    )
    settings = at_server(settings, store)
    if choice.part or choice.reads:
        request = _request(settings, directory, manifest, choice, kind, ann)
        if choice.part:
            from rsrag.indexing.rebuild.rebuild_part import rebuild_parts

            return rebuild_parts(request, choice.part, progress)
        return _from_archive(request, manifest, folder, progress)
    from rsrag.indexing.build.build_request import WriteRequest
    from rsrag.indexing.rebuild.rebuild import rebuild_stores

    progress("store", 0, 0)
    return rebuild_stores(
        WriteRequest(
            directory=directory,
            create_stores=store_creator(kind, ann, name, settings),
            drop_store=lambda info: drop_store(info, settings),
        )
    )


def _from_archive(
    request: "BuildRequest",
    manifest: "Manifest",
    folder: Path,
    progress: "BuildProgress",
) -> "BuildReport":
    from rsrag.indexing.build.build import build_index, build_plan
    from rsrag.indexing.build.plans import keep_stopped
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
    choice: RebuildChoice,
    kind: str,
    ann: str,
) -> "BuildRequest":
    from rsrag.imagery.imagery_options import ImageryOptions, Size
    from rsrag.indexing.rebuild.rebuild_sources import refuse_missing

    refuse_missing(manifest, None)
    options = ImageryOptions.from_json(manifest.imagery.options)
    if choice.chip_size:
        # The old stride went with the old size.
        options = dataclasses.replace(
            options,
            chip_size=Size.parse(choice.chip_size),
            stride=None,
            scales=None,
            overview=False,
        )
    if choice.stride:
        options = dataclasses.replace(options, stride=Size.parse(choice.stride))
    encoder = EncoderChoice.from_json(manifest.image.encoder_source)
    if choice.encoder or choice.checkpoint:
        encoder = EncoderChoice(
            choice.encoder or encoder.name, choice.checkpoint, None, choice.precision
        )
    return build_request(
        settings,
        directory.name,
        [Path(source) for source in manifest.imagery.sources],
        options,
        encoder,
        kind,
        ann,
        batch_size=choice.batch_size,
    )


def stored_choice(
    store: str | None, ann: str | None, info: "StoreInfo", folder: Path
) -> tuple[str, str]:
    """Kind and index type of the new store: as typed, else as it was asked for."""
    if ann:
        return store or "faiss", ann
    kind = store or info.kind
    if kind != "faiss" or info.kind != "faiss":
        return kind, "auto"
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
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
