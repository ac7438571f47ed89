"""How well objects of several sizes are found by one chip size, and by several.

    python -m bench.ground_sizes OBJECTS BACKGROUND [--side 20000] [--each 10]

On a raster made of pictures of BACKGROUND, objects (pictures of OBJECTS, named after
their class: a folder a class, or ``CLASS_NUMBER.jpg``) are pasted at random places and
in sides of 200 to 1,600 pixels. For each class its name is searched; printed are, per
index, chips, seconds of building, and the share of a class's objects that one of its
20 best hits touches; then the same of builds that have a share of the time of the one
with several sizes (``--shares``), spent everywhere, and spent where hits of the same
queries are.
"""

import argparse
import re
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image
from rasterio.enums import Resampling

import rsrag

SIDES = (200, 400, 800, 1_600)
SCALES = ({"chip_size": 256}, {"chip_size": 512}, {"chip_size": 1024})
SEVERAL = "256,512,1024,2048"
TOP = 20
TRIES = 10_000

Placed = dict[str, list[tuple[int, int, int]]]


def main() -> None:
    """Print a line an index."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("objects", type=Path)
    parser.add_argument("background", type=Path)
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--each", type=int, default=8, help="objects of a class")
    parser.add_argument("--classes", type=int, default=12)
    parser.add_argument("--shares", type=float, nargs="*", default=[0.05, 0.25, 1.0])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        placed = made(args, Path(folder) / "archive")
        print(
            f"{args.side:,} squared, {sum(map(len, placed.values()))} objects",
            flush=True,
        )
        archive, indexes = Path(folder) / "archive", Path(folder) / "indexes"
        for options in (*SCALES, {"scales": SEVERAL}):
            name = "-".join(map(str, options.values())).replace(",", "-")
            watch = Watch()
            index = rsrag.build(archive, name=name, indexes=indexes, **options)
            took = watch.tell(str(next(iter(options.values()))), index, placed)
        for share in args.shares:
            for where in ("everywhere", "at hits"):
                watch, budget = Watch(), took * share
                index = rsrag.build(
                    archive,
                    name=f"{where[:2]}-{share:g}",
                    indexes=indexes,
                    scales=SEVERAL,
                    budget=budget if where == "everywhere" else 1e-6,
                )
                if where == "at hits":
                    until = time.monotonic() - watch.seconds + budget
                    densify_at_hits(index, placed, until)
                watch.tell(f"{share:.0%} of the time, {where}", index, placed)


class Watch:
    """Time from here on, by the clock and of the processors."""

    def __init__(self) -> None:
        self._begun, self._worked = time.monotonic(), time.process_time()

    @property
    def seconds(self) -> float:
        """By the clock."""
        return time.monotonic() - self._begun

    def tell(self, title: str, index: rsrag.Index, placed: Placed) -> float:
        """Print a line, and close the index; gives the seconds before."""
        took, worked = self.seconds, time.process_time() - self._worked
        with index:
            shares = [found(index, word, spots) for word, spots in placed.items()]
            print(
                f"{title}: {len(index):,} chips, {took:.0f} s ({worked:.0f} s of "
                f"processor), recall@{TOP} {np.mean(shares):.3f}",
                flush=True,
            )
        return took


def densify_at_hits(index: rsrag.Index, placed: Placed, until: float) -> None:
    """Make an index denser where the hits of all queries are, the best ones first."""
    for rank in range(TOP):
        hits = [
            index.search(query_of(word), top_k=TOP)[rank : rank + 1] for word in placed
        ]
        left = until - time.monotonic()
        if left <= 0:
            return
        index.densify([hit for some in hits for hit in some], budget=left)


def query_of(word: str) -> str:
    """What is searched for a class."""
    return f"a satellite photo of {word}"


def found(index: rsrag.Index, word: str, spots: list[tuple[int, int, int]]) -> float:
    """The share of objects of which a hit holds the middle."""
    hits = index.search(query_of(word), top_k=TOP)
    windows = [hit.window for hit in hits if hit.window]
    seen = [
        any(
            w.col_off <= x + side / 2 < w.col_off + w.width
            and w.row_off <= y + side / 2 < w.row_off + w.height
            for w in windows
        )
        for x, y, side in spots
    ]
    return float(np.mean(seen))


def made(args: argparse.Namespace, folder: Path) -> Placed:
    """Write the raster with its overviews; give the objects by class."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    ground = [tile(path) for path in sorted(args.background.glob("*.*"))[:40]]
    side, path = args.side, folder / "made.tif"
    profile = {"width": side, "height": side, "count": 3, "dtype": "uint8"}
    picture = np.empty((side, side, 3), np.uint8)
    for y in range(0, side, 512):
        for x in range(0, side, 512):
            one = ground[rng.integers(len(ground))]
            picture[y : y + 512, x : x + 512] = one[: side - y, : side - x]
    classes = classed(args.objects)
    names = sorted(classes)[:: max(1, len(classes) // args.classes)][: args.classes]
    placed: Placed = defaultdict(list)
    taken: list[tuple[int, int, int]] = []
    # The largest first: where they lie, the small ones find room.
    numbers = sorted(
        range(args.each * len(names)),
        key=lambda number: -SIDES[(number // len(names)) % len(SIDES)],
    )
    for number in numbers:
        name = names[number % len(names)]
        own = SIDES[(number // len(names)) % len(SIDES)]
        x, y = free(rng, side, own, taken)
        paths = classes[name]
        chosen = Image.open(paths[rng.integers(len(paths))]).convert("RGB")
        picture[y : y + own, x : x + own] = np.asarray(chosen.resize((own, own)))
        placed[re.sub("(?<=[a-z])(?=[A-Z])|_", " ", name).lower()].append((x, y, own))
        taken.append((x, y, own))
    tiles = {"tiled": True, "blockxsize": 512, "blockysize": 512}
    # A square of 10 cm pixels somewhere, so that GDAL has a place.
    transform = rasterio.Affine(0.1, 0, 500_000, 0, -0.1, 4_500_000)
    place = {"crs": "EPSG:32630", "transform": transform, "compress": "jpeg"}
    with rasterio.open(path, "w", driver="GTiff", **profile, **tiles, **place) as file:
        file.write(np.moveaxis(picture, 2, 0))
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4, 8], Resampling.average)
    return dict(placed)


def free(
    rng: np.random.Generator, side: int, own: int, taken: list[tuple[int, int, int]]
) -> tuple[int, int]:
    """A corner where an object touches no other."""
    for _ in range(TRIES):
        x, y = rng.integers(0, side - own, 2).tolist()
        if all(
            x + own < a or a + wide < x or y + own < b or b + wide < y
            for a, b, wide in taken
        ):
            return x, y
    raise SystemExit(f"{side:,} squared has no room for so many: --side, --each")


def tile(path: Path) -> np.ndarray:
    """512 x 512 pixels of a background."""
    return np.asarray(Image.open(path).convert("RGB").resize((512, 512)))


def classed(folder: Path) -> dict[str, list[Path]]:
    """Pictures by class, from folders or from names."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*.*")):
        if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".tif"):
            own = re.sub(r"[_-]?\d+$", "", path.stem)
            found[own if path.parent == folder else path.parent.name].append(path)
    return found


if __name__ == "__main__":
    main()
