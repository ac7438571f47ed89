"""Concrete encoders and stores for knowledge indexes; beside ``rsrag.factory``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rsrag.config import Settings
from rsrag.errors import IndexNotFoundError, QueryError
from rsrag.factory import EncoderChoice, drop_store, open_store, store_creator
from rsrag.indexing.format.knowledge_manifest import (
    KNOWLEDGE,
    KnowledgeManifest,
    read_knowledge_manifest,
)
from rsrag.indexing.format.manifest import StoreInfo
from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
from rsrag.indexing.knowledge.knowledge_source import (
    KnowledgeSource,
    choose_collections,
)
from rsrag.interfaces import Encoder, TextEncoder, VectorStore
from rsrag.knowledge.collection import Roots

DEFAULT_NAME = "knowledge"
"""Name of a knowledge index when none is given."""

Sizes = Mapping[str, tuple[int, int]]
Stores = dict[str, tuple[VectorStore, StoreInfo]]


def text_encoder_source(name: str) -> dict[str, str]:
    """What a manifest keeps, to load a text encoder again.

    Args:
        name: ``minilm``, a folder or a hub id.
    """
    return {"name": str(Path(name).absolute()) if Path(name).is_dir() else name}


def knowledge_source(roots: Roots, collections: Sequence[str] = ()) -> KnowledgeSource:
    """Collections to build from.

    Args:
        roots: folders of collections, or collections.
        collections: names, if not all of them.

    Raises:
        KnowledgeError: none there, or not those.
    """
    folders = choose_collections(roots, collections)
    return KnowledgeSource(roots, folders, knowledge_fingerprint(roots))


def knowledge_fingerprint(roots: Roots) -> str:
    """Of the catalogue over ``roots``: another one after any change of a record."""
    from rsrag.knowledge.catalogue.catalogue_files import (
        collections_of,
        files_of,
        fingerprint_of,
    )

    return fingerprint_of(files_of(collections_of(roots)))


def knowledge_store_creator(
    kind: str, ann: str, name: str, settings: Settings
) -> Callable[[Path, Sizes, int], Stores]:
    """A function that makes an empty store for each space.

    The two Qdrants keep all spaces in one collection, as named vectors of one point
    a row; the others have a folder for each.

    Args:
        kind: one of ``rsrag.factory.STORES``.
        ann: index type inside FAISS, or ``auto``.
        name: of the index.
        settings: for the server's address and key.

    Raises:
        ConfigError: as :func:`rsrag.factory.store_creator`.
    """
    create_one = store_creator(kind, ann, name, settings)

    def create(folder: Path, sizes: Sizes, generation: int) -> Stores:
        dims = {space: dim for space, (dim, _) in sizes.items()}
        made: Mapping[str, VectorStore]
        if kind == "qdrant-edge":
            from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore

            info = StoreInfo(kind, None, "Qdrant inside this process, asked for")
            made = QdrantEdgeStore.create_named(folder, dims)
        elif kind == "qdrant":
            from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

            url, collection = str(settings.qdrant_url), f"rsrag_{name}_{generation:06d}"
            info = StoreInfo(kind, None, "a Qdrant server, asked for", url, collection)
            made = QdrantServerStore.create_named(
                url, collection, dims, api_key=settings.qdrant_api_key
            )
        else:
            return {
                space: create_one(folder / space, dim, count, generation)
                for space, (dim, count) in sizes.items()
            }
        return {space: (store, info) for space, store in made.items()}

    return create


def drop_knowledge_stores(stores: Mapping[str, StoreInfo], settings: Settings) -> None:
    """Remove a server's collection; other stores go with their folder."""
    for info in {info.collection: info for info in stores.values()}.values():
        drop_store(info, settings)


@dataclass(frozen=True, slots=True)
class OpenKnowledgeIndex:
    """A knowledge index ready for searching.

    Attributes:
        manifest: of the generation that was current when it was opened.
        stores: by space (``text``, ``image_text``, ``image``), those there are. A
            hit's payload has the columns of ``rsrag.indexing.format.knowledge_schema``.
        folder: its generation's folder.
        settings: that it was opened with.
    """

    manifest: KnowledgeManifest
    stores: Mapping[str, VectorStore]
    folder: Path
    settings: Settings

    def load_text_encoder(self) -> TextEncoder:
        """The encoder of ``text``.

        Raises:
            IndexMismatchError: its weights are not those the index was built with.
            ModelNotFoundError: it is not here any more.
        """
        from rsrag.encoders.sentence import load_text_encoder

        encoder = load_text_encoder(self.manifest.text_encoder["name"])
        if "text" in self.manifest.spaces:
            self.manifest.check_encoder("text", encoder.identity)
        return encoder

    def load_encoder(self) -> Encoder | None:
        """The encoder of ``image_text`` and ``image``; ``None`` if it has neither.

        Raises:
            IndexMismatchError: its weights are not those the index was built with.
            ModelNotFoundError: it is not here any more.
        """
        source = self.manifest.image_text_encoder
        if source is None:
            return None
        encoder = EncoderChoice.from_json(source).load(self.settings)
        for space in ("image_text", "image"):
            if space in self.manifest.spaces:
                self.manifest.check_encoder(space, encoder.identity)
        return encoder

    def is_stale(self, fingerprint: str) -> bool:
        """Whether records changed since the build.

        Args:
            fingerprint: of the catalogue over the folder that was indexed.
        """
        return fingerprint != self.manifest.fingerprint

    def close(self) -> None:
        """Close all stores."""
        for store in self.stores.values():
            store.close()


def open_knowledge_index(name: str | None, settings: Settings) -> OpenKnowledgeIndex:
    """Open a knowledge index by name.

    Args:
        name: of the index; ``None`` takes the only one of knowledge.
        settings: for the folder of indexes.

    Raises:
        QueryError: no name, and there are several.
        IndexNotFoundError: no such index, or none at all.
        IndexMismatchError: that index holds imagery.
    """
    names = list_indexes(settings.indexes, KNOWLEDGE)
    if name is None and len(names) > 1:
        raise QueryError(
            f"There are several indexes of knowledge in {settings.indexes.absolute()}: "
            f"{', '.join(names)}.",
            hint="name one of them",
        )
    directory = IndexDirectory(
        settings.indexes, name or (names[0] if names else DEFAULT_NAME)
    )
    if not directory.exists():
        known = f"There are: {', '.join(names)}." if names else "There are none yet."
        raise IndexNotFoundError(
            f"No knowledge index {directory.name!r} in {settings.indexes.absolute()}. "
            f"{known}",
            hint="rsrag index build-knowledge"
            + ("" if directory.name == DEFAULT_NAME else f" --name {directory.name}"),
        )
    folder = directory.current_path()
    manifest = read_knowledge_manifest(folder)
    return OpenKnowledgeIndex(
        manifest,
        open_knowledge_stores(manifest, folder / "store", settings),
        folder,
        settings,
    )


def open_knowledge_stores(
    manifest: KnowledgeManifest, folder: Path, settings: Settings
) -> dict[str, VectorStore]:
    """All stores of a generation by space, given its ``store`` folder."""
    opened: dict[str, VectorStore] = {}
    try:
        for space, info in manifest.spaces.items():
            if info.store.kind == "qdrant-edge":
                from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore

                return dict(QdrantEdgeStore.open_named(folder))
            if info.store.kind == "qdrant" and info.store.collection:
                from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

                opened[space] = QdrantServerStore.open(
                    settings.qdrant_url or str(info.store.url),
                    info.store.collection,
                    api_key=settings.qdrant_api_key,
                    vector=space,
                )
                continue
            opened[space] = open_store(info.store, folder / space, settings)
    except BaseException:
        for store in opened.values():
            store.close()
        raise
    return opened
