"""``rsrag change`` on the command line."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio import Affine

import rsrag
from rsrag.analysis.change.fact_sheet import read_sheet
from rsrag.analysis.cover.cover_classes import preset
from rsrag.commands import main
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.types import Generation
from tests.analysis.made_pairs import built, ground
from tests.analysis.made_scenes import write_scene

HEAD = ["--head", "distance"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A place of 10 m pixels before and after houses were built."""
    folder = tmp_path_factory.mktemp("pair")
    write_scene(folder / "before.tif", ground())
    write_scene(folder / "after.tif", built(ground()))
    return folder / "before.tif", folder / "after.tif"


def test_changes_are_printed_and_files_written(pair, tmp_path, capfd) -> None:
    names = {"out": "c.tif", "polygons": "c.geojson", "overlay": "o.png"}
    words = ["change", *map(str, pair), *HEAD, "--report", str(tmp_path / "c.json")]
    for option, name in names.items():
        words += [f"--{option}", str(tmp_path / name)]
    assert main(words) == 0
    out, err = capfd.readouterr()
    assert "of the ground changed" in out and err.count("wrote") == 6
    sheet = read_sheet((tmp_path / "c.json").read_text(), "c.json")
    assert sheet.changed and 0 < sheet.share < 0.2 and sheet.compared == 1
    assert sheet.area_m2 == pytest.approx(sheet.share * 192 * 160 * 100, rel=0.1)
    largest = sheet.components[0]
    left, top, right, bottom = largest.bbox_px
    assert left < 96 and right > 48 and top < 88 and bottom > 40
    assert largest.cell in ("left", "top-left", "middle", "top")
    with rasterio.open(tmp_path / "c.tif") as file:
        assert file.dtypes == ("float32",) and file.crs == "EPSG:32633"
        likely = file.read(1)
        assert file.transform.a == 20 and likely.max() <= 1
    for when in ("before", "after"):
        with rasterio.open(tmp_path / f"c.{when}.tif") as file:
            assert file.count == 1 and file.colormap(1)[1][:3] == (214, 69, 65)
    rows = json.loads((tmp_path / "c.geojson").read_text())["features"]
    assert len(rows) == len(sheet.components)
    properties = rows[0]["properties"]
    assert set(properties) >= {"from", "to", "area_m2", "cell"}
    assert re.fullmatch("#[0-9a-f]{6}", properties["fill"]) and properties["stroke"]
    with Image.open(tmp_path / "o.png") as drawn:
        assert drawn.size == (3 * 192 + 16, 160)
        columns = np.asarray(drawn)
    tinted = (columns[:, 200:392] != columns[:, 400:]).any(axis=2)
    assert tinted.sum() == pytest.approx(sum(c.pixels for c in sheet.components), 0.02)


def test_sentences_and_answers_come_from_the_sheet(pair, capfd) -> None:
    words = ["change", *map(str, pair), *HEAD, "--caption"]
    words += ["--ask", "Did anything change?", "--ask", "Which is the largest?"]
    assert main([*words, "--ask", "Where is it?", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert 1 <= len(said["sentences"]) <= 5
    changed, largest, where = said["answers"]
    assert changed["value"] is True and largest["question"] == "Which is the largest?"
    assert where["value"] == [said["components"][0]["cell"]]
    assert main(words) == 0
    out = capfd.readouterr().out
    assert "Did anything change?\n  Yes" in out
    assert f"{said['sentences'][0]}.\n" in out


def test_a_language_model_words_what_it_does_not_change(
    pair, monkeypatch, capfd
) -> None:
    words = ["change", *map(str, pair), *HEAD, "--caption"]
    assert main([*words, "--json"]) == 0
    plain = json.loads(capfd.readouterr().out)["sentences"]

    class Says:
        def __init__(self, change) -> None:
            self.change = change

        def generate(self, prompt, **options) -> Generation:
            mine = next(one for one in plain if one in str(prompt))
            return Generation(self.change(mine), 1, 1, "stop")

        def close(self) -> None:
            pass

    told = {
        "kept": lambda one: f"There, {one}.",
        "numbered": lambda one: f"{one} in 1987.",
    }
    said = {}
    for name, how in told.items():
        monkeypatch.setattr(GeneratorChoice, "load", lambda *_, how=how: Says(how))
        assert main([*words, "--llm", "--json"]) == 0
        out, err = capfd.readouterr()
        said[name] = json.loads(out)["sentences"], err
    assert said["kept"][0] == [f"There, {one}" for one in plain]
    assert said["numbered"][0] == plain
    assert "keeps its words: it changes a number" in said["numbered"][1]


def test_a_language_model_without_sentences_to_word_is_refused(pair, capfd) -> None:
    assert main(["change", *map(str, pair), "--llm"]) == 2
    assert "next: --caption" in capfd.readouterr().err


def test_the_same_file_twice_is_said(pair, capfd) -> None:
    assert main(["change", str(pair[0]), str(pair[0]), *HEAD]) == 0
    out = capfd.readouterr().out
    assert "Nothing changed" in out and "the two are the same picture" in out


def test_how_a_file_is_cut_changes_no_number(pair, tmp_path) -> None:
    tiled = write_scene(
        tmp_path / "t.tif", built(ground()), tiled=True, blockxsize=64, blockysize=64,
        compress="deflate",
    )  # fmt: skip
    one, other = (rsrag.change(pair[0], at, head="distance") for at in (pair[1], tiled))
    np.testing.assert_array_equal(one.probability, other.probability)
    assert one.sheet == other.sheet


def test_a_part_in_common_is_compared_alone_and_said(pair, tmp_path) -> None:
    there = Affine(10, 0, 5e5 + 1200, 0, -10, 5e6)
    east = write_scene(tmp_path / "east.tif", ground(seed=0), transform=there)
    found = rsrag.change(pair[0], east, head="distance", register="none")
    assert found.window == (120, 0, 72, 160)
    assert found.sheet.overlap == pytest.approx(72 / 192, abs=0.01)
    assert any("share 38% of the earlier" in note for note in found.sheet.notes)


@pytest.mark.parametrize(
    ("east", "words"), [(1850, "share 3.6% of"), (9000, "share no ground")]
)
def test_little_or_nothing_in_common_is_refused(
    pair, tmp_path, capfd, east, words
) -> None:
    there = Affine(10, 0, 5e5 + east, 0, -10, 5e6)
    far = write_scene(tmp_path / "far.tif", ground(), transform=there)
    assert main(["change", str(pair[0]), str(far), *HEAD]) == 1
    out, err = capfd.readouterr()
    assert out == "" and words in err


def test_other_pixels_and_other_systems_are_laid_over(pair, tmp_path) -> None:
    fine = np.repeat(np.repeat(ground(), 2, axis=0), 2, axis=1)
    there = Affine(5, 0, 5e5, 0, -5, 5e6)
    found = rsrag.change(
        pair[0], write_scene(tmp_path / "f.tif", fine, transform=there), head="distance"
    )
    assert not found.sheet.changed
    assert any("2 times smaller" in note for note in found.sheet.notes)


def test_pictures_without_a_place(tmp_path, capfd) -> None:
    for name, picture in (
        ("a.png", ground()),
        ("b.png", built(ground())),
        ("c.png", ground(200, 160)),
    ):
        Image.fromarray(picture).save(tmp_path / name)
    a, b, c = (str(tmp_path / name) for name in ("a.png", "b.png", "c.png"))
    assert main(["change", a, b, *HEAD, "--json"]) == 0
    made = json.loads(capfd.readouterr().out)
    assert made["changed"] and made["area_m2"] is None
    assert "neither picture has a place" in made["notes"][0]
    assert main(["change", a, c, *HEAD]) == 1
    assert "192 x 160" in capfd.readouterr().err
    assert main(["change", a, b, *HEAD, "--min-area", "20m2"]) == 1
    assert "square metres" in capfd.readouterr().err


def test_the_wrong_order_of_time_is_said_and_swapped_if_asked(tmp_path) -> None:
    paths = []
    for year, picture in ((2019, built(ground())), (2016, ground())):
        path = write_scene(tmp_path / f"s_{year}.tif", picture)
        with rasterio.open(path, "r+") as file:
            file.update_tags(ACQUISITION_DATE=f"{year}-05-04")
        paths.append(path)
    found = rsrag.change(*paths, head="distance")
    assert any("--swap" in note for note in found.sheet.notes)
    right = rsrag.change(*paths, head="distance", swap=True)
    assert right.sheet.notes == ()
    assert [str(d)[:4] for d in right.sheet.dates] == ["2016", "2019"]
    np.testing.assert_array_equal(right.numbers > 0, found.numbers > 0)
    for one, other in zip(right.sheet.components, found.sheet.components, strict=True):
        assert (one.before, one.after) == (other.after, other.before)


def test_a_mask_of_clouds_is_left_out(pair, tmp_path) -> None:
    mask = np.zeros((160, 192, 3), np.uint8)
    mask[:, :100] = 1
    found = rsrag.change(
        *pair, head="distance", clouds=write_scene(tmp_path / "m.tif", mask)
    )
    assert np.isnan(found.probability[:, :50]).all() and not found.sheet.changed
    assert found.sheet.cells["left"] is None
    assert found.sheet.clouds == pytest.approx(100 / 192, abs=0.01)


@pytest.mark.parametrize(
    "options",
    [
        ["--head", "best"],
        ["--register", "far"],
        ["--normalise", "all"],
        ["--threshold", "3"],
    ],
)
def test_options_that_cannot_be(pair, capfd, options) -> None:
    assert main(["change", *map(str, pair), *options]) in (1, 2)
    assert capfd.readouterr().out == ""


def test_files_open_elsewhere_in_the_colours_of_what_they_became(
    pair, tmp_path
) -> None:
    import pyogrio

    names = {"out": "c.tif", "polygons": "c.gpkg"}
    words = ["change", *map(str, pair), *HEAD, "--min-area", "1px"]
    for option, name in names.items():
        words += [f"--{option}", str(tmp_path / name)]
    assert main(words) == 0
    layers = pyogrio.list_layers(tmp_path / "c.gpkg").tolist()
    assert ["areas", "MultiPolygon"] in layers or ["areas", "Polygon"] in layers
    areas = pyogrio.read_dataframe(tmp_path / "c.gpkg", layer="areas")
    (style,) = pyogrio.read_dataframe(
        tmp_path / "c.gpkg", layer="layer_styles"
    ).itertuples()
    assert style.f_table_name == "areas" and style.useAsDefault
    drawn = ElementTree.fromstring(style.styleQML.partition("\n")[2])
    (renderer,) = drawn.iter("renderer-v2")
    assert renderer.get("attr") == "to"
    shades = {
        one.get("value"): drawn.find(f".//symbol[@name='{one.get('symbol')}']")
        for one in drawn.iter("category")
    }
    assert set(shades) == set(areas["to"])
    colours = {one.name: one.colour for one in preset("landcover").classes}
    for name, symbol in shades.items():
        (rim,) = symbol.findall(".//Option[@name='outline_color']")
        shade = colours.get(name, (120, 120, 120))
        assert rim.get("value") == ",".join(map(str, (*shade, 255)))
    for when in ("before", "after"):
        notes = ElementTree.parse(tmp_path / f"c.{when}.tif.aux.xml")
        names = [one.text or "" for one in notes.iter("Category")]
        assert names[:3] == ["", "building", "road"] and len(names) == 256


def test_a_map_has_both_dates_and_the_changes_by_kind(pair, tmp_path, capfd) -> None:
    page = tmp_path / "swipe.html"
    words = ["change", *map(str, pair), *HEAD, "--map", str(page), "--base", "none"]
    assert main(words) == 0
    assert f"wrote {page}" in capfd.readouterr().err
    text = page.read_text("utf-8")
    assert "http://" not in text and "https://" not in text
    data = json.loads(re.search(r'application/json">(.*?)</script>', text).group(1))
    before, after = data["layers"]
    assert (before["side"], after["side"]) == ("before", "after")
    assert before["bbox"] == after["bbox"] and before["url"] != after["url"]
    found = rsrag.change(*pair, head="distance")
    titles = [section["title"] for section in data["sections"]]
    kinds = {f"{c.before} → {c.after}" for c in found.sheet.components}
    assert set(titles) == kinds
    rows = [row for section in data["sections"] for row in section["hits"]]
    assert sorted(row["rank"] for row in rows) == [c.id for c in found.sheet.components]
    assert all(row["rings"] and row["thumbnail"] for row in rows)


def test_pictures_without_a_place_have_no_map(tmp_path, capfd) -> None:
    for name, picture in (("a.png", ground(64, 64)), ("b.png", ground(64, 64, 1))):
        Image.fromarray(picture).save(tmp_path / name)
    words = [str(tmp_path / name) for name in ("a.png", "b.png")]
    page = tmp_path / "swipe.html"
    assert main(["change", *words, "--map", str(page)]) == 1
    err = capfd.readouterr().err
    assert "no place on the Earth" in err and "--overlay" in err
    assert not page.exists()
    assert main(["change", *words, "--out", str(tmp_path / "c.jpg")]) == 2


def test_other_numbers_and_a_rim_without_data(pair, tmp_path, capfd) -> None:
    later = built(ground()).astype(np.uint16) * 200 + 1
    later[:, :24] = 0
    path = write_scene(tmp_path / "later.tif", later, nodata=0)
    assert main(["change", str(pair[0]), str(path), *HEAD, "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["compared"] == pytest.approx(1 - 24 / 192, abs=0.01)
    assert any("12.5% of the common ground has no data" in n for n in told["notes"])
    assert told["changed"] and told["share"] < 0.15
    assert min(one["bbox_px"][0] for one in told["components"]) >= 24
