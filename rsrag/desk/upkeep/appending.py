"""Chips of other indexes, and of files, put into an index that was imported."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.desk.upkeep.building import import_vectors
from rsrag.desk.upkeep.rebuilding import at_server, stored_choice
from rsrag.errors import IndexMismatchError
from rsrag.factory import find_index
from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
from rsrag.store_factory import drop_store, store_creator

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import BuildProgress
    from rsrag.indexing.format.build_report import BuildReport


def append_to(
    settings: Settings, name: str, added: Sequence[str], progress: "BuildProgress"
) -> "BuildReport":
    """Put the chips of other indexes, and of files of embeddings, into an index.

    Args:
        name: of an index that was imported or merged.
        added: names of indexes of the same encoder, or files as an import takes them.

    Raises:
        IndexingError: the index is built from archives, or a file is not fit.
        IndexMismatchError: vectors of another encoder.
        SourceNotFoundError: neither an index nor a file.
    """
    from tempfile import TemporaryDirectory

    from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
    from rsrag.indexing.imports.merge import MergeRequest, merge_indexes as merge

    directory = find_index(name, settings)
    manifest = directory.read_manifest(IMAGERY)
    space, info = manifest.image, manifest.image.store
    folder = info.folder(directory.current_path(), IMAGE)
    kind, ann = stored_choice(None, None, info, folder)
    server = at_server(settings, info)
    known = list_indexes(settings.indexes)
    with TemporaryDirectory(prefix="rsrag-append-") as scratch:
        beside = dataclasses.replace(settings, indexes=Path(scratch))
        sources = [directory]
        for number, one in enumerate(added):
            if one in known:
                sources.append(find_index(one, settings))
                continue
            own = f"added-{number}"
            import_vectors(
                beside,
                own,
                [Path(one).expanduser()],
                str(space.encoder_source.get("name", space.encoder.id)),
                None,
                {},
                "exact",
                "auto",
                force=False,
                progress=progress,
                made_by=(space.encoder, space.encoder_source),
            )
            sources.append(IndexDirectory(beside.indexes, own))
            found = sources[-1].read_manifest(IMAGERY).image.encoder
            if found != space.encoder:
                raise IndexMismatchError(
                    f"{one} holds vectors of {found.id}, {found.dim} numbers each; "
                    f"{name!r} is of {space.encoder.id}, {space.encoder.dim}.",
                    hint=f"rsrag index import {one} --name OTHER",
                )
        request = MergeRequest(
            directory=directory,
            sources=tuple(sources),
            onto=True,
            create_stores=store_creator(kind, ann, name, server),
            drop_store=lambda old: drop_store(old, server),
        )
        return merge(request, progress)
