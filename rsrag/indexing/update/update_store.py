"""The store of an updated index: a changed copy of the last one, or a new one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import StoreError
from rsrag.indexing.build.build_request import BuildRequest, CopyStore
from rsrag.indexing.build.publish import clear_stores, fill_stores, note_stores
from rsrag.indexing.format.chip_schema import split_embeddings
from rsrag.indexing.format.index_kinds import IMAGE
from rsrag.indexing.format.manifest import Space, StoreInfo, part_paths
from rsrag.indexing.format.parts import read_parts
from rsrag.indexing.update.carry import Carried

if TYPE_CHECKING:
    import pyarrow as pa

_COUNT = re.compile(r"[\d,]+ vectors")
APPEND_SHARE = 0.3
"""Up to this share of changed rows a store is added to; beyond, it is made anew."""

DEAD_SHARE = 0.25
"""A copy with more dead rows than this share of the live ones is made anew, too."""


def make_store(
    build: BuildRequest,
    copy_store: CopyStore,
    old: Space,
    folder: Path,
    new: Space,
    carried: Carried,
    number: int,
) -> tuple[StoreInfo, str]:
    """Make the store of a new generation the quicker way.

    Args:
        old, folder: space of the last generation, and where that lies.
        new, number: space of the new one, its parts in ``building``, and its number.

    Returns:
        What it is, and how it came about.
    """
    added = new.rows - (old.rows - len(carried.gone))
    changed = len(carried.gone) + carried.renamed + added
    if changed <= APPEND_SHARE * new.rows:
        info = _append(build, copy_store, old, folder, new, carried)
        if info is not None:
            return info, f"{changed:,} rows changed in a copy"
    return fill_stores(build, {IMAGE: new}, number)[IMAGE], "made anew"


def _append(
    build: BuildRequest,
    copy_store: CopyStore,
    old: Space,
    folder: Path,
    new: Space,
    carried: Carried,
) -> StoreInfo | None:
    """Change a copy; ``None`` if there is none, or it is not worth it."""
    building = build.directory.building
    clear_stores(build)
    source, target = (old.store.folder(place, IMAGE) for place in (folder, building))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = copy_store(old.store.kind, source, target)
    except StoreError:
        # A damaged store is no loss: the parts are what counts.
        return None
    if made is None:
        return None
    try:
        doomed = getattr(made, "dead", 0) + len(carried.gone) + carried.renamed
        if len(made) != old.rows or doomed > DEAD_SHARE * new.rows:
            return None
        made.delete(carried.gone)
        paths = part_paths(building, IMAGE, new.parts)
        for table in _changed(carried, paths[len(carried.parts) :]):
            build.tick()
            payload, vectors = split_embeddings(table)
            made.upsert(vectors, payload)
        if len(made) != new.rows:
            return None
        made.flush()
        info, choice = old.store, getattr(made, "choice", None)
        if choice is not None:  # It may have chosen again, by its size.
            reason = _COUNT.sub(f"{new.rows:,} vectors", choice.reason)
            info = replace(info, ann=choice.name, reason=reason)
        note_stores(building, [info])
        return info
    finally:
        made.close()


def _changed(carried: Carried, fresh: Sequence[Path]) -> "Iterator[pa.Table]":
    import pyarrow as pa
    import pyarrow.compute as pc

    if carried.sources:
        wanted = pa.array(list(carried.sources), pa.string())
        for table in read_parts(carried.rewritten):
            chosen = table.filter(pc.is_in(table["source"], wanted))
            if len(chosen):
                yield chosen
    yield from read_parts(fresh)
