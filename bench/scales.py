"""Whether ``rsrag localize`` gains from seeing fine pictures shrunken as well.

``python -m bench.scales --simd DIR --sewage DIR`` looks for planes, boats, cars, trucks
(SIMD: ``boxes.jsonl`` and ``images``) and sewage plants (VOC: ``xml`` and ``images``)
by words, at several scales, and prints how often the warmest cell touches a box that is
grown by 16 pixels, beside the share of such cells.
"""

import argparse
import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from rsrag.encoders.mini.mini import MiniEncoder

CELL, GROWN = 32, 16
WORDS = {
    "plane": ["several planes are parked in the airport", "a white airplane"],
    "boat": ["boats in a port", "a boat in the water", "ships"],
    "car": ["many cars in a parking lot", "cars"],
    "truck": ["trucks", "buses on a road", "big trucks in a parking lot"],
    "sewage plant": [
        "a sewage treatment plant with round pools",
        "many round storage tanks",
    ],
}
KINDS = {"plane": "air plane jet fighter", "boat": "boat", "truck": "truck bus"}
Boxes = dict[str, list[list[float]]]
Maps = dict[int, np.ndarray]


def _z(heat: np.ndarray) -> np.ndarray:
    return np.asarray((heat - heat.mean()) / heat.std())


WAYS: dict[str, Callable[[Maps], np.ndarray]] = {
    "as it is": lambda maps: maps[1],
    "half": lambda maps: maps[2],
    "quarter": lambda maps: maps[4],
    "mean of 1, 1/2": lambda maps: maps[1] + maps[2],
    "mean of 1, 1/2, 1/4": lambda maps: maps[1] + maps[2] + maps[4],
    "mean of z, 1, 1/2": lambda maps: _z(maps[1]) + _z(maps[2]),
    "mean of z, 1, 1/2, 1/4": lambda maps: sum(map(_z, maps.values()), np.zeros(1)),
}


def main() -> None:
    """Look at all pictures, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simd", type=Path, required=True)
    parser.add_argument("--sewage", type=Path, required=True)
    given = parser.parse_args()
    encoder = MiniEncoder()
    queries = np.stack([encoder.encode_texts(w).mean(axis=0) for w in WORDS.values()])
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    right: dict[tuple[str, str], list[bool]] = {}
    floors: dict[str, list[float]] = {}
    for path, boxes in [*simd(given.simd), *sewage(given.sewage)]:
        picture = Image.open(path).convert("RGB")
        rows, columns = -(-picture.height // CELL), -(-picture.width // CELL)
        found = {s: heats(encoder, picture, s, queries) for s in (1, 2, 4)}
        for kind, theirs in boxes.items():
            number = list(WORDS).index(kind)
            maps = {s: one[number, :rows, :columns] for s, one in found.items()}
            touched = cells_of(theirs, rows, columns)
            floors.setdefault(kind, []).append(float(touched.mean()))
            for way, drawn in WAYS.items():
                hit = bool(touched.ravel()[drawn(maps).argmax()])
                right.setdefault((way, kind), []).append(hit)
    for way in WAYS:
        cells = [f"{k} {sum(right[way, k])}/{len(right[way, k])}" for k in floors]
        sys.stdout.write(f"{way:24} {', '.join(cells)}\n")
    shares = ", ".join(f"{k} {np.mean(v):.2f}" for k, v in floors.items())
    sys.stdout.write(f"{'share of such cells':24} {shares}\n")


def heats(
    encoder: MiniEncoder, picture: Image.Image, shrink: int, queries: np.ndarray
) -> np.ndarray:
    """Cosines ``(queries, rows, columns)`` in cells of the whole picture."""
    pixels = np.asarray(picture.reduce(shrink))
    fields = encoder.encode_dense_windows(pixels, (96, 160), CELL)
    cosines = np.mean([field.vectors @ queries.T for field in fields], axis=0)
    size = cosines.shape[1] * shrink, cosines.shape[0] * shrink
    made = [
        Image.fromarray(one.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
        for one in np.moveaxis(cosines, 2, 0)
    ]
    return np.stack([np.asarray(one) for one in made])


def cells_of(boxes: list[list[float]], rows: int, columns: int) -> np.ndarray:
    """Cells that a grown box touches."""
    touched = np.zeros((rows, columns), bool)
    for left, top, right, bottom in boxes:
        down = slice(max(0, int(top - GROWN) // CELL), int(bottom + GROWN) // CELL + 1)
        across = slice(
            max(0, int(left - GROWN) // CELL), int(right + GROWN) // CELL + 1
        )
        touched[down, across] = True
    return touched


def simd(folder: Path) -> Iterator[tuple[Path, Boxes]]:
    """Pictures with vehicles, planes and boats."""
    for line in (folder / "boxes.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        boxes: Boxes = {}
        for one in entry["objects"]:
            name = one["class"].lower()
            kinds = [
                k for k, words in KINDS.items() if any(map(name.count, words.split()))
            ]
            kinds += ["car"] if name in ("car", "van", "sedan") else []
            for kind in kinds[:1]:
                boxes.setdefault(kind, []).append(one["bbox"])
        if boxes:
            yield folder / entry["file"], boxes


def sewage(folder: Path) -> Iterator[tuple[Path, Boxes]]:
    """Pictures with a sewage plant each."""
    for path in sorted((folder / "xml").glob("*.xml")):
        sides = ("xmin", "ymin", "xmax", "ymax")
        boxes = [
            [float(box.findtext(side) or 0) for side in sides]
            for box in ET.parse(path).iter("bndbox")
        ]
        (picture,) = (folder / "images").glob(f"{path.stem}.*")
        yield picture, {"sewage plant": boxes}


if __name__ == "__main__":
    main()
