"""The only place that names concrete encoders and stores."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rsrag.config import Settings
from rsrag.errors import ConfigError
from rsrag.indexing.format.manifest import Manifest, StoreInfo, read_manifest
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.generations.only_index import only_index
from rsrag.interfaces import Encoder, VectorStore

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions

_log = logging.getLogger(__name__)

StoreKind = Literal["exact", "faiss", "qdrant-edge", "qdrant"]
STORES: tuple[StoreKind, ...] = ("exact", "faiss", "qdrant-edge", "qdrant")


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """Which encoder to load, as a person names it.

    Attributes:
        name: ``mini``, a model's id, or ``open_clip:ARCHITECTURE``.
        checkpoint: a local file instead of the downloaded one.
        architecture: of open_clip, when the name does not tell.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.
    """

    name: str
    checkpoint: Path | None = None
    architecture: str | None = None
    precision: str = "auto"

    def load(self, settings: Settings) -> Encoder:
        """Make the encoder; weights are read when they are first used."""
        from rsrag.encoders.encoder_registry import load_encoder

        return load_encoder(
            self.name,
            checkpoint=self.checkpoint,
            architecture=self.architecture,
            precision=self.precision,
            threads=settings.threads,
        )

    @property
    def external(self) -> bool:
        """Whether it made vectors elsewhere, and is not here."""
        return self.name.startswith("external:")

    def to_json(self) -> dict[str, str]:
        """For the manifest, so that a search can load the same again."""
        data = {"name": self.name, "precision": self.precision}
        if self.checkpoint:
            data["checkpoint"] = str(self.checkpoint.absolute())
        if self.architecture:
            data["architecture"] = self.architecture
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> "EncoderChoice":
        """What :meth:`to_json` wrote."""
        checkpoint = data.get("checkpoint")
        return cls(
            name=data["name"],
            checkpoint=Path(checkpoint) if checkpoint else None,
            architecture=data.get("architecture"),
            precision=data.get("precision", "auto"),
        )


def store_creator(
    kind: str, ann: str, name: str, settings: Settings
) -> Callable[[Path, int, int, int], tuple[VectorStore, StoreInfo]]:
    """A function that makes an empty store of a kind.

    Args:
        kind: one of :data:`STORES`.
        ann: index type inside FAISS, or ``auto``.
        name: of the index; a server's collection is called after it.
        settings: for the server's address and key.

    Raises:
        ConfigError: no such kind, or ``qdrant`` without a server's address.
    """
    if kind not in STORES:
        raise ConfigError(f"There is no store {kind!r}.", hint="; ".join(STORES))
    if kind != "faiss" and ann != "auto":
        raise ConfigError(
            f"--ann {ann} chooses among FAISS indexes; the store is {kind}.",
            hint=f"--store faiss --ann {ann}",
        )
    if kind == "qdrant" and not settings.qdrant_url:
        raise ConfigError(
            "--store qdrant needs the address of a server.",
            hint="--qdrant-url http://localhost:6333 (its key: QDRANT_API_KEY)",
        )

    def create(
        folder: Path, dim: int, count: int, generation: int
    ) -> tuple[VectorStore, StoreInfo]:
        if kind == "exact":
            from rsrag.stores.exact import ExactStore

            reason = "exact search in NumPy, asked for"
            return ExactStore.create(folder, dim), StoreInfo(kind, None, reason)
        if kind == "faiss":
            from rsrag.stores.faiss.faiss_store import FaissStore

            store = FaissStore.create(folder, dim, ann=ann, expected=count)
            return store, StoreInfo(kind, store.choice.name, store.choice.reason)
        if kind == "qdrant-edge":
            from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore

            reason = "Qdrant inside this process, asked for"
            return QdrantEdgeStore.create(folder, dim), StoreInfo(kind, None, reason)
        from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

        url = str(settings.qdrant_url)
        collection = f"rsrag_{name}_{generation:06d}"
        server = QdrantServerStore.create(
            url, collection, dim, api_key=settings.qdrant_api_key
        )
        reason = "a Qdrant server, asked for"
        return server, StoreInfo(kind, None, reason, url, collection)

    return create


def open_store(info: StoreInfo, folder: Path, settings: Settings) -> VectorStore:
    """Open the store that a manifest describes.

    Args:
        info: of the manifest.
        folder: the sidecar's, inside the generation.
        settings: for a server's key, and its address if it has moved.
    """
    if info.kind == "exact":
        from rsrag.stores.exact import ExactStore

        return ExactStore.open(folder)
    if info.kind == "faiss":
        from rsrag.stores.faiss.faiss_store import FaissStore

        return FaissStore.open(folder)
    if info.kind == "qdrant-edge":
        from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore

        return QdrantEdgeStore.open(folder)
    if info.kind == "qdrant" and info.collection:
        from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

        url = settings.qdrant_url or str(info.url)
        return QdrantServerStore.open(
            url, info.collection, api_key=settings.qdrant_api_key
        )
    raise ConfigError(f"The manifest names a store that is not known: {info}.")


def drop_store(info: StoreInfo, settings: Settings) -> None:
    """Remove a server's collection; other stores go with their folder."""
    if info.kind == "qdrant" and info.collection:
        from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

        url = settings.qdrant_url or str(info.url)
        QdrantServerStore.drop(url, info.collection, api_key=settings.qdrant_api_key)


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """An index ready for searching.

    Attributes:
        manifest: of the generation that was current when it was opened.
        store: its sidecar.
        folder: its generation's folder.
    """

    manifest: Manifest
    store: VectorStore
    folder: Path

    def load_encoder(
        self, settings: Settings, choice: EncoderChoice | None = None
    ) -> Encoder:
        """The encoder of this index; another one is refused.

        Args:
            settings: for threads.
            choice: instead of the one the manifest names.

        Raises:
            IndexMismatchError: the choice does not fit the index.
        """
        wanted = choice or EncoderChoice.from_json(self.manifest.encoder_source)
        if wanted.name == self.manifest.encoder.id and wanted.external:
            from rsrag.encoders.external import ExternalEncoder

            return ExternalEncoder(wanted.name, self.manifest.encoder.dim)
        encoder = wanted.load(settings)
        self.manifest.check_encoder(encoder.identity)
        return encoder

    def imagery_options(self) -> "ImageryOptions":
        """How the pictures of this index were read."""
        from rsrag.imagery.imagery_options import ImageryOptions

        return ImageryOptions.from_json(self.manifest.imagery)


def open_index(name: str | None, settings: Settings) -> OpenIndex:
    """Open an index by name.

    Args:
        name: of the index; ``None`` takes the only one of imagery.
        settings: for the folder of indexes.

    Raises:
        QueryError: no name, and there are several.
        IndexNotFoundError: no such index, or none at all.
    """
    name = name or only_index(settings.indexes)
    directory = IndexDirectory(settings.at(name).indexes, name)
    folder = directory.current_path()
    # From the folder itself: CURRENT may have moved on since it was read.
    manifest = read_manifest(folder)
    store = open_store(manifest.store, folder / "store", settings)
    _log.info(
        "index %s opened: generation %s, store %s %s, %d chips, encoder %s",
        *(name, folder.name, manifest.store.kind, manifest.store.ann or ""),
        *(len(store), manifest.encoder.id),
    )
    return OpenIndex(manifest, store, folder)
