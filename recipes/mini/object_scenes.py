"""Scenes with boxes that the object head learns from.

Three kinds: pictures with drawn boxes, seen at many scales, turned and recoloured;
chips of single objects, pasted into scenes that show none; and scenes of which only
the kind of place is known.
"""

import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from rsrag.encoders.mini.mini_objects import OBJECTS
from rsrag.types import Pixels

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""

BOXED = {
    "car": "small vehicle",
    "van": "small vehicle",
    "truck": "large vehicle",
    "bus": "large vehicle",
    "long vehicle": "large vehicle",
    "boat": "ship",
    "airliner": "plane",
    "propeller aircraft": "plane",
    "trainer aircraft": "plane",
    "chartered aircraft": "plane",
    "fighter aircraft": "plane",
}
"""Classes of the drawn boxes; others are neither an object nor none."""
CHIPS = {
    "airplane": "plane",
    "ship": "ship",
    "storage tank": "storage tank",
    "tennis court": "court",
    "basketball court": "court",
    "bridge": "bridge",
    "vehicle": "small vehicle",
}
OTHER_CHIPS = ("golf course", "dam", "chimney", "wind turbine", "stadium")
"""Chips that show none of the objects: a pasted rim must not be what is learned."""
SHOWN = {
    "airplane": ("plane",),
    "storage tanks": ("storage tank",),
    "tennis court": ("court",),
    "harbor": ("ship",),
    "parking lot": ("small vehicle",),
}
"""Places that show an object somewhere."""
UNKNOWN = {
    "airplane": ("small vehicle", "large vehicle"),
    "storage tanks": ("small vehicle", "large vehicle", "pool"),
    "tennis court": ("small vehicle", "large vehicle", "pool"),
    "harbor": ("small vehicle", "large vehicle", "bridge"),
    "parking lot": ("large vehicle",),
    "agricultural": (),
    "baseball diamond": ("small vehicle", "large vehicle", "court"),
    "beach": ("ship",),
    "chaparral": (),
    "forest": (),
    "golf course": ("pool",),
    "river": ("ship", "bridge"),
    "runway": ("plane",),
    "freeway": ("small vehicle", "large vehicle", "bridge"),
}
"""What places may show or not; what is not named, they do not show."""
BACKGROUNDS = ("agricultural", "beach", "chaparral", "forest", "golf course", "runway")
SIZES = (14.0, 110.0)
"""Objects are learned at scales where the root of their area is of so many pixels."""
TARGETS = (20.0, 30.0, 45.0, 65.0, 90.0)
"""A picture is seen at scales where its middling object is of so many."""


def root_of_area(box: Box) -> float:
    """Root of the area of a box, in its own unit."""
    return float(((box[2] - box[0]) * (box[3] - box[1])) ** 0.5)


def scaled_box(box: Box, scale: float) -> Box:
    """A box in a picture of other size."""
    left, top, right, bottom = box
    return left * scale, top * scale, right * scale, bottom * scale


@dataclass
class BoxedScene:
    """A picture and what is known of it.

    Attributes:
        pixels: ``(height, width, 3)`` uint8.
        boxes: with the number of the class in ``OBJECTS``; -1 for what is neither an
            object nor none.
        weight: ``(classes,)``: how much a cell outside of all boxes tells that there
            is none of the class.
        shown: classes that lie somewhere in it, no one says where.
        group: pictures of one group are kept aside together.
    """

    pixels: Pixels
    boxes: list[tuple[int, Box]]
    weight: NDArray[np.float32]
    shown: tuple[int, ...] = ()
    group: int = -1


def recoloured(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Another light, other colours, a little softer."""
    for change, low, high in (
        (ImageEnhance.Brightness, 0.7, 1.35),
        (ImageEnhance.Contrast, 0.7, 1.3),
        (ImageEnhance.Color, 0.4, 1.4),
    ):
        picture = change(picture).enhance(rng.uniform(low, high))
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    cast = rng.uniform(0.92, 1.08, 3)
    return Image.fromarray((np.asarray(picture) * cast).clip(0, 255).astype(np.uint8))


def turned(
    pixels: Pixels, boxes: Sequence[tuple[int, Box]], rng: np.random.Generator
) -> tuple[Pixels, list[tuple[int, Box]]]:
    """A picture and its boxes turned by quarters, mirrored or not."""
    made = list(boxes)
    for _ in range(int(rng.integers(4))):
        width = pixels.shape[1]
        pixels = np.rot90(pixels)
        made = [(c, (t, width - r, b, width - x)) for c, (x, t, r, b) in made]
    if rng.random() < 0.5:
        width = pixels.shape[1]
        pixels = pixels[:, ::-1]
        made = [(c, (width - r, t, width - x, b)) for c, (x, t, r, b) in made]
    return np.ascontiguousarray(pixels), made


def boxed_scenes(
    folder: Path, passes: int, rng: np.random.Generator
) -> Iterator[BoxedScene]:
    """Pictures of ``boxes.jsonl``: ``file``, ``objects`` of ``class``, ``bbox``."""
    lines = (folder / "boxes.jsonl").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        entry = json.loads(line)
        with Image.open(folder / entry["file"]) as file:
            picture = file.convert("RGB")
        boxes = [
            (_number(BOXED.get(one["class"])), tuple(one["bbox"]))
            for one in entry["objects"]
        ]
        middle = float(np.median([root_of_area(box) for _, box in boxes]))
        for target in TARGETS * passes:
            scale = min(target / middle * rng.uniform(0.84, 1.19), 1.2)
            yield _view(picture, boxes, scale, number, rng)


def _view(
    picture: Image.Image,
    boxes: Sequence[tuple[int, Box]],
    scale: float,
    group: int,
    rng: np.random.Generator,
) -> BoxedScene:
    width, height = (round(side * scale) for side in picture.size)
    small = picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
    scaled = [(c, scaled_box(box, scale)) for c, box in boxes]
    pixels, placed = turned(np.asarray(recoloured(small, rng)), scaled, rng)
    # Not all of a class that is shown was drawn.
    weight = np.ones(len(OBJECTS), np.float32)
    for number, _ in boxes:
        if number >= 0:
            weight[number] = 0.3
    vehicles = [OBJECTS.index(one) for one in ("small vehicle", "large vehicle")]
    weight[vehicles] = np.minimum(weight[vehicles], 0.5)
    return BoxedScene(pixels, placed, weight, (), group)


def _number(name: str | None) -> int:
    return -1 if name is None else OBJECTS.index(name)


def labelled(archives: Sequence[Path], labels: Path) -> dict[str, list[Image.Image]]:
    """Pictures of tar files by their label; ``labels`` is jsonl of file, label."""
    names = {}
    for line in labels.read_text("utf-8").splitlines():
        entry = json.loads(line)
        names[entry["file"]] = entry["label"]
    found: dict[str, list[Image.Image]] = {}
    for archive in archives:
        with tarfile.open(archive) as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isfile() else None
                if stream is not None:
                    picture = Image.open(BytesIO(stream.read())).convert("RGB")
                    label = names[Path(member.name).name]
                    found.setdefault(label, []).append(picture)
    return found


def place_scenes(
    places: dict[str, list[Image.Image]], rng: np.random.Generator
) -> Iterator[BoxedScene]:
    """Pictures of a kind of place, each at one scale."""
    for label, pictures in sorted(places.items()):
        weight = np.ones(len(OBJECTS), np.float32)
        if label not in UNKNOWN:
            weight[:] = 0
            weight[OBJECTS.index("plane")] = weight[OBJECTS.index("ship")] = 1
        shown = [OBJECTS.index(one) for one in SHOWN.get(label, ())]
        weight[[OBJECTS.index(one) for one in UNKNOWN.get(label, ())]] = 0
        weight[shown] = 0
        for picture in pictures:
            side = round(picture.width * rng.choice([0.6, 0.8, 1.0, 1.3]))
            sized = picture.resize((side, side), Image.Resampling.BICUBIC)
            pixels, _ = turned(np.asarray(recoloured(sized, rng)), [], rng)
            yield BoxedScene(pixels, [], weight, tuple(shown))


CANVAS = 320


def pasted_scenes(
    chips: dict[str, list[Image.Image]],
    places: dict[str, list[Image.Image]],
    count: int,
    rng: np.random.Generator,
) -> Iterator[BoxedScene]:
    """Objects, drawn pools and other things among them, on scenes that show none."""
    grounds = [one for label in BACKGROUNDS for one in places[label]]
    homes = [one for label in ("sparse residential",) for one in places[label]]
    kinds: list[tuple[str, int | None]] = [
        (label, _number(name)) for label, name in CHIPS.items()
    ]
    kinds += [(label, None) for label in OTHER_CHIPS]
    kinds += [("pool", OBJECTS.index("pool"))]
    for number in range(count):
        ground = grounds[int(rng.integers(len(grounds)))]
        weight = np.ones(len(OBJECTS), np.float32)
        if number % 4 == 0:
            ground = homes[int(rng.integers(len(homes)))]
            weight[:] = 0
            weight[[OBJECTS.index(one) for one in ("plane", "ship", "court")]] = 1
        canvas = recoloured(ground.resize((CANVAS, CANVAS)), rng)
        boxes: list[tuple[int, Box]] = []
        taken: list[Box] = []
        for _ in range(int(rng.integers(3, 9))):
            label, kind = kinds[int(rng.integers(len(kinds)))]
            size = float(np.exp(rng.uniform(np.log(16), np.log(100))))
            if label == "pool":
                chip, mask = _pool(size, rng)
            else:
                chip, mask = _chip(chips[label], size, rng)
            box = _paste(canvas, chip, mask, taken, rng)
            if box is None:
                continue
            taken.append(box)
            if label == "vehicle":
                weight[OBJECTS.index("large vehicle")] = 0
            if kind is not None:
                boxes.append((kind, box))
        pixels, placed = turned(np.asarray(canvas), boxes, rng)
        yield BoxedScene(pixels, placed, weight)


def _chip(
    chips: Sequence[Image.Image], size: float, rng: np.random.Generator
) -> tuple[Image.Image, Image.Image]:
    chip = chips[int(rng.integers(len(chips)))]
    scale = min(size / (chip.width * chip.height) ** 0.5, 1.0)
    sides = tuple(max(8, round(side * scale)) for side in chip.size)
    chip = recoloured(chip.resize(sides, Image.Resampling.BICUBIC), rng)
    chip = chip.rotate(90 * int(rng.integers(4)), expand=True)
    # A soft rim, so that its edge is no straight line of contrast.
    rim = max(1, round(min(chip.size) * 0.06))
    mask = Image.new("L", chip.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (rim // 2, rim // 2, chip.width - rim // 2 - 1, chip.height - rim // 2 - 1),
        radius=2 * rim,
        fill=255,
    )
    return chip, mask.filter(ImageFilter.GaussianBlur(rim / 2))


def _pool(size: float, rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
    """A drawn swimming pool with its light rim."""
    ratio = rng.uniform(1, 2.2) ** rng.choice([-0.5, 0.5])
    width, height = max(8, round(size * ratio)), max(8, round(size / ratio))
    water = np.array(
        [rng.uniform(40, 140), rng.uniform(150, 220), rng.uniform(180, 240)]
    )
    noise = rng.normal(0, 6, (height, width, 3)) + water
    chip = Image.fromarray(noise.clip(0, 255).astype(np.uint8))
    mask = Image.new("L", (width, height), 0)
    pen, rimmed = ImageDraw.Draw(mask), ImageDraw.Draw(chip)
    corner = (0, 0, width - 1, height - 1)
    pale = tuple(int(v) for v in rng.uniform(150, 230, 1).repeat(3))
    rim = max(1, round(min(width, height) * rng.uniform(0.02, 0.1)))
    if rng.random() < 0.5:
        pen.ellipse(corner, fill=255)
        rimmed.ellipse(corner, outline=pale, width=rim)
    else:
        radius = rng.uniform(0, 0.4) * min(width, height)
        pen.rounded_rectangle(corner, radius, fill=255)
        rimmed.rounded_rectangle(corner, radius, outline=pale, width=rim)
    return chip, mask


def _paste(
    canvas: Image.Image,
    chip: Image.Image,
    mask: Image.Image,
    taken: Sequence[Box],
    rng: np.random.Generator,
) -> Box | None:
    if chip.width >= CANVAS or chip.height >= CANVAS:
        return None
    for _ in range(8):
        x = int(rng.integers(CANVAS - chip.width))
        y = int(rng.integers(CANVAS - chip.height))
        box = (float(x), float(y), float(x + chip.width), float(y + chip.height))
        if all(
            box[2] <= one[0] or one[2] <= box[0] or box[3] <= one[1] or one[3] <= box[1]
            for one in taken
        ):
            canvas.paste(chip, (x, y), mask)
            return box
    return None
