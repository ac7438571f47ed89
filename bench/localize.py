"""How well ``rsrag localize`` tells what is not there, and how fast it looks.

``python -m bench.localize --pictures valid.tar --captions valid.jsonl`` makes mosaics
of 16 pictures of 16 classes each, asks for a sentence of each picture in it, and for
those of the classes that are not in it, and for what no picture from above shows
(``unshown.json``). It prints which share of each is said to stand out, and pixels a
processor second. ``python -m bench.localize --side
10980`` looks a made scene of this side over, and prints time and memory; ``--filled``
is the share of it that holds data, ``--task segment`` says what covers it.
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

from rsrag.analysis.exact_windows import dense
from rsrag.analysis.localization import LIFT, STANDS_OUT, background_of, plan_for
from rsrag.analysis.scene_similarities import similarities
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import reopen_scene

THRESHOLDS = (0.95, 0.98, 0.99)
LIFTS = (-9.0, 0.15, LIFT, 0.3)
UNSHOWN = Path(__file__).with_name("unshown.json")
SIDE, TILES, MOSAICS = 150, 4, 30


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--captions", type=Path)
    parser.add_argument("--side", type=int)
    parser.add_argument("--filled", type=float, default=1.0)
    parser.add_argument("--task", choices=("localize", "segment"), default="localize")
    given = parser.parse_args()
    if given.side:
        sys.stdout.write(_look_over(given.side, given.filled, given.task))
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
    background = background_of(encoder)
    assert background is not None
    unshown = json.loads(UNSHOWN.read_text("utf-8"))
    more = encoder.encode_texts([one for words in unshown.values() for one in words])
    rows: dict[str, list[tuple[float, float]]] = {}
    spent = 0.0
    with tarfile.open(given.pictures) as tar, tempfile.TemporaryDirectory() as folder:
        for _ in range(MOSAICS):
            order = rng.permutation(len(labels))
            chosen = [str(rng.choice(by_label[labels[i]])) for i in order]
            count = TILES * TILES
            path = Path(folder) / "mosaic.png"
            _write_mosaic(path, tar, chosen[:count])
            asked = [max(known[name]["captions"], key=len) for name in chosen]
            texts = np.concatenate([encoder.encode_texts(asked), more])
            with closing(reopen_scene(str(path), ImageryOptions())) as scene:
                started = time.process_time()
                cells, _ = similarities(
                    scene, encoder, plan, texts, background=background
                )
                spent += time.process_time() - started
            flat = cells.reshape(len(cells), -1)
            at = flat[:-1].argmax(axis=1)
            best = flat[np.arange(len(at)), at]
            both = np.stack([(bank @ texts.T < best).mean(0), best - flat[-1, at]], 1)
            names = ["shown"] * count + ["not shown"] * (len(chosen) - count)
            names += [name for name, words in unshown.items() for _ in words]
            for name, pair in zip(names, both.tolist(), strict=True):
                rows.setdefault(name, []).append(pair)
    out = sys.stdout
    out.write("Share that is said to stand out, at least relevance and lift:\n")
    for least in THRESHOLDS:
        for lift in LIFTS:
            passed = {
                name: np.mean([one[0] >= least and one[1] >= lift for one in pairs])
                for name, pairs in rows.items()
            }
            mark = " (shipped)" if (least, lift) == (STANDS_OUT, LIFT) else ""
            words = ", ".join(f"{name} {value:.3f}" for name, value in passed.items())
            out.write(f"{least} {lift:5}: {words}{mark}\n")
    pixels = MOSAICS * (SIDE * TILES) ** 2 / 1e6
    out.write(f"{pixels / spent:.2f} million pixels a processor second\n")


def _look_over(side: int, filled: float, task: str) -> str:
    """What a made scene, ``side`` pixels squared, takes."""
    import resource

    import rsrag

    encoder = dense(MiniEncoder())
    query = encoder.encode_texts(["a river"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.tif"
        share = _write_scene(path, side, filled)
        wall, spent = time.perf_counter(), time.process_time()
        if task == "segment":
            rsrag.segment(path, preset="landcover")
        else:
            with closing(reopen_scene(str(path), ImageryOptions())) as scene:
                similarities(scene, encoder, plan_for(encoder, None), query)
        wall, spent = time.perf_counter() - wall, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return (
        f"{side} squared, {share:.0%} filled, {task}: {spent:.1f} processor s, "
        f"{wall:.1f} s by the clock, {share * side * side / 1e6 / spent:.2f} million "
        f"filled pixels a processor second, at most {peak:.2f} GB\n"
    )


def _write_scene(path: Path, side: int, filled: float) -> float:
    """Write pieces of the bundled Earth into a sparse GeoTIFF; the share that has them.

    No piece is like its neighbour, and those that are left out are nodata.
    """
    import rasterio
    from rasterio.windows import Window

    import rsrag

    with Image.open(Path(rsrag.__file__).parent / "rendering/hits/earth.jpg") as earth:
        part = np.moveaxis(np.asarray(earth.convert("RGB")), 2, 0)
    rng = np.random.default_rng(0)
    profile = {"count": 3, "dtype": "uint8", "width": side, "height": side, "nodata": 0}
    profile |= {"driver": "GTiff", "tiled": True, "compress": "deflate"}
    profile |= {"sparse_ok": True, "BIGTIFF": "YES"}
    done = 0
    with rasterio.open(path, "w", **profile) as file:
        for top in range(0, side, part.shape[1]):
            for left in range(0, side, part.shape[2]):
                if rng.random() >= filled:
                    continue
                turned = np.roll(part, rng.integers(part.shape[2]), axis=2)
                rows = min(part.shape[1], side - top)
                columns = min(part.shape[2], side - left)
                piece = np.maximum(turned[:, :rows, :columns], 1)
                file.write(piece, window=Window(left, top, columns, rows))
                done += rows * columns
    return done / side**2


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
