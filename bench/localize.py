"""How well ``rsrag localize`` tells what is not there, and how fast it looks.

``python -m bench.localize --pictures valid.tar --captions valid.jsonl`` makes mosaics
of 16 pictures of 16 classes each, asks for a sentence of each picture in it, and for
those of the classes that are not in it. It prints which share of each is said to stand
out at some thresholds, and pixels a processor second. ``python -m bench.localize --side
10980`` looks a made scene of this side over, and prints time and memory.
"""

import argparse
import json
import sys
import tarfile
import tempfile
import time
from contextlib import closing
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from rsrag.analysis.dense_scan import similarities
from rsrag.analysis.exact_windows import dense
from rsrag.analysis.localization import STANDS_OUT, plan_for
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import reopen_scene

THRESHOLDS = (0.9, 0.95, 0.98, 0.99)
SIDE, TILES, MOSAICS = 150, 4, 30


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--captions", type=Path)
    parser.add_argument("--side", type=int)
    given = parser.parse_args()
    if given.side:
        sys.stdout.write(_look_over(given.side))
        return
    if not given.pictures or not given.captions:
        parser.error("--pictures and --captions, or --side")
    lines = given.captions.read_text("utf-8").splitlines()
    known = {one["file"]: one for one in map(json.loads, lines)}
    by_label: dict[str, list[str]] = {}
    for name, one in known.items():
        by_label.setdefault(one["label"], []).append(name)
    labels = sorted(by_label)
    rng = np.random.default_rng(0)
    encoder = dense(MiniEncoder())
    bank, plan = encoder.dense_bank, plan_for(encoder, None)
    assert bank is not None
    there: list[float] = []
    absent: list[float] = []
    spent = 0.0
    with tarfile.open(given.pictures) as tar, tempfile.TemporaryDirectory() as folder:
        for _ in range(MOSAICS):
            order = rng.permutation(len(labels))
            chosen = [str(rng.choice(by_label[labels[i]])) for i in order]
            count = TILES * TILES
            path = Path(folder) / "mosaic.png"
            _write_mosaic(path, tar, chosen[:count])
            asked = [max(known[name]["captions"], key=len) for name in chosen]
            texts = encoder.encode_texts(asked)
            with closing(reopen_scene(str(path), ImageryOptions())) as scene:
                started = time.process_time()
                cells, _ = similarities(scene, encoder, plan, texts)
                spent += time.process_time() - started
            relevance = (bank @ texts.T < cells.max(axis=(1, 2))).mean(axis=0)
            there += relevance[:count].tolist()
            absent += relevance[count:].tolist()
    out = sys.stdout
    out.write(f"{len(there)} sentences that are shown, {len(absent)} that are not\n")
    for threshold in THRESHOLDS:
        kept = float((np.array(there) >= threshold).mean())
        told = float((np.array(absent) < threshold).mean())
        mark = " (shipped)" if threshold == STANDS_OUT else ""
        out.write(f"{threshold}: {kept:.3f} kept, {told:.3f} told as absent{mark}\n")
    pixels = MOSAICS * (SIDE * TILES) ** 2 / 1e6
    out.write(f"{pixels / spent:.2f} million pixels a processor second\n")


def _look_over(side: int) -> str:
    """What a made scene, ``side`` pixels squared, takes."""
    import resource

    import rasterio

    import rsrag

    with Image.open(Path(rsrag.__file__).parent / "rendering/hits/earth.jpg") as earth:
        part = np.moveaxis(np.asarray(earth.convert("RGB")), 2, 0)
    times = -(-side // part.shape[1]), -(-side // part.shape[2])
    profile = {"count": 3, "dtype": "uint8", "width": side, "height": side}
    encoder = dense(MiniEncoder())
    query = encoder.encode_texts(["a river"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.tif"
        with rasterio.open(
            path, "w", driver="GTiff", tiled=True, compress="deflate", **profile
        ) as file:
            for band, plane in enumerate(part, start=1):
                file.write(np.tile(plane, times)[:side, :side], band)
        with closing(reopen_scene(str(path), ImageryOptions())) as scene:
            wall, spent = time.perf_counter(), time.process_time()
            similarities(scene, encoder, plan_for(encoder, None), query)
            wall, spent = time.perf_counter() - wall, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return (
        f"{side} squared: {spent:.1f} processor s, {wall:.1f} s by the clock, "
        f"{side * side / 1e6 / spent:.2f} million pixels a processor second, "
        f"at most {peak:.2f} GB\n"
    )


def _write_mosaic(path: Path, tar: tarfile.TarFile, names: list[str]) -> None:
    whole = Image.new("RGB", (SIDE * TILES, SIDE * TILES))
    for number, name in enumerate(names):
        stream = tar.extractfile(name)
        assert stream is not None
        tile = Image.open(BytesIO(stream.read())).convert("RGB").resize((SIDE, SIDE))
        whole.paste(tile, (number % TILES * SIDE, number // TILES * SIDE))
    whole.save(path)


if __name__ == "__main__":
    main()
