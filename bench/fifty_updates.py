"""Size and search time of an index after many updates, beside a fresh build.

    python -m bench.fifty_updates [--pictures N] [--updates N] [--stores …]

An archive of small pictures; each update finds a share of them changed, in turn, so
that every picture changes some times. Then an index is built of what is there, and both
are measured: bytes on disk of the generation that is searched, and of the whole folder
(the generation before is kept; what two share counts once), and processor time of the
same searches in turns, medians.
"""

import argparse
import io
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.made_index import request_for
from rsrag.config import Settings
from rsrag.factory import open_index
from rsrag.indexing.build.build import build_index
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.format.index_kinds import IMAGE
from rsrag.indexing.update.update import UpdateRequest, update_index
from rsrag.stores.files.copying import copy_store
from rsrag.types import EncoderIdentity, Vectors
from rsrag.vectors import unit_rows

STORES = ("exact", "faiss:flat", "faiss:hnsw", "faiss:ivf-sq8", "qdrant-edge")
DIM = 128
CLUSTERS = 200
QUERIES, ROUNDS, TOP_K = 100, 5, 10


class Numbers:
    """Embeds a picture by the number that its colours spell."""

    identity = EncoderIdentity("numbers", "0" * 64, "none", DIM)

    def prepare_image(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """One pixel: all are alike."""
        return image[:1, :1]

    def encode_prepared(self, batch: NDArray[np.uint8]) -> Vectors:
        """Unit rows, equal for equal pictures."""
        colours = batch.reshape(len(batch), 3).astype(np.int64)
        return vectors_of(colours @ np.array([65_536, 256, 1]))


def vectors_of(numbers: NDArray[np.int64]) -> Vectors:
    """``(n, DIM)`` unit rows near the centres of clusters."""
    centres = np.random.default_rng(0).normal(size=(CLUSTERS, DIM))
    noise = [np.random.default_rng([1, n]).normal(size=DIM) for n in numbers.tolist()]
    return unit_rows(centres[numbers % CLUSTERS] + 0.7 * np.array(noise))


class Archive:
    """A folder of one-coloured pictures that seem to be old."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder, self._count, self._made = folder, count, 0
        folder.mkdir()
        self.change(count)

    def change(self, count: int) -> None:
        """Write so many pictures, the next in turn, in colours that were not there."""
        for _ in range(count):
            number = self._made
            data = io.BytesIO()
            colour = (number >> 16, number >> 8 & 255, number & 255)
            Image.new("RGB", (4, 4), colour).save(data, "PNG")
            path = self._folder / f"{number % self._count:07d}.png"
            path.write_bytes(data.getvalue())
            os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
            self._made += 1


def main() -> None:
    """Print a line for each store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=12_000)
    parser.add_argument("--updates", type=int, default=50)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--stores", nargs="+", default=STORES)
    told = parser.parse_args()
    print(
        f"{told.pictures:,} pictures, {told.updates} updates of {told.share:.0%}; "
        "after them / fresh\n"
        f"{'store':16}{'searched, MB':>26}{'folder, MB':>26}{'search, ms':>26}"
        f"{'update, s':>11}{'made anew':>11}"
    )
    for store in told.stores:
        with tempfile.TemporaryDirectory(prefix="rsrag-updates-") as folder:
            print(f"{store:16}{_row(Path(folder), store, told)}", flush=True)


def _row(root: Path, store: str, told: argparse.Namespace) -> str:
    archive = Archive(root / "archive", told.pictures)
    old, new = (_request(root, name, store) for name in ("updated", "fresh"))
    build_index(old, _silent)
    taken, anew = [], 0
    for _ in range(told.updates):
        archive.change(round(told.share * told.pictures))
        started = time.perf_counter()
        report = update_index(UpdateRequest(old, copy_store), _silent)
        taken.append(time.perf_counter() - started)
        anew += "anew" in report.spaces[IMAGE].store
    build_index(new, _silent)
    searched = [_bytes(one.directory.current_path()) / 1e6 for one in (old, new)]
    folders = [_bytes(one.directory.path) / 1e6 for one in (old, new)]
    return (
        "".join(map(_pair, (searched, folders, _searches(root))))
        + f"{statistics.median(taken):11.2f}{anew:11}"
    )


def _request(root: Path, name: str, store: str) -> BuildRequest:
    kind, _, ann = store.partition(":")
    request = request_for(
        root / "indexes",
        name,
        Numbers.identity,
        {"name": "numbers"},
        [root / "archive"],
        (kind, ann or "auto"),
    )
    return replace(request, encoder=Numbers())  # type: ignore[arg-type]


def _silent(stage: str, done: int, skipped: int) -> None:
    pass


def _bytes(folder: Path) -> int:
    """What files take on the disk; one with several names counts once."""
    files = (path.stat() for path in folder.rglob("*") if path.is_file())
    return 512 * sum({one.st_ino: one.st_blocks for one in files}.values())


def _searches(root: Path) -> list[float]:
    """Median milliseconds of processor of a search, updated and fresh."""
    settings = Settings.from_environment({"RSRAG_INDEXES": str(root / "indexes")})
    queries = vectors_of(np.arange(QUERIES) + 10_000_000)
    taken: dict[str, list[float]] = {"updated": [], "fresh": []}
    with ExitStack() as stack:
        stores = {
            name: stack.enter_context(open_index(name, settings)).store
            for name in taken
        }
        for number in range(1 + ROUNDS):
            for query in queries:
                for name, store in stores.items():
                    started = time.process_time()
                    store.search(query[None], TOP_K)
                    if number:  # The first round only warms up.
                        taken[name].append(time.process_time() - started)
    return [1e3 * statistics.median(times) for times in taken.values()]


def _pair(values: list[float]) -> str:
    one, other = values
    return f"{one:9.2f} /{other:8.2f} = {one / other:4.2f}"


if __name__ == "__main__":
    main()
