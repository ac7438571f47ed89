"""Request to write a generation of an index."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.durable import file_sha256
from rsrag.indexing.format.manifest import StoreInfo
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.interfaces import Encoder, VectorStore

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable

Stores = Mapping[str, tuple[VectorStore, StoreInfo]]
"""By space: a store, and what it is."""

CreateStores = Callable[[Path, Mapping[str, tuple[int, int]], int], Stores]
"""Folder, width and number of vectors by space, generation: empty stores."""

CopyStore = Callable[[str, Path, Path], VectorStore | None]
"""Kind, a store's folder, a new folder: an open copy; ``None`` if it cannot be
copied (see :func:`rsrag.stores.files.copying.copy_store`)."""

BuildProgress = Callable[[str, int, int], None]
"""Told a stage (``encode``, ``read``, ``store``), rows done so far, and how many were
left out."""

StageProgress = Callable[[str, int, int], None]
"""Told a stage (``embed``, ``parts``, ``store``), how much of it is done, and of how
much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """What all commands need that write a generation.

    Attributes:
        directory: of the index.
        create_stores: makes the sidecars.
        drop_store: removes a store that is not in the index's folder, when its
            generation goes.
        stop: asked now and then whether to stop and keep what is done.
    """

    directory: IndexDirectory
    create_stores: CreateStores
    drop_store: Callable[[StoreInfo], None]
    stop: Callable[[], bool] = lambda: False

    def tick(self) -> None:
        """Call between two steps.

        Raises:
            KeyboardInterrupt: it is time to stop.
        """
        if self.stop():
            raise KeyboardInterrupt


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest(WriteRequest):
    """A build of an index of imagery.

    Attributes:
        sources: folders, archives and files.
        options: how pictures are cut and stretched.
        metadata: sidecar table over all sources, or ``None``.
        encoder: makes the vectors.
        encoder_source: how to load it again, for the manifest.
        threads: that decode.
        batch_size: pictures a forward pass.
        strict: a source that cannot be read fails the build.
    """

    sources: tuple[Path, ...]
    options: "ImageryOptions"
    metadata: "MetadataTable | None"
    encoder: Encoder
    encoder_source: Mapping[str, str]
    threads: int
    batch_size: int = 64
    strict: bool = False

    @property
    def metadata_sha256(self) -> str | None:
        """Of the file of ``metadata``, if there is one."""
        file = self.options.metadata
        return file_sha256(file) if file else None
