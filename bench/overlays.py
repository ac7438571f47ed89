"""Overlays on ten pieces of NASA's Blue Marble, as one sheet.

``python -m bench.overlays --earth bmng.jpg --out docs/images/where-overlays.jpg`` makes
the picture of ``rsrag localize`` in docs/where.md: five that are right, then five that
are not, with what was asked for and what was said. ``--task segment`` makes that of
``rsrag segment --preset landcover --refine``.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image, ImageDraw
from rasterio.windows import from_bounds

from rsrag import localize, segment
from rsrag.analysis.cover.cover_areas import class_mappings
from rsrag.analysis.cover.cover_classes import preset
from rsrag.analysis.cover.cover_files import cover_overlay
from rsrag.analysis.heat_files import overlay

SCENES = (
    ("a yellow sand desert", (-18, 0, 42, 40)),
    ("white snow and ice", (-75, 55, -5, 85)),
    ("a green forest", (-85, -25, -30, 12)),
    ("snow on mountains", (66, 22, 106, 46)),
    ("a lake", (22, -15, 46, 6)),
    ("tropical islands in a blue sea", (-88, 14, -58, 30)),
    ("a river delta", (24, 20, 40, 34)),
    ("a large city with many buildings", (128, 30, 146, 42)),
    ("a volcano", (-25, 62, -12, 68)),
    ("a bridge over a river", (-100, 25, -75, 45)),
)
COVERED = (
    ("the Nile", (26, 21, 40, 32)),
    ("Kalimantan", (106, -5, 120, 8)),
    ("Svalbard", (10, 75, 30, 82)),
    ("the Caspian Sea", (44, 36, 58, 48)),
    ("Madagascar", (40, -26, 54, -11)),
    ("the Himalaya", (74, 26, 96, 40)),
    ("Japan", (128, 30, 146, 44)),
    ("the Alps", (4, 43, 18, 50)),
    ("Lake Chad", (8, 8, 22, 20)),
    ("Tasmania", (140, -45, 152, -36)),
)
"""What lies in the half of the Earth that the cover head never saw."""
WIDE, ACROSS = 330, 5
HIGH = {"localize": 230, "segment": 135}


def main() -> None:
    """Look each piece over, and draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--earth", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    tasks = ("localize", "segment")
    parser.add_argument("--task", choices=tasks, default="localize")
    given = parser.parse_args()
    high = HIGH[given.task]
    sheet = Image.new("RGB", (WIDE * ACROSS, (high + 34) * 2), "white")
    pen = ImageDraw.Draw(sheet)
    with tempfile.TemporaryDirectory() as folder:
        scenes = SCENES if given.task == "localize" else COVERED
        for number, (query, box) in enumerate(scenes):
            path = Path(folder) / f"{number}.tif"
            pixels = cut(given.earth, box, path)
            look = _where if given.task == "localize" else _cover
            made, said, why = look(path, query, pixels)
            drawn = Image.fromarray(made)
            drawn.thumbnail((WIDE - 6, high - 6), Image.Resampling.LANCZOS)
            x, y = number % ACROSS * WIDE, number // ACROSS * (high + 34)
            sheet.paste(drawn, (x + 3, y + 3))
            pen.text((x + 5, y + high), f"{number + 1}. {query}", "black", font_size=13)
            pen.text((x + 5, y + high + 15), said, "#555", font_size=12)
            sys.stdout.write(f"{number + 1}. {query}: {said} {why}\n")
        if given.task == "segment":
            sheet = _with_legend(sheet)
    sheet.save(given.out, quality=82, optimize=True)


def _where(path: Path, query: str, pixels: np.ndarray) -> tuple[np.ndarray, str, str]:
    """A picture with its heat, what was said, and why."""
    found = localize(path, query, top_k=3)
    best = found.peaks[0].score if found.peaks else float("nan")
    said = "nothing stands out" if found.nothing else f"best {best:.2f}"
    return overlay(pixels, found), said, found.nothing


def _cover(path: Path, query: str, pixels: np.ndarray) -> tuple[np.ndarray, str, str]:
    """A picture beside its classes, and the largest of them."""
    found = segment(path, preset="landcover", refine=True)
    rows = sorted(class_mappings(found), key=lambda row: -row["share"])
    said = ", ".join(f"{row['class']} {row['share']:.0%}" for row in rows[:3])
    both = np.concatenate([pixels, cover_overlay(pixels, found)], axis=1)
    return both, said, found.nothing


def _with_legend(sheet: Image.Image) -> Image.Image:
    made = Image.new("RGB", (sheet.width, sheet.height + 26), "white")
    made.paste(sheet)
    pen = ImageDraw.Draw(made)
    for number, one in enumerate(preset("landcover").classes):
        x = 8 + number * 150
        pen.rectangle((x, sheet.height + 5, x + 14, sheet.height + 19), one.colour)
        pen.text((x + 20, sheet.height + 5), one.name, "black", font_size=13)
    return made


def cut(earth: Path, box: tuple[float, float, float, float], path: Path) -> np.ndarray:
    """Write a piece of the whole Earth as a GeoTIFF; give its pixels."""
    with Image.open(earth) as picture:
        width, height = picture.size
        whole = rasterio.transform.from_bounds(-180, -90, 180, 90, width, height)
        window = from_bounds(*box, transform=whole).round_offsets().round_lengths()
        left, top = int(window.col_off), int(window.row_off)
        size = int(window.width), int(window.height)
        part = picture.convert("RGB").crop((left, top, left + size[0], top + size[1]))
    pixels = np.asarray(part)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=3,
        dtype="uint8",
        width=size[0],
        height=size[1],
        crs="EPSG:4326",
        transform=rasterio.windows.transform(window, whole),
    ) as file:
        file.write(np.moveaxis(pixels, 2, 0))
    return pixels


if __name__ == "__main__":
    main()
