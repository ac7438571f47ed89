"""Ten made pairs of pictures, what changed in them, and what rsrag says of it.

``python -m bench.change_pairs`` writes ``docs/change-pairs.md`` and the picture in it.
Nothing is learned from these pairs, and no threshold was chosen on them; they were made
to show what works (six) and what does not (four).
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import rsrag
from bench.change_pages import page
from rsrag.analysis.change.outcome.change_files import change_overlay
from rsrag.analysis.change.outcome.changed import Changed
from rsrag.desk.imagery.over_time.pairs import Pair, pictures_of
from rsrag.types import Pixels

SIDE = 256
Draw = Callable[[ImageDraw.ImageDraw, np.random.Generator], None]
Box = tuple[int, int, int, int]
_ROOFS = ((168, 74, 58), (150, 88, 70), (182, 176, 168), (120, 122, 128))
_FIELDS = ((92, 118, 58), (122, 134, 74), (146, 128, 88), (108, 98, 66), (84, 104, 66))


@dataclass(frozen=True, slots=True)
class MadePair:
    """A pair whose change is known.

    Attributes:
        name: of it.
        truth: what changed.
        before: the earlier picture.
        after: the later one.
    """

    name: str
    truth: str
    before: Pixels
    after: Pixels


def scene(seed: int, *more: Draw) -> Pixels:
    """Fields with furrows, a lane, a wood and farms, and what is drawn on them."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (SIDE, SIDE))
    draw = ImageDraw.Draw(picture)
    for top in range(0, SIDE, 64):
        for left in range(0, SIDE, 64):
            field((left, top, left + 64, top + 64))(draw, rng)
    draw.line([(0, 130), (SIDE, 118)], (176, 168, 150), 5)
    woods((4, 168, 92, 250))(draw, rng)
    for left, top in ((30, 98), (150, 100), (212, 136)):
        houses((left, top, left + 24, top + 18))(draw, rng)
    for one in more:
        one(draw, rng)
    soft = picture.filter(ImageFilter.GaussianBlur(0.7))
    noise = rng.normal(0, 3, (SIDE, SIDE, 1))
    return np.clip(np.asarray(soft) + noise, 0, 255).astype(np.uint8)


def field(box: Box, shade: tuple[int, int, int] | None = None) -> Draw:
    """A field with furrows."""

    def drawn(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        colour = np.array(shade or _FIELDS[rng.integers(len(_FIELDS))])
        draw.rectangle(box, tuple(colour.tolist()))
        step, across = int(rng.integers(3, 7)), rng.random() < 0.5
        for at in range(box[1 - across], box[3 - across], step):
            ends = (
                [(at, box[1]), (at, box[3])] if across else [(box[0], at), (box[2], at)]
            )
            draw.line(ends, tuple((colour - rng.integers(4, 14)).tolist()), 1)

    return drawn


def woods(box: Box) -> Draw:
    """Crowns of trees, close together."""

    def drawn(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        for _ in range((box[2] - box[0]) * (box[3] - box[1]) // 18):
            x, y = rng.integers(box[0], box[2] - 6), rng.integers(box[1], box[3] - 6)
            size, light = int(rng.integers(5, 10)), int(rng.integers(0, 30))
            shade = (22 + light // 2, 52 + light, 26 + light // 2)
            draw.ellipse([int(x), int(y), int(x) + size, int(y) + size], shade)

    return drawn


def houses(box: Box, step: int = 14) -> Draw:
    """Rows of houses with their shadows."""

    def drawn(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        for top in range(box[1], box[3] - 7, step):
            for left in range(box[0], box[2] - 9, step):
                wide, tall = int(rng.integers(8, 11)), int(rng.integers(6, 9))
                shadow = [left + 2, top + 2, left + wide + 3, top + tall + 3]
                draw.rectangle(shadow, (46, 44, 42))
                roof = _ROOFS[rng.integers(len(_ROOFS))]
                draw.rectangle([left, top, left + wide, top + tall], roof)

    return drawn


def river(wide: int) -> Draw:
    """A river through the fields."""

    def drawn(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        points = [(200, 0), (188, 60), (206, 118), (180, 190), (192, SIDE)]
        draw.line(points, (38, 58, 74), wide, joint="curve")

    return drawn


def under_cloud(picture: Pixels, box: Box) -> Pixels:
    """With a cloud over it."""
    mask = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(mask).ellipse(box, 255)
    share = np.asarray(mask.filter(ImageFilter.GaussianBlur(5)))[..., None] / 255
    return np.asarray(picture * (1 - share) + 238 * share).astype(np.uint8)


def in_other_light(picture: Pixels, dx: int) -> Pixels:
    """Darker, warmer, and to the right."""
    moved = np.roll(picture, dx, axis=1).astype(float)
    return np.clip(moved * (0.78, 0.72, 0.62) + 6, 0, 255).astype(np.uint8)


def pairs() -> list[MadePair]:
    """The ten."""
    town: Box = (140, 20, 210, 90)
    plain = scene(1)
    return [
        MadePair("houses built", "25 houses on a field",
                 plain, scene(1, field(town, (150, 138, 120)), houses(town))),
        MadePair("most of it built up", "a town over two thirds",
                 scene(6), scene(6, field((0, 0, SIDE, 170), (150, 138, 120)),
                                 houses((2, 2, SIDE - 2, 168)))),
        MadePair("a flood", "a river four times as wide",
                 scene(3, river(12)), scene(3, river(48))),
        MadePair("a wood cleared", "trees become bare ground",
                 scene(4, woods((140, 150, 250, 250))),
                 scene(4, field((140, 150, 250, 250), (168, 142, 108)))),
        MadePair("other light, 2 pixels aside", "nothing",
                 plain, in_other_light(plain, 2)),
        MadePair("a cloud", "12 houses, and a cloud over another place",
                 scene(5), under_cloud(scene(5, houses((150, 20, 206, 62))),
                                       (10, 130, 130, 230))),
        MadePair("a lane", "a lane of 3 pixels across the fields",
                 scene(2), scene(2, _lane)),
        MadePair("ploughed fields", "nothing but a season: two fields are bare",
                 scene(7), scene(7, field((64, 0, 128, 64), (120, 92, 66)),
                                 field((192, 64, 256, 128), (120, 92, 66)))),
        MadePair("one hut", "a hut of 4 pixels",
                 scene(8), scene(8, _hut)),
        MadePair("a white hall", "a hall of 90 x 70 pixels, white and smooth",
                 scene(9), scene(9, _hall)),
    ]  # fmt: skip


def _lane(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    draw.line([(20, 0), (150, 110), (250, 150)], (132, 132, 134), 3)


def _hut(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    draw.rectangle([90, 40, 93, 43], (182, 176, 168))


def _hall(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    draw.rectangle([120, 20, 209, 89], (226, 226, 228))


def told(one: MadePair, folder: Path) -> tuple[Changed, Pixels]:
    """What rsrag says of a pair, and its overlay."""
    paths = []
    for when, picture in (("before", one.before), ("after", one.after)):
        paths.append(folder / f"{one.name.replace(' ', '-')}.{when}.png")
        Image.fromarray(picture).save(paths[-1])
    found = rsrag.change(*paths, head="distance")
    pictures = pictures_of(Pair.named(*map(str, paths)), found)
    return found, change_overlay(*pictures, found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page and its picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    asked = parser.parse_args(arguments)
    found, drawn = [], []
    with tempfile.TemporaryDirectory() as folder:
        for one in pairs():
            changed, overlay = told(one, Path(folder))
            found.append((one, changed))
            rim = ((0, 8), (0, 16), (0, 0))
            drawn.append(np.pad(overlay, rim, constant_values=255))
    half = len(drawn) // 2
    columns = [np.concatenate(drawn[part]) for part in (slice(half), slice(half, None))]
    sheet = Image.fromarray(np.concatenate(columns, axis=1))
    small = sheet.resize((sheet.width * 2 // 3, sheet.height * 2 // 3))
    small.save(asked.docs / "images" / "change-pairs.jpg", quality=82, optimize=True)
    text = page(
        [(one.name, one.truth, changed) for one, changed in found],
        "images/change-pairs.jpg",
    )
    (asked.docs / "change-pairs.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
