"""What a build or an update is asked to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rsrag.indexing.format.manifest import StoreInfo
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.interfaces import Encoder, VectorStore

if TYPE_CHECKING:
    from rsrag.imagery.facts.sidecar_metadata import MetadataTable
    from rsrag.imagery.imagery_options import ImageryOptions

CreateStore = Callable[[Path, int, int, int], tuple[VectorStore, StoreInfo]]
"""Folder, dim, number of chips, generation: an empty store, and what it is."""

CopyStore = Callable[[str, Path, Path], VectorStore | None]
"""Kind, a store's folder, a new folder: an open copy; ``None`` if it cannot be
copied (see :func:`rsrag.stores.files.copying.copy_store`)."""


class Progress(Protocol):
    """Told what has been done, so that a person can be shown it."""

    def __call__(self, stage: str, done: int, skipped: int) -> None:
        """In ``stage`` (``encode``, ``merge``, ``store``), chips done so far."""
        ...


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """All that a build needs to know.

    Attributes:
        directory: of the index.
        sources: folders, archives and files.
        options: how pictures are cut and stretched.
        metadata: sidecar table over all sources, or ``None``.
        encoder: makes the vectors.
        encoder_source: how to load it again, for the manifest.
        create_store: makes the sidecar.
        drop_store: removes a store that is not in the index's folder, when its
            generation goes.
        threads: that decode.
        batch_size: pictures a forward pass.
        strict: a source that cannot be read fails the build.
        stop: asked now and then whether to stop and keep what is done.
    """

    directory: IndexDirectory
    sources: tuple[Path, ...]
    options: "ImageryOptions"
    metadata: "MetadataTable | None"
    encoder: Encoder
    encoder_source: Mapping[str, str]
    create_store: CreateStore
    drop_store: Callable[[StoreInfo], None]
    threads: int
    batch_size: int = 64
    strict: bool = False
    stop: Callable[[], bool] = lambda: False
