"""What comparing two made scenes of one place takes: time, and memory.

``python -m bench.change_tiles --side 4000`` makes two scenes of this side in which
blocks were built and the light is another, compares them by ``rsrag change``, and
prints millions of pixels of ground a processor second and the most memory that was
held. ``--head`` chooses what judges. A scene of Sentinel-2 has a side of 10,980.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
from rasterio import Affine
from rasterio.windows import Window

import rsrag
from rsrag.encoders.mini.mini import MiniEncoder

TILE = 256
"""Side of the pieces that are repeated, each in a light of its own, and of a row."""


def write_pair(folder: Path, side: int) -> tuple[Path, Path]:
    """Two scenes of 10 m pixels, in rows of tiles, so that memory stays free."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(40, 190, (12, TILE // 16, TILE // 16, 3))
    pieces = coarse.repeat(16, axis=1).repeat(16, axis=2)
    pieces = pieces + rng.integers(-12, 13, pieces.shape)
    shape = {"driver": "GTiff", "width": side, "height": side, "count": 3}
    place = {"crs": "EPSG:32632", "transform": Affine(10, 0, 5e5, 0, -10, 5.3e6)}
    kind = {"dtype": "uint8", "tiled": True, "blockxsize": TILE, "blockysize": TILE}
    paths = folder / "before.tif", folder / "after.tif"
    with (
        rasterio.open(paths[0], "w", **shape, **place, **kind) as before,
        rasterio.open(paths[1], "w", **shape, **place, **kind) as after,
    ):
        for top in range(0, side, TILE):
            for left in range(0, side, TILE):
                there = Window(left, top, min(TILE, side - left), min(TILE, side - top))
                one = pieces[rng.integers(len(pieces))].astype(float)
                one += 12 * np.sin(left / 900) + rng.integers(-6, 7, one.shape)
                other = 0.8 * one + 9 + rng.integers(-3, 4, one.shape)
                if rng.random() < 0.1:
                    other[60:140, 60:140] = rng.integers(180, 240, 3)
                for file, values in ((before, one), (after, other)):
                    inner = values[: there.height, : there.width].clip(0, 255)
                    file.write(np.moveaxis(inner.astype(np.uint8), 2, 0), window=there)
    return paths


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=2000)
    parser.add_argument("--head", choices=("learned", "distance"), default="learned")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        paths = write_pair(Path(name), given.side)
        MiniEncoder().encode_taps(np.zeros((64, 64, 3), np.uint8), 4)
        start, spent = time.perf_counter(), time.process_time()
        found = rsrag.change(*paths, head=given.head)
        start, spent = time.perf_counter() - start, time.process_time() - spent
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(
        f"{given.side} x {given.side}, {given.head}: {start:.0f} s, {spent:.0f} "
        f"processor s, {given.side**2 / 1e6 / spent:.2f} million pixels a processor "
        f"second, {held:.2f} GB, {found.sheet.share:.2%} changed in "
        f"{len(found.sheet.components)} pieces\n"
    )


if __name__ == "__main__":
    main()
