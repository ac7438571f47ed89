"""Copies of a store's folder, to be added to while readers use the first.

The large files of the exact and the FAISS store only grow, and ``store.json`` says how
much of them counts. So the copy may be a second name of the same file: what it appends
lies behind the bytes that count for the first. Only where something lies there already
(a copy before this one grew from the same state) are the bytes copied.
"""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.durable import copy_with_holes, link_or_copy, sync_folder
from rsrag.errors import StoreError
from rsrag.stores.files.row_files import STATE, repair

if TYPE_CHECKING:
    from rsrag.interfaces import VectorStore

_GROWING = frozenset({"vectors.f32", "payload.arrows", "dead.i64"})


def copy_store(kind: str, source: Path, target: Path) -> "VectorStore | None":
    """A copy of a store, open to be changed.

    Args:
        kind: of the store.
        source: its folder; of Qdrant Edge, with one vector space in it.
        target: a folder that is not there yet.

    Returns:
        ``None`` for a store on a server: it is to be filled again.

    Raises:
        StoreError: it is damaged, or the disk refuses.
    """
    if kind in ("exact", "faiss"):
        from rsrag.stores.faiss.faiss_store import FaissStore
        from rsrag.stores.rows import ExactStore

        _copy_row_store(source, target)
        return (ExactStore if kind == "exact" else FaissStore).open(target)
    if kind == "qdrant-edge":
        from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore

        try:
            # Qdrant sets much room aside and fills little of it.
            shutil.copytree(source, target, copy_function=copy_with_holes)
        except (OSError, shutil.Error) as exc:
            raise StoreError(f"The store at {source} cannot be copied: {exc}") from exc
        (store,) = QdrantEdgeStore.open_named(target).values()
        return store
    return None


def _copy_row_store(source: Path, target: Path) -> None:
    try:
        state = json.loads((source / STATE).read_text(encoding="utf-8"))
        sizes = {name: int(size) for name, (size, _) in state["files"].items()}
        if set(sizes) != _GROWING:
            raise ValueError(f"files {sorted(sizes)}")
        index = state["extra"].get("index")
        target.mkdir(parents=True)
        for name, size in sizes.items():
            if size:
                link_or_copy(source / name, target / name, size)
        if index:
            whole = source / index["file"]
            link_or_copy(whole, target / whole.name)
        link_or_copy(source / STATE, target / STATE)
        sync_folder(target)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise StoreError(
            f"The store at {source} cannot be copied: {exc}", hint=repair("faiss")
        ) from exc
