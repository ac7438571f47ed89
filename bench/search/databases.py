"""LanceDB and Qdrant Edge: databases in the process, rows with columns or payload."""

from collections.abc import Iterator
from math import isqrt
from typing import Any, ClassVar

import numpy as np

from bench.clouds import Array
from bench.search.oracle import Found
from bench.search.places import Region
from bench.search.rows import Rows
from bench.search.systems import THREADS, Setting, System, library, padded

_LANCE = (
    (20, 10),
    (20, 50),
    (50, 50),
    (100, 50),
    (100, 200),
    (200, 200),
    (400, 200),
    (400, 500),
    (800, 500),
)


class LanceDb(System):
    """A table with an IVF_PQ index over vectors and B-trees over lon and lat."""

    packages: ClassVar[tuple[str, ...]] = ("lancedb",)
    tuned = (
        "IVF_PQ, cosine, its own number of partitions, a sub-vector for eight "
        "components (its own sixteen found 0.79 of what texts look for, whatever was "
        "probed); nprobes and refine_factor are swept; B-trees on lon and lat, "
        "filters by `where` before the search, with as many more probes as they need. "
        "After docs.lancedb.com, *Vector Indexes*: nprobes and refine_factor up until "
        "recall suffices, minimum_nprobes for narrow filters"
    )
    settings = tuple({"nprobes": n, "refine_factor": r} for n, r in _LANCE)
    table: Any

    @staticmethod
    def disk(count: int, dim: int) -> int:
        """Vectors, codes, and the rows that are shuffled into partitions."""
        return count * (dim * 4 + 200)

    def build(self, rows: Rows) -> None:
        """See :class:`System`."""
        import pyarrow as pa

        kinds = library("lancedb.index")
        vector = pa.list_(pa.float32(), rows.dim)
        columns = [("id", pa.int64()), ("lon", pa.float64()), ("lat", pa.float64())]
        schema = pa.schema([*columns, ("vector", vector)])

        def batches() -> Iterator[Any]:
            for first, vectors, places in rows.chunks():
                numbers = pa.array(np.arange(first, first + len(vectors)))
                lon, lat = (pa.array(side) for side in places.T)
                flat = pa.array(vectors.ravel())
                lists = pa.FixedSizeListArray.from_arrays(flat, rows.dim)
                yield pa.record_batch([numbers, lon, lat, lists], schema=schema)

        reader = pa.RecordBatchReader.from_batches(schema, batches())
        base = library("lancedb").connect(str(self.folder / "lance"))
        table = base.create_table("chips", reader)
        codes = kinds.IvfPq(distance_type="cosine", num_sub_vectors=rows.dim // 8)
        table.create_index("vector", config=codes)
        table.create_index("lon", config=kinds.BTree())
        table.create_index("lat", config=kinds.BTree())
        for index in table.list_indices():
            left = table.index_stats(index.name).num_unindexed_rows
            if left:
                raise RuntimeError(f"LanceDB left {left} rows out of {index.name}.")

    def open(self, rows: Rows) -> None:
        """See :class:`System`."""
        base = library("lancedb").connect(str(self.folder / "lance"))
        self.table = base.open_table("chips")
        # It makes as many partitions as the root of the count; more cannot be probed.
        most = max(20, 2 * isqrt(rows.count))
        self.settings = tuple(s for s in self.settings if s["nprobes"] <= most)

    def search(self, queries: Array, k: int, setting: Setting) -> Found:
        """See :class:`System`."""
        if len(queries) == 1:
            found = self._query(queries[0], k, setting).to_arrow()
            return padded([found["id"].to_pylist()], k)
        found = self._query(list(queries), k, setting).to_arrow()
        rows: list[list[int]] = [[] for _ in queries]
        asked, ids = found["query_index"].to_pylist(), found["id"].to_pylist()
        for query, number in zip(asked, ids, strict=True):
            rows[query].append(number)
        return padded(rows, k)

    def inside(
        self, query: Array, k: int, setting: Setting, region: Region
    ) -> list[int]:
        """See :class:`System`."""
        where = (
            f"lon >= {region.west} AND lon <= {region.east} "
            f"AND lat >= {region.south} AND lat <= {region.north}"
        )
        asked = self._query(query, k, setting).where(where, prefilter=True)
        asked = asked.maximum_nprobes(0)
        return list(asked.to_arrow()["id"].to_pylist())

    def _query(self, vectors: Any, k: int, setting: Setting) -> Any:
        asked = self.table.search(vectors).distance_type("cosine").limit(k)
        asked = asked.nprobes(setting["nprobes"])
        asked = asked.refine_factor(setting["refine_factor"])
        return asked.select(["id", "_distance"])


class QdrantEdge(System):
    """A shard with codes in memory, vectors on disk, and an index over places."""

    packages: ClassVar[tuple[str, ...]] = ("qdrant-edge-py",)
    tuned = (
        "HNSW m 16, ef_construct 100 (its own), int8 codes in memory, vectors on "
        "disk, scored again from twice as many; two segments of any size; a geo index "
        "made before the points; hnsw_ef is swept; ACORN for filters. After "
        "qdrant.tech, *Optimize Performance*: high speed with low memory, and *ACORN*"
    )
    settings = tuple({"hnsw_ef": ef} for ef in (16, 32, 64, 128, 256, 512, 1024))
    shard: Any

    @staticmethod
    def disk(count: int, dim: int) -> int:
        """Vectors, codes, links, payload; twice while it optimizes."""
        return 2 * count * (dim * 4 + dim + 400)

    def build(self, rows: Rows) -> None:
        """See :class:`System`."""
        edge = library("qdrant_edge")
        threads = {"max_search_threads": THREADS}
        codes = edge.ScalarQuantizationConfig(
            type=edge.ScalarType.Int8, quantile=0.99, always_ram=True
        )
        config = edge.EdgeConfig(
            vectors=edge.EdgeVectorParams(
                size=rows.dim, distance=edge.Distance.Dot, on_disk=True
            ),
            hnsw_config=edge.HnswIndexConfig(
                m=16,
                ef_construct=100,
                full_scan_threshold=10_000,
                max_indexing_threads=THREADS,
            ),
            quantization_config=codes,
            optimizers=edge.EdgeOptimizersConfig(
                default_segment_number=2, max_segment_size=2**40 // 1000
            ),
            **threads,
        )
        path = self.folder / "shard"
        path.mkdir()
        shard = edge.EdgeShard.create(str(path), config)
        change = edge.UpdateOperation
        shard.update(change.create_field_index("at", edge.PayloadSchemaType.Geo))
        for first, vectors, places in rows.chunks():
            for start in range(0, len(vectors), 1024):
                some = slice(start, start + 1024)
                points = [
                    edge.Point(first + start + i, vector, {"at": _point(lon, lat)})
                    for i, (vector, (lon, lat)) in enumerate(
                        zip(vectors[some].tolist(), places[some].tolist(), strict=True)
                    )
                ]
                shard.update(change.upsert_points(points))
        shard.optimize()
        shard.flush()
        shard.close()

    def open(self, rows: Rows) -> None:
        """See :class:`System`."""
        edge = library("qdrant_edge")
        self.shard = edge.EdgeShard.load(str(self.folder / "shard"))

    def search(self, queries: Array, k: int, setting: Setting) -> Found:
        """See :class:`System`."""
        edge = library("qdrant_edge")
        asked = [self._query(query, k, setting) for query in queries]
        if len(asked) == 1:
            found = [self.shard.query(asked[0])]
        else:
            found = self.shard.query_batch(edge.QueryBatchRequest(asked))
        return padded([[point.id for point in points] for points in found], k)

    def inside(
        self, query: Array, k: int, setting: Setting, region: Region
    ) -> list[int]:
        """See :class:`System`."""
        edge = library("qdrant_edge")
        box = edge.GeoBoundingBox(
            edge.GeoPoint(region.west, region.north),
            edge.GeoPoint(region.east, region.south),
        )
        where = edge.Filter(must=[edge.FieldCondition("at", geo_bounding_box=box)])
        asked = self._query(query, k, setting, where)
        return [point.id for point in self.shard.query(asked)]

    def _query(self, query: Array, k: int, setting: Setting, where: Any = None) -> Any:
        edge = library("qdrant_edge")
        again = edge.QuantizationSearchParams(rescore=True, oversampling=2.0)
        acorn = edge.AcornSearchParams(enable=True) if where is not None else None
        return edge.QueryRequest(
            limit=k,
            query=edge.Query.Nearest(query.tolist()),
            filter=where,
            params=edge.SearchParams(
                hnsw_ef=setting["hnsw_ef"], quantization=again, acorn=acorn
            ),
        )


def _point(lon: float, lat: float) -> dict[str, float]:
    return {"lon": lon, "lat": lat}
