"""Opening and verifying a large index: seconds, and the peak of memory.

python bench/bench_verify.py [--chips 1000000] [--dim 512] [--ann ivf-sq8]

The embeddings are synthetic: unit vectors around 2,000 centres, written straight as
parts, a ledger and a store into a folder that is removed at the end (about 2.2 GB for
parts, as much for the store, and the FAISS index).
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from shapely import box, to_wkb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rsrag.config import Settings  # noqa: E402
from rsrag.factory import store_creator  # noqa: E402
from rsrag.imagery.options import ImageryOptions  # noqa: E402
from rsrag.indexing.generations import IndexDirectory  # noqa: E402
from rsrag.indexing.ledger import Entry, ledger_table, write_ledger  # noqa: E402
from rsrag.indexing.manifest import Manifest, write_manifest  # noqa: E402
from rsrag.indexing.parts import PART_ROWS, PartInfo, PartWriter  # noqa: E402
from rsrag.indexing.schema import EMBEDDING, chip_schema  # noqa: E402
from rsrag.indexing.sidecar import fill_store  # noqa: E402
from rsrag.types import EncoderIdentity  # noqa: E402

GROUP = 4_096
SCENE = 16
CENTRES = 2_000


def tables(chips: int, dim: int) -> Iterator[pa.Table]:
    """Row groups of made-up chips, sixteen of each scene."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(CENTRES, dim)).astype(np.float32)
    for start in range(0, chips, GROUP):
        n = min(GROUP, chips - start)
        vectors = centres[rng.integers(0, CENTRES, n)]
        vectors = vectors + 0.5 * rng.normal(size=(n, dim)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        numbers = np.arange(start, start + n)
        ids = [rng.bytes(16).hex() for _ in numbers]
        scenes = [f"/archive/scene-{i // SCENE:06d}.tif" for i in numbers]
        west = rng.uniform(-179, 178, n)
        south = rng.uniform(-80, 79, n)
        boxes = box(west, south, west + 0.01, south + 0.01)
        corners = zip(west, south, west + 0.01, south + 0.01, strict=True)
        names = ("xmin", "ymin", "xmax", "ymax")
        windows = [
            {"col_off": 256 * (i % SCENE), "row_off": 0, "width": 256, "height": 256}
            for i in numbers.tolist()
        ]
        columns = {
            "id": ids,
            "geometry": to_wkb(boxes).tolist(),
            "bbox": [dict(zip(names, c, strict=True)) for c in corners],
            "source": scenes,
            "source_sha256": [f"{i // SCENE:064x}" for i in numbers.tolist()],
            "window": windows,
            "datetime": [None] * n,
            "gsd_m": [10.0] * n,
            "sensor": ["S2A"] * n,
            "crs": ["EPSG:32633"] * n,
            "nodata_share": [0.0] * n,
            "properties": [None] * n,
        }
        table = pa.table(columns, schema=chip_schema())
        lists = pa.FixedSizeListArray.from_arrays(
            pa.array(vectors.astype(np.float32).ravel()), dim
        )
        field = pa.field(EMBEDDING, lists.type, nullable=False)
        yield table.append_column(field, lists)


def write_index(root: Path, chips: int, dim: int, ann: str) -> None:
    """An index ``big``, as a build would leave it."""
    directory = IndexDirectory(root, "big")
    building = directory.building
    (building / "parts").mkdir(parents=True)
    identity = EncoderIdentity("synthetic", "0" * 64, "none", dim)
    infos: list[PartInfo] = []
    writer: PartWriter | None = None
    for table in tables(chips, dim):
        path = building / "parts" / f"part-{len(infos):05d}.parquet"
        writer = writer or PartWriter(path, identity)
        writer.write(table)
        if writer.rows >= PART_ROWS:
            infos.append(writer.close())
            writer = None
    if writer is not None:
        infos.append(writer.close())
    settings = Settings.from_environment({"RSRAG_INDEXES": str(root)})
    kind = "exact" if ann == "exact" else "faiss"
    make = store_creator(kind, "auto" if kind == "exact" else ann, "big", settings)
    store, info = make(building / "store", dim, chips, 1)
    extent = fill_store(store, [building / "parts" / part.file for part in infos])
    store.close()
    entries = [
        Entry(
            f"/archive/scene-{i:06d}.tif",
            chips=min(SCENE, chips - i * SCENE),
            position=i,
        ).settle()
        for i in range(-(-chips // SCENE))
    ]
    write_ledger(building, ledger_table(entries))
    (building / "report.json").write_text("{}")
    manifest = Manifest(
        name="big",
        generation=1,
        created="2024-01-01T00:00:00Z",
        rsrag_version="0",
        encoder=identity,
        encoder_source={"name": "synthetic"},
        imagery=ImageryOptions().to_json(),
        sources=("/archive",),
        chips=chips,
        scenes=extent.scenes,
        skipped=0,
        bbox=extent.bbox,
        time=None,
        parts=tuple(infos),
        store=info,
    )
    write_manifest(manifest, building)
    directory.publish(1)


# Not of getrusage: its peak is inherited from the process that starts this one.
MEASURE = """
import time
since = time.perf_counter()
{code}
took = time.perf_counter() - since
status = dict(line.split(":") for line in open("/proc/self/status"))
print(took, int(status["VmHWM"].split()[0]) / 1e6)
"""

OPEN = """
from pathlib import Path
from rsrag.config import Settings
from rsrag.factory import open_index
opened = open_index("big", Settings.from_environment())
assert len(opened.store) == opened.manifest.chips
"""

VERIFY = """
from rsrag.commands import main
assert main(["index", "verify", "big"]) == 0
"""


def measured(root: Path, code: str) -> tuple[float, float, str]:
    """Seconds with all imports, peak resident GB, and what was printed."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE.format(code=code)],
        env={"RSRAG_INDEXES": str(root), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    *text, numbers = done.stdout.splitlines()
    seconds, peak = map(float, numbers.split())
    return seconds, peak, "\n".join(text)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--ann", default="ivf-sq8", help="of FAISS, or exact")
    parser.add_argument("--folder", type=Path, help="for the index, on a large disk")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        root = Path(folder)
        since = time.perf_counter()
        write_index(root, given.chips, given.dim, given.ann)
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
        print(
            f"{given.chips:,} chips of dim {given.dim}, {given.ann}: "
            f"{size / 1e9:.2f} GB, written in {time.perf_counter() - since:.0f} s",
            flush=True,
        )
        for name, code in (("open", OPEN), ("verify", VERIFY)):
            seconds, peak, text = measured(root, code)
            print(f"{name}: {seconds:.2f} s, peak {peak:.2f} GB resident", flush=True)
            if text:
                print(text)


if __name__ == "__main__":
    main()
