import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image

from rsrag.errors import ConfigError, ImageReadError
from rsrag.rendering.hits.contact_sheet import (
    TILE,
    draw_contact_sheet,
    write_contact_sheet,
)
from rsrag.rendering.hits.html_map import map_ground, script_json, write_map
from rsrag.types import Hit, Pixels

RED = (200, 30, 30)


def red(hit: Hit) -> Pixels:
    return np.full((40, 40, 3), RED, dtype=np.uint8)


def broken(hit: Hit) -> Pixels:
    if hit.id == "c3":
        raise ImageReadError("</script><b>cut short " + "x" * 900)
    return red(hit)


def tiles(path: Path) -> np.ndarray:
    """Which pixels are red, with a margin for the tile's edge and JPEG."""
    with Image.open(path) as sheet:
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    return np.abs(pixels - RED).max(axis=2) < 12


def test_sheet_is_a_grid_with_a_section_a_query(
    tmp_path: Path, hits: list[Hit]
) -> None:
    path = tmp_path / "sheet.png"
    assert write_contact_sheet(path, [("one", hits * 3), ("two", hits)], red, 4) == 0
    found = tiles(path)
    # Full tiles: 9 + 3, all on four columns and in 3 + 1 rows.
    inner = (TILE - 2) ** 2
    assert found.sum() == 12 * inner
    columns = np.flatnonzero(np.diff(np.r_[0, found.any(axis=0).astype(int)]) == 1)
    rows = np.flatnonzero(np.diff(np.r_[0, found.any(axis=1).astype(int)]) == 1)
    assert len(columns) == 4 and len(set(np.diff(columns))) == 1
    assert len(rows) == 4
    assert found.shape[1] == 2 * (columns[0] - 1) + 3 * np.diff(columns)[0] + TILE


def test_the_head_of_a_sheet_says_what_it_came_from(hits: list[Hit]) -> None:
    about = {"index": "coast", "encoder": "mini", "filter": "gsd_m > 1"}
    plain, _ = draw_contact_sheet([("a lake", hits)], red)
    told, _ = draw_contact_sheet([("a lake", hits)], red, about=about)
    other, _ = draw_contact_sheet(
        [("a lake", hits)], red, about={**about, "index": "town"}
    )
    head = (0, 0, plain.width, 80)
    below = (0, 90, plain.width, plain.height)
    assert plain.crop(below).tobytes() == told.crop(below).tobytes()
    heads = {sheet.crop(head).tobytes() for sheet in (plain, told, other)}
    assert len(heads) == 3


def test_a_chip_that_cannot_be_read_is_grey_and_counted(
    tmp_path: Path, hits: list[Hit]
) -> None:
    path = tmp_path / "sheet.JPG"
    assert write_contact_sheet(path, [("q", hits)], broken) == 1
    with Image.open(path) as sheet:
        assert sheet.format == "JPEG"
    assert tiles(path).sum() > 2 * (TILE - 6) ** 2
    assert tiles(path).sum() < 3 * (TILE - 6) ** 2


def test_a_sheet_without_hits_still_says_so(tmp_path: Path) -> None:
    write_contact_sheet(tmp_path / "empty.png", [("nothing " * 40, [])], red)
    write_contact_sheet(tmp_path / "none.png", [], red)
    with Image.open(tmp_path / "empty.png") as sheet:
        assert np.asarray(sheet.convert("L")).min() < 80  # ink


def test_odd_pictures_fit_their_tile(tmp_path: Path, hits: list[Hit]) -> None:
    shapes = iter([(1, 500, 3), (700, 2, 3), (1, 1, 3)])
    unread = write_contact_sheet(
        tmp_path / "odd.png",
        [("q", hits)],
        lambda hit: np.full(next(shapes), RED, dtype=np.uint8),
    )
    assert unread == 0


def test_a_sheet_is_a_picture(tmp_path: Path, hits: list[Hit]) -> None:
    with pytest.raises(ConfigError, match="picture"):
        write_contact_sheet(tmp_path / "sheet.pdf", [("q", hits)], red)
    with pytest.raises(ConfigError, match="column"):
        write_contact_sheet(tmp_path / "sheet.png", [("q", hits)], red, 0)
    with pytest.raises(ConfigError, match="cannot be written"):
        write_contact_sheet(tmp_path / "no" / "sheet.png", [("q", hits)], red)


class Page(HTMLParser):
    """Tags in order, scripts by number, and all that refers to somewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "input", "img", "br"):
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "srcset")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data


def page(path: Path) -> tuple[str, Page, dict]:
    text = path.read_text(encoding="utf-8")
    parsed = Page(text)
    assert parsed.open == [] and len(parsed.scripts) == 2
    return text, parsed, json.loads(parsed.scripts[0])


def test_map_is_one_file_that_loads_nothing(tmp_path: Path, hits: list[Hit]) -> None:
    Image.new("RGB", (400, 200), "navy").save(tmp_path / "earth.png")
    ground = map_ground(str(tmp_path / "earth.png"), 100)
    path = tmp_path / "map.html"
    assert write_map(path, [("sand", hits[:2]), ("ice", hits)], red, ground) == 0
    text, parsed, data = page(path)
    assert parsed.links == []
    assert not re.search(r"https?:|//[a-z]+\.|@import|fetch\(|XMLHttp", text)
    assert "default-src 'none'" in text
    assert [s["title"] for s in data["sections"]] == ["sand", "ice"]
    assert data["base"]["bbox"] == [-180, -90, 180, 90]
    sahara, fiji, plain = data["sections"][1]["hits"]
    assert sahara["place"] == "Sahara, Libya" and len(sahara["rings"]) == 1
    assert fiji["bbox"] == [176, -20, -177, -14] and len(fiji["rings"]) == 2
    assert plain["rings"] == [] and plain["coordinates"] is None
    assert sahara["thumbnail"].startswith("data:image/jpeg;base64,")


def opened(picture: bytes | None) -> Image.Image:
    assert picture is not None
    return Image.open(io.BytesIO(picture)).convert("RGB")


def test_the_ground_is_shrunk(tmp_path: Path) -> None:
    Image.new("RGB", (400, 200), "navy").save(tmp_path / "earth.png")
    assert opened(map_ground(str(tmp_path / "earth.png"), 100)).size == (100, 50)


def test_the_ground_that_comes_with_rsrag() -> None:
    picture = map_ground(None)
    assert picture is not None and len(picture) < 150_000
    earth = opened(picture)
    assert earth.size == (1440, 720)
    places = {"Sahara": (10, 22), "Pacific": (-150, 0), "Greenland": (-40, 75)}
    seen = {}
    for name, (lon, lat) in places.items():
        seen[name] = earth.getpixel((4 * (180 + lon), 4 * (90 - lat)))
    red, green, blue = seen["Sahara"]
    assert red > green > blue and red > 150
    assert max(seen["Pacific"]) < 90
    assert min(seen["Greenland"]) > 190
    assert map_ground("none") is None


def write_placed(path: Path, size: tuple[int, int], bounds, crs: str | None) -> None:
    width, height = size
    west, south, east, north = bounds
    right, down = (east - west) / width, (south - north) / height
    transform = Affine(right, 0, west, 0, down, north)
    profile = {"driver": "GTiff", "count": 3, "dtype": "uint8", "crs": crs}
    profile |= {"width": width, "height": height, "transform": transform}
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.full((3, height, width), 90, np.uint8))


def test_a_ground_that_is_another_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "base.tif"
    write_placed(path, (400, 200), (-180, -90, 180, 90), "EPSG:4326")
    assert opened(map_ground(str(path))).size == (400, 200)
    scene = (101985, 2611485, 339315, 2826915)
    write_placed(path, (400, 200), scene, "EPSG:32618")
    with pytest.raises(ConfigError, match="in EPSG:32618, not the whole Earth"):
        map_ground(str(path))
    write_placed(path, (400, 200), (-10, 30, 30, 50), "EPSG:4326")
    with pytest.raises(ConfigError, match="shows -10 to 30, 30 to 50 in EPSG:4326"):
        map_ground(str(path))
    picture = tmp_path / "town.png"
    Image.new("RGB", (400, 200)).save(picture)
    picture.with_suffix(".pgw").write_text("0.01\n0\n0\n-0.01\n2.3\n48.9\n")
    with pytest.raises(ConfigError, match=r"shows 2\.295 to 6\.295"):
        map_ground(str(picture))


def test_a_ground_that_is_no_picture_of_the_earth(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200)).save(tmp_path / "wide.png")
    with pytest.raises(ConfigError, match="300 x 200 pixels") as caught:
        map_ground(str(tmp_path / "wide.png"))
    assert "--base none" in str(caught.value.hint)
    (tmp_path / "bad.png").write_bytes(b"\x89PNG nonsense")
    for name in ("bad.png", "missing.png"):
        with pytest.raises(ConfigError, match="no picture"):
            map_ground(str(tmp_path / name))


def test_hostile_names_stay_text(tmp_path: Path, hits: list[Hit]) -> None:
    path = tmp_path / "map.html"
    title = "</script><script>alert(1)</script><!--<script>\u2028\udc80"
    assert write_map(path, [(title, hits)], broken, None) == 1
    text, _, data = page(path)
    assert "alert(1)" in text and "<script>alert" not in text
    assert data["sections"][0]["title"] == title
    assert data["sections"][0]["hits"][2]["unread"].startswith("</script><b>")
    assert "\x1b" not in text and data["base"] is None
    assert "innerHTML" not in text


def test_script_json_round_trips() -> None:
    value = {"a": "</script> & <!-- \u2029 é", "b": [1.5, None]}
    assert json.loads(script_json(value)) == value
    assert not set("<>&") & set(script_json(value))


def test_a_map_that_cannot_be_written(tmp_path: Path, hits: list[Hit]) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        write_map(tmp_path / "no" / "map.html", [("q", hits)], red, None)


def test_letters_that_the_font_lacks_lose_their_accents() -> None:
    from rsrag.rendering.hits.contact_sheet import plain_letters

    assert plain_letters("Ténéré, Niger") == "Tenere, Niger"
    assert plain_letters("Åland") == "Aland"
