"""Indexes of made-up chips: written as a build leaves them, without a picture read.

Vectors come from :mod:`bench.clouds`; everything else is drawn. Such an index opens,
is searched, verified and updated as any other.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from bench.clouds import Array, Cloud, blocks
from rsrag.config import Settings
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.build.build import chips_of, origin_of
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.build.publish import GenerationDraft, fill_stores, publish
from rsrag.indexing.build.sidecar import measure
from rsrag.indexing.format.chip_schema import (
    BBOX_FIELDS,
    EMBEDDING,
    WINDOW_FIELDS,
    chip_schema,
)
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.format.ledger import Entry, ledger_table
from rsrag.indexing.format.manifest import part_paths
from rsrag.indexing.format.parts import PART_ROWS, PartInfo, PartWriter
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.store_factory import drop_store, store_creator
from rsrag.types import EncoderIdentity, Vectors
from rsrag.vectors import unit_rows

SCENE = 16
"""Chips of a scene, where chips are not of files of their own."""
GROUP = 8_192


class Stranger:
    """Stands for an encoder that made the vectors; new pictures get random ones."""

    def __init__(self, identity: EncoderIdentity) -> None:
        self.identity = identity

    def prepare_image(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Leave it as it is."""
        return image[:2, :2]

    def encode_prepared(self, batch: NDArray[np.uint8]) -> Vectors:
        """Unit rows that a batch always gets."""
        rng = np.random.default_rng(int(batch.sum()))
        return unit_rows(rng.normal(size=(len(batch), self.identity.dim)))


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, and how long its stages took.

    Attributes:
        store: kind of the store, with the index inside it.
        parts_s: drawing and writing the parts.
        store_s: filling the store from them.
        parts_bytes, store_bytes: on disk.
    """

    store: str
    parts_s: float
    store_s: float
    parts_bytes: int
    store_bytes: int


def request_for(
    root: Path,
    name: str,
    identity: EncoderIdentity,
    encoder_source: Mapping[str, str],
    sources: Sequence[Path] = (),
    store: tuple[str, str] = ("faiss", "auto"),
) -> BuildRequest:
    """What a build of this index would have been asked to do.

    Args:
        root: folder of indexes.
        name: of the index.
        identity: of the encoder.
        encoder_source: as :meth:`rsrag.factory.EncoderChoice.to_json` has it.
        sources: given to the build.
        store: its kind, and the index inside FAISS.
    """
    settings = Settings.from_environment({"RSRAG_INDEXES": str(root)})
    return BuildRequest(
        directory=IndexDirectory(root, name),
        sources=tuple(sources),
        options=ImageryOptions(),
        metadata=None,
        encoder=Stranger(identity),  # type: ignore[arg-type]
        encoder_source=encoder_source,
        create_stores=store_creator(*store, name, settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=2,
        batch_size=256,
    )


def make_index(
    request: BuildRequest, cloud: Cloud, entries: Sequence[Entry] = ()
) -> Made:
    """Publish an index of the vectors of a cloud.

    Args:
        request: see :func:`request_for`.
        cloud: of the width of its encoder.
        entries: a source for each chip; without, scenes of :data:`SCENE` chips that
            are nowhere.
    """
    building = request.directory.building
    (building / "parts" / IMAGE).mkdir(parents=True)
    ledger = entries or list(_scenes(cloud.count))
    sources = [one.source for one in ledger for _ in range(one.chips)]
    digests = [str(one.sha256) for one in ledger for _ in range(one.chips)]
    since = time.perf_counter()
    infos = _write_parts(request, cloud, sources, digests)
    parts_s = time.perf_counter() - since
    number = request.directory.next_number()
    draft = GenerationDraft(
        kind=IMAGERY,
        spaces={IMAGE: chips_of(request, infos)},
        origin=origin_of(request, measure(part_paths(building, IMAGE, infos))),
        started=since,
        ledger=ledger_table(ledger),
    )
    since = time.perf_counter()
    with request.directory.writing():
        stores = fill_stores(request, draft.spaces, number)
        store_s = time.perf_counter() - since
        made = Made(
            f"{stores[IMAGE].kind} {stores[IMAGE].ann or ''}".strip(),
            parts_s,
            store_s,
            sum(part.bytes for part in infos),
            folder_bytes(building / "store"),
        )
        publish(request, draft, number, stores)
    return made


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def chips(
    vectors: Array, start: int, sources: Sequence[str], digests: Sequence[str]
) -> pa.Table:
    """Rows of a part: a chip for each vector, small squares all over the Earth.

    Args:
        vectors: ``(n, dim)``.
        start: number of the first chip; equal numbers give equal chips.
        sources: of each chip.
        digests: sha256 of each source.
    """
    rng = np.random.default_rng([start, len(vectors)])
    n = len(vectors)
    west, south = rng.uniform(-180, 179, n), rng.uniform(-80, 79, n)
    corners = [west, south, west + 0.5, south + 0.5]
    boxes = shapely.to_wkb(shapely.box(*corners))
    numbers = np.arange(start, start + n)
    sides = [256 * (numbers % SCENE), 0 * numbers, 256 + 0 * numbers]
    windows = [pa.array(side, pa.int32()) for side in (*sides, sides[-1])]
    columns: dict[str, Any] = {
        "id": [rng.bytes(16).hex() for _ in range(n)],
        "geometry": pa.array(boxes.tolist(), pa.binary()),
        "bbox": pa.StructArray.from_arrays(
            [pa.array(corner) for corner in corners], BBOX_FIELDS
        ),
        "source": list(sources),
        "source_sha256": list(digests),
        "window": pa.StructArray.from_arrays(windows, WINDOW_FIELDS),
        "gsd_m": np.full(n, 10.0),
        "sensor": ["S2A"] * n,
        "crs": ["EPSG:32633"] * n,
        "nodata_share": np.zeros(n, np.float32),
    }
    schema = chip_schema(vectors.shape[1])
    columns[EMBEDDING] = pa.FixedSizeListArray.from_arrays(
        pa.array(vectors.ravel(), pa.float32()), vectors.shape[1]
    )
    for field in schema:
        columns.setdefault(field.name, pa.nulls(n, field.type))
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def _write_parts(
    request: BuildRequest, cloud: Cloud, sources: list[str], digests: list[str]
) -> list[PartInfo]:
    infos: list[PartInfo] = []
    start = 0
    for block in blocks(cloud):
        for low in range(0, len(block), PART_ROWS):
            name = f"part-{len(infos):05d}.parquet"
            path = request.directory.building / "parts" / IMAGE / name
            writer = PartWriter(path, request.encoder.identity)
            part = block[low : low + PART_ROWS]
            for first in range(0, len(part), GROUP):
                rows = part[first : first + GROUP]
                here = slice(start, start + len(rows))
                writer.write(chips(rows, start, sources[here], digests[here]))
                start += len(rows)
            infos.append(writer.close())
    return infos


def _scenes(count: int) -> Iterator[Entry]:
    for number in range(-(-count // SCENE)):
        yield Entry(
            f"/archive/scene-{number:07d}.tif",
            sha256=f"{number:064x}",
            chips=min(SCENE, count - number * SCENE),
            position=number,
        ).settle()
