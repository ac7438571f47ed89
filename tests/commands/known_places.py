"""A knowledge of four places, pictures of and beside them, and captioned imagery."""

import json
from pathlib import Path

import numpy as np
import rasterio
import shapely
from PIL import Image
from rasterio import Affine

from rsrag.knowledge.collection import Records, write_collection
from rsrag.knowledge.values import parse_value
from rsrag.records import Fact, Landmark, Passage, fact_id, landmark_id, passage_id

COLOURS = {"sand": (235, 215, 175), "snow": (235, 242, 250), "sea": (10, 40, 110)}


def textured(colour, seed: int) -> Image.Image:
    """A flat colour with a little grain, as a desert or a sea has."""
    grain = np.random.default_rng(seed).normal(0, 6, (64, 64, 1))
    pixels = np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def grained(colour, seed: int, side: int) -> np.ndarray:
    """The same, enlarged to ``(side, side, 3)``."""
    whole = textured(colour, seed).resize((side, side), Image.Resampling.NEAREST)
    return np.asarray(whole, np.float64)


def world_file(west: float, north: float) -> bytes:
    """64 pixels a degree, upper left pixel centre at ``west``, ``north``."""
    step = 1 / 64
    lines = (step, 0, 0, -step, west + step / 2, north - step / 2)
    return "".join(f"{value}\n" for value in lines).encode()


FROM = {"source": "Own notes", "licence": "CC0-1.0"}
SHAPES = {
    "Lake Baikal": ("lake", shapely.box(103.5, 51.4, 110.0, 55.9)),
    "Olkhon": ("island", shapely.Point(107.4, 53.15)),
    "Story Bridge": ("bridge", None),
    "Biarritz": ("town", shapely.Point(-1.56, 43.48)),
}
FACTS = [
    ("Lake Baikal", "maximum_depth", "1,642 m", None),
    ("Lake Baikal", "ndvi", "0.45", "2019-01"),
    ("Story Bridge", "location", "Brisbane, Australia", None),
    ("Story Bridge", "paint", "grey\u001b[2J\u202e", None),
]
TEXT = "Seals live in its water. A fifth of all fresh water is in it."
CAPTIONS = {
    "sand": ["bare sand lies under the sun .", "a desert of yellow sand"],
    "snow": ["white snow covers everything .", "snow and ice"],
    "sea": ["deep blue water .", "the blue sea"],
}


def write_knowledge(root: Path) -> Path:
    """Write the collection ``places`` under a root."""
    ids = {name: landmark_id("test", name) for name in SHAPES}
    landmarks = tuple(
        Landmark(
            ids[name],
            name,
            category=kind,
            geometry=None if shape is None else shapely.to_wkb(shape),
            **FROM,
        )
        for name, (kind, shape) in SHAPES.items()
    )
    facts = []
    for name, variable, value, period in FACTS:
        number, unit = parse_value(value)
        ident = fact_id(ids[name], variable, period, value)
        facts.append(
            Fact(
                ident,
                ids[name],
                variable,
                value,
                period=period,
                number=number,
                unit=unit,
                **FROM,
            )
        )
    lake = ids["Lake Baikal"]
    text = Passage(
        passage_id(lake, "description", TEXT),
        TEXT,
        "description",
        landmark_id=lake,
        **FROM,
    )
    (root / "places").mkdir(parents=True)
    write_collection(root / "places", Records(landmarks, tuple(facts), (text,)))
    return root


def write_pictures(folder: Path) -> Path:
    """Two pictures with a place, a plain one, and a broken one."""
    folder.mkdir(parents=True, exist_ok=True)
    corners = {"baikal": (107, 53), "ocean": (-150, 0)}
    for name, (west, south) in corners.items():
        pixels = np.asarray(textured(COLOURS["sea"], 77))
        with rasterio.open(
            folder / f"{name}.tif",
            "w",
            driver="GTiff",
            width=64,
            height=64,
            count=3,
            dtype="uint8",
            crs="EPSG:4326",
            transform=Affine(0.6 / 64, 0, west, 0, -0.3 / 64, south + 0.3),
        ) as tif:
            tif.write(np.moveaxis(pixels, 2, 0))
    textured(COLOURS["sand"], 5).save(folder / "sand.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    return folder


def write_captioned(folder: Path) -> Path:
    """Nine pictures, and beside their folder ``captions.jsonl``."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True)
    rows = []
    for word, colour in COLOURS.items():
        for number in range(3):
            name = f"{word}-{number}.png"
            Image.fromarray(np.asarray(textured(colour, 20 + number))).save(
                pictures / name
            )
            rows.append({"file": name, "captions": CAPTIONS[word]})
    lines = "\n".join(json.dumps(row) for row in rows)
    (folder / "captions.jsonl").write_text(lines)
    return pictures
