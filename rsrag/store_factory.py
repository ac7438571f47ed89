"""The only place that names concrete stores."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rsrag.config import Settings
from rsrag.config.plugins import Plugin, find_plugin, plugins
from rsrag.errors import ConfigError, StoreError
from rsrag.indexing.format.manifest import Manifest, StoreInfo
from rsrag.interfaces import VectorStore
from rsrag.types import Hit

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import CreateStores, Stores

StoreKind = Literal["exact", "faiss", "qdrant-edge", "qdrant", "pgvector"]
STORES: tuple[StoreKind, ...] = (
    *("exact", "faiss", "qdrant-edge", "qdrant", "pgvector"),
)


def store_creator(kind: str, ann: str, name: str, settings: Settings) -> "CreateStores":
    """A function that makes an empty store for each vector space of an index.

    The two Qdrants keep all spaces in one collection, as named vectors of one point
    a row; PostgreSQL has a table for each, the others a folder.

    Args:
        kind: one of :data:`STORES`, or a plugin's.
        ann: index type inside FAISS, or ``auto``.
        name: of the index; a server's collection is called after it.
        settings: for the server's address and key.

    Raises:
        ConfigError: no such kind, or a server's without its address.
    """
    plugin = None if kind in STORES else find_plugin("stores", kind)
    if kind not in STORES and plugin is None:
        known = (*STORES, *(one.name for one in plugins("stores")))
        raise ConfigError(f"There is no store {kind!r}.", hint="; ".join(known))
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

    address = database_url(settings) if kind == "pgvector" else ""

    def create(
        folder: Path, sizes: Mapping[str, tuple[int, int]], generation: int
    ) -> "Stores":
        dims = {space: dim for space, (dim, _) in sizes.items()}
        made: Mapping[str, VectorStore]
        if kind == "faiss":
            from rsrag.stores.faiss.faiss_store import FaissStore

            stores = {
                space: FaissStore.create(folder / space, dim, ann=ann, expected=count)
                for space, (dim, count) in sizes.items()
            }
            return {
                space: (one, StoreInfo(kind, one.choice.name, one.choice.reason))
                for space, one in stores.items()
            }
        if kind == "pgvector":
            from rsrag.stores.pgvector.pgvector_names import table_name, view_name
            from rsrag.stores.pgvector.pgvector_store import PgVectorStore

            tables = {space: table_name(name, generation, space) for space in dims}
            return {
                space: (
                    PgVectorStore.create(
                        address, table, dims[space], view_name(name, space, len(dims))
                    ),
                    StoreInfo(kind, None, "PostgreSQL, asked for", collection=table),
                )
                for space, table in tables.items()
            }
        if plugin is not None:
            info = StoreInfo(kind, None, f"the plugin of {plugin.package}, asked for")
            made = {
                n: _of(plugin, "create", folder / n, dim) for n, dim in dims.items()
            }
        elif kind == "exact":
            from rsrag.stores.rows import ExactStore

            info = StoreInfo(kind, None, "exact search in NumPy, asked for")
            made = {n: ExactStore.create(folder / n, dim) for n, dim in dims.items()}
        elif kind == "qdrant-edge":
            from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore

            info = StoreInfo(kind, None, "Qdrant inside this process, asked for")
            made = QdrantEdgeStore.create_named(folder, dims)
        else:
            from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

            url, collection = str(settings.qdrant_url), f"rsrag_{name}_{generation:06d}"
            info = StoreInfo(kind, None, "a Qdrant server, asked for", url, collection)
            made = QdrantServerStore.create_named(
                url, collection, dims, api_key=settings.qdrant_api_key
            )
        return {space: (store, info) for space, store in made.items()}

    return create


def _of(plugin: Plugin, call: str, folder: Path, *sizes: int) -> VectorStore:
    """A store of a plugin: ``create(folder, dim)`` or ``open(folder)``."""
    kind = plugin.load("create", "open")
    with plugin.blamed(f"{call}()"):
        made = getattr(kind, call)(folder, *sizes)

    def check(found: object) -> None:
        hits = [hit for one in found for hit in one]  # type: ignore[attr-defined]
        if not all(isinstance(hit, Hit) for hit in hits):
            raise StoreError("search gave what is no Hit")

    store: VectorStore = plugin.guarded(made, VectorStore, {"search": check})
    return store


def open_stores(
    manifest: Manifest, folder: Path, settings: Settings
) -> dict[str, VectorStore]:
    """Open the stores of a generation.

    Args:
        manifest: of the generation.
        folder: of the generation.
        settings: for a server's key, and its address if it has moved.

    Returns:
        A store for each space.
    """
    opened: dict[str, VectorStore] = {}
    try:
        for space, one in manifest.spaces.items():
            info, path = one.store, one.store.folder(folder, space)
            if info.kind == "exact":
                from rsrag.stores.rows import ExactStore

                opened[space] = ExactStore.open(path)
            elif info.kind == "faiss":
                from rsrag.stores.faiss.faiss_store import FaissStore

                opened[space] = FaissStore.open(path)
            elif info.kind == "qdrant-edge":
                from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore

                return dict(QdrantEdgeStore.open_named(path))
            elif info.kind == "qdrant" and info.collection:
                from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

                opened[space] = QdrantServerStore.open(
                    settings.qdrant_url or str(info.url),
                    info.collection,
                    api_key=settings.qdrant_api_key,
                    vector=space,
                )
            elif info.kind == "pgvector" and info.collection:
                from rsrag.stores.pgvector.pgvector_store import PgVectorStore

                url = database_url(settings, manifest.name)
                opened[space] = PgVectorStore.open(url, info.collection)
            elif plugin := find_plugin("stores", info.kind):
                opened[space] = _of(plugin, "open", path)
            else:
                raise ConfigError(
                    f"Index {manifest.name!r} has a store of the kind {info.kind!r}, "
                    "which is not here.",
                    hint=f"rsrag index rebuild {manifest.name} --store faiss, or "
                    "install the plugin that it was made with",
                )
    except BaseException:
        for store in opened.values():
            store.close()
        raise
    return opened


def drop_store(info: StoreInfo, settings: Settings) -> None:
    """Remove a server's collection or table; other stores go with their folder."""
    if info.kind == "qdrant" and info.collection:
        from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

        url = settings.qdrant_url or str(info.url)
        QdrantServerStore.drop(url, info.collection, api_key=settings.qdrant_api_key)
    elif info.kind == "pgvector" and info.collection:
        from rsrag.stores.pgvector.pgvector_store import PgVectorStore

        PgVectorStore.drop(database_url(settings), info.collection)


def database_url(settings: Settings, index: str | None = None) -> str:
    """Where PostgreSQL is, which only the environment tells: no file holds a password.

    Raises:
        ConfigError: it does not.
    """
    if not settings.database_url:
        what = f"Index {index!r}" if index else "The store pgvector"
        raise ConfigError(
            f"{what} is kept in PostgreSQL; RSRAG_DATABASE_URL does not say where.",
            hint="export RSRAG_DATABASE_URL="
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE",
        )
    return settings.database_url
