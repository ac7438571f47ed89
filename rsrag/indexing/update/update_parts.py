"""The new generation of an update: parts carried over and new, and a store for them."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import StoreError
from rsrag.indexing.build.build_request import BuildRequest, CopyStore
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.finish import clear_store, new_store, note_store
from rsrag.indexing.build.sidecar import Extent, fill_store
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.chip_schema import split_embeddings
from rsrag.indexing.format.manifest import Manifest, StoreInfo
from rsrag.indexing.format.parts import PartInfo, read_parts
from rsrag.indexing.update.carry import Carried, carry_parts
from rsrag.indexing.update.change_counts import Changes
from rsrag.interfaces import VectorStore

if TYPE_CHECKING:
    import pyarrow as pa


APPEND_SHARE = 0.3
"""Up to this share of changed rows a store is added to; beyond, it is made anew."""


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """What was written.

    Attributes:
        number: of the generation.
        parts: all of them.
        extent: what they cover.
        new: chips whose vectors were made by this update.
        store: the sidecar.
        words: how it came about.
    """

    number: int
    parts: list[PartInfo]
    extent: Extent
    new: int
    store: StoreInfo
    words: str


def write_generation(
    build: BuildRequest,
    copy_store: CopyStore,
    manifest: Manifest,
    folder: Path,
    staging: Staging,
    run: EncodeRun,
    changes: Changes,
    number: int,
    tick: Callable[[], None],
) -> NewGeneration:
    """Write parts and store into ``building``.

    Args:
        build: the request.
        copy_store: see :data:`rsrag.indexing.build.build_request.CopyStore`.
        manifest: of the last generation.
        folder: of the last generation.
        staging: what was encoded.
        run: that encoded it.
        changes: against the last generation.
        number: of the new one.
        tick: called now and then; may raise to stop.
    """
    target = build.directory.building / "parts"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    carried = run.timed(
        "carry",
        lambda: carry_parts(
            folder / "parts",
            target,
            manifest.parts,
            changes.carry,
            manifest.encoder,
            tick,
        ),
    )
    parts = run.timed(
        "merge",
        lambda: staging.merge(run.void, carried.parts, tick, carried.small),
    )
    fresh = parts[len(carried.parts) :]
    paths = [target / part.file for part in parts]
    extent = run.timed("extent", lambda: measure(paths))
    small = sum(
        p.rows
        for p in manifest.parts
        if folder / "parts" / p.file in set(carried.small)
    )
    new = sum(part.rows for part in fresh) - small
    store = _Store(build, copy_store, manifest, folder, tick)
    renamed = {r.source for r in changes.carry.values() if r is not None}
    rewritten = [target / name for name in carried.rewritten]
    info, words = run.timed(
        "store",
        lambda: store.make(
            carried,
            renamed,
            rewritten,
            [target / p.file for p in fresh],
            paths,
            extent,
            number,
        ),
    )
    return NewGeneration(number, parts, extent, new, info, words)


def measure(parts: Sequence[Path]) -> Extent:
    """What all chips cover, without reading their vectors."""
    extent = Extent()
    for table in read_parts(parts, ["source", "bbox", "datetime"], 1 << 16):
        extent.add(table)
    return extent


class _Store:
    """Makes the store of a new generation the quicker way."""

    def __init__(
        self,
        build: BuildRequest,
        copy_store: CopyStore,
        manifest: Manifest,
        folder: Path,
        tick: Callable[[], None],
    ) -> None:
        self._build, self._copy_store = build, copy_store
        self._manifest, self._folder, self._tick = manifest, folder, tick

    def make(
        self,
        carried: Carried,
        renamed: set[str],
        rewritten: Sequence[Path],
        fresh: Sequence[Path],
        parts: Sequence[Path],
        extent: Extent,
        number: int,
    ) -> tuple[StoreInfo, str]:
        old = self._manifest.chips
        added = extent.chips - (old - len(carried.gone))
        changed = len(carried.gone) + carried.renamed + added
        if changed <= APPEND_SHARE * extent.chips:
            info = self._append(carried, renamed, rewritten, fresh, extent.chips)
            if info is not None:
                return info, f"{_words(info)}; {changed:,} rows changed in a copy"
        store, info = new_store(self._build, extent.chips, number)
        try:
            fill_store(store, parts, self._tick)
        finally:
            store.close()
        return info, f"{_words(info)}; made anew"

    def _append(
        self,
        carried: Carried,
        renamed: set[str],
        rewritten: Sequence[Path],
        fresh: Sequence[Path],
        count: int,
    ) -> StoreInfo | None:
        """Change a copy; ``None`` if there is none, or it is not what it should be."""
        building = self._build.directory.building
        clear_store(self._build)
        try:
            made = self._copy_store(
                self._manifest.store.kind, self._folder / "store", building / "store"
            )
        except StoreError:
            # A damaged store is no loss: the parts are what counts.
            return None
        if made is None:
            return None
        try:
            if len(made) != self._manifest.chips:
                return None
            made.delete(carried.gone)
            for table in self._changed(renamed, rewritten, fresh):
                self._tick()
                payload, vectors = split_embeddings(table)
                made.upsert(vectors, payload)
            if len(made) != count:
                return None
            made.flush()
            info = _described(self._manifest.store, made)
            note_store(building, info)
            return info
        finally:
            made.close()

    def _changed(
        self, renamed: set[str], rewritten: Sequence[Path], fresh: Sequence[Path]
    ) -> "Iterator[pa.Table]":
        import pyarrow as pa
        import pyarrow.compute as pc

        if renamed:
            wanted = pa.array(list(renamed), pa.string())
            for path in rewritten:
                for table in read_parts([path] if path.exists() else []):
                    chosen = table.filter(pc.is_in(table["source"], wanted))
                    if len(chosen):
                        yield chosen
        yield from read_parts(fresh)


def _words(info: StoreInfo) -> str:
    return f"{info.kind}{f' {info.ann}' if info.ann else ''}: {info.reason}"


def _described(info: StoreInfo, store: VectorStore) -> StoreInfo:
    """A store that chooses its index by its size may have chosen again."""
    choice = getattr(store, "choice", None)
    if choice is None:
        return info
    return replace(info, ann=choice.name, reason=choice.reason)
