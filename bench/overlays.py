"""Overlays of ``rsrag localize`` on ten pieces of NASA's Blue Marble, as one sheet.

``python -m bench.overlays --earth bmng.jpg --out docs/images/where-overlays.jpg`` makes
the picture of docs/where.md: five that are right, then five that are not, with what was
asked for and what was said.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image, ImageDraw
from rasterio.windows import from_bounds

from rsrag import localize
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
WIDE, HIGH, ACROSS = 330, 230, 5


def main() -> None:
    """Look each piece over, and draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--earth", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    sheet = Image.new("RGB", (WIDE * ACROSS, (HIGH + 34) * 2), "white")
    pen = ImageDraw.Draw(sheet)
    with tempfile.TemporaryDirectory() as folder:
        for number, (query, box) in enumerate(SCENES):
            path = Path(folder) / f"{number}.tif"
            pixels = cut(given.earth, box, path)
            found = localize(path, query, top_k=3)
            drawn = Image.fromarray(overlay(pixels, found))
            drawn.thumbnail((WIDE - 6, HIGH - 6), Image.Resampling.LANCZOS)
            x, y = number % ACROSS * WIDE, number // ACROSS * (HIGH + 34)
            sheet.paste(drawn, (x + 3, y + 3))
            best = found.peaks[0].score if found.peaks else float("nan")
            said = "nothing stands out" if found.nothing else f"best {best:.2f}"
            pen.text((x + 5, y + HIGH), f"{number + 1}. {query}", "black", font_size=13)
            pen.text((x + 5, y + HIGH + 15), said, "#555", font_size=12)
            sys.stdout.write(f"{number + 1}. {query}: {said} {found.nothing}\n")
    sheet.save(given.out, quality=82, optimize=True)


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
