"""What changed by maps of classes that were given, and by classes that are chosen."""

import json

import numpy as np
import pytest
from PIL import Image
from rasterio import Affine

import rsrag
from rsrag.commands import main
from tests.analysis.made_pairs import built, ground
from tests.analysis.made_scenes import write_scene

GRASS, HOUSE, TREE, WATER = (0, 128, 0), (128, 0, 0), (0, 255, 0), (0, 0, 255)


def second_maps() -> tuple[np.ndarray, np.ndarray]:
    """Maps of SECOND's colours: houses for grass, water for trees, white elsewhere."""
    first = np.full((160, 192, 3), 255, np.uint8)
    later = first.copy()
    for box, before, after in (
        (np.s_[40:88, 48:96], GRASS, HOUSE),
        (np.s_[100:130, 120:150], TREE, WATER),
        (np.s_[0:20, 0:20], WATER, WATER),
        (np.s_[140:160, 0:20], (1, 2, 3), HOUSE),
    ):
        first[box], later[box] = before, after
    return first, later


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Pictures ``a`` and ``b``, their maps ``a_map`` and ``b_map``."""
    folder = tmp_path_factory.mktemp("maps")
    for name, picture in (("a", ground()), ("b", built(ground()))):
        write_scene(folder / f"{name}.tif", picture)
    for name, picture in zip(("a_map", "b_map"), second_maps(), strict=True):
        Image.fromarray(picture).save(folder / f"{name}.png")
    return folder


def words(made, *maps: str) -> list[str]:
    pictures = [str(made / f"{name}.tif") for name in ("a", "b")]
    return ["change", *pictures, "--maps", *(str(made / one) for one in maps)]


def test_maps_say_what_became_what_and_where(made, capfd) -> None:
    asked = words(made, "a_map.png", "b_map.png")
    assert main([*asked, "--json", "--ask", "What became water?"]) == 0
    told = json.loads(capfd.readouterr().out)
    pieces = [(c["from"], c["to"], c["pixels"]) for c in told["components"]]
    assert pieces == [("low vegetation", "building", 2304), ("tree", "water", 900)]
    assert told["components"][0]["bbox_px"] == [48, 40, 96, 88]
    assert told["components"][0]["area_m2"] == pytest.approx(230_400, rel=0.01)
    assert told["compared"] == pytest.approx(1 - 400 / 30_720, abs=1e-6)
    assert told["share"] == pytest.approx(3204 / (30_720 - 400), abs=1e-6)
    assert told["counts"]["building"] == {"built": 1, "gone": 0}
    assert "trees" in told["answers"][0]["answer"].lower()
    assert main([*asked, "--swap", "--caption"]) == 0
    assert "water is replaced by trees" in capfd.readouterr().out


def test_a_map_on_other_pixels_is_laid_over(made, tmp_path) -> None:
    there = Affine(10, 0, 5e5 - 320, 0, -10, 5e6)
    wide = np.full((160, 224, 3), 255, np.uint8)
    wide[:, 32:] = second_maps()[1]
    later = write_scene(tmp_path / "b.tif", ground(224, 160), transform=there)
    Image.fromarray(wide).save(tmp_path / "b_map.png")
    maps = made / "a_map.png", tmp_path / "b_map.png"
    found = rsrag.change(made / "a.tif", later, maps=maps)
    pieces = [(c.before, c.after, c.pixels) for c in found.sheet.components]
    assert pieces == [("low vegetation", "building", 2304), ("tree", "water", 900)]


def test_maps_of_values_that_are_named_in_a_file_or_beside_them(made, tmp_path) -> None:
    values = np.ones((40, 48), np.uint8), np.ones((40, 48), np.uint8)
    values[1][10:22, 12:24] = 2
    for name, band in zip(("a_map", "b_map"), values, strict=True):
        Image.fromarray(band).save(tmp_path / f"{name}.png")
    listed = tmp_path / "classes.yaml"
    listed.write_text(
        "- {name: grass, values: [1]}\n- {name: pond, values: [2], words: [a pond]}\n"
    )
    maps = tmp_path / "a_map.png", tmp_path / "b_map.png"
    pair = made / "a.tif", made / "b.tif"
    found = rsrag.change(*pair, maps=maps, classes=str(listed))
    (piece,) = found.sheet.components
    assert (piece.before, piece.after) == ("grass", "pond")
    assert piece.bbox_px == (48, 40, 96, 88)
    for path in maps:
        path.with_name(f"{path.name}.aux.xml").write_text(
            '<PAMDataset><PAMRasterBand band="1"><CategoryNames><Category></Category>'
            "<Category>meadow</Category><Category>lake</Category></CategoryNames>"
            "</PAMRasterBand></PAMDataset>"
        )
    (piece,) = rsrag.change(*pair, maps=maps).sheet.components
    assert (piece.before, piece.after) == ("meadow", "lake")


def test_the_same_map_twice_is_said(made, capfd) -> None:
    assert main(words(made, "a_map.png", "a_map.png")) == 0
    out = capfd.readouterr().out
    assert "Nothing changed" in out and "Judged by two maps." in out


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        (("a.tif", "b_map.png"), "holds no colours of the classes"),
        (("nothing.png", "b_map.png"), "cannot be read as a map"),
        (("small.png", "b_map.png"), "has 100 x 50 pixels, the picture 192 x 160"),
    ],
)
def test_maps_that_cannot_be(made, capfd, maps, said) -> None:
    Image.fromarray(second_maps()[0][:50, :100]).save(made / "small.png")
    assert main(words(made, *maps)) == 1
    out, err = capfd.readouterr()
    assert out == "" and said in err


def test_changes_are_told_by_the_classes_that_are_chosen(made) -> None:
    pair = made / "a.tif", made / "b.tif"
    listed = ["town=houses|roads", "trees"]
    plain = rsrag.change(*pair, head="distance")
    assert "cloud" not in {one.name for one in plain.classes}
    assert all("cloud" not in (c.before, c.after) for c in plain.sheet.components)
    found = rsrag.change(*pair, head="distance", classes=listed)
    named = {name for c in found.sheet.components for name in (c.before, c.after)}
    assert "town" in named and named <= {"town", "trees", "unknown"}
    assert [one.name for one in found.classes] == ["town", "trees"]
    assert found.covers.max() <= 2


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ("building,swimming pool", "swimming pool, which is no cover"),
        ("building,building", "twice"),
        ("nothing.yaml", "no file"),
    ],
)
def test_classes_that_cannot_be(made, capfd, classes, said) -> None:
    pictures = [str(made / f"{name}.tif") for name in ("a", "b")]
    assert main(["change", *pictures, "--classes", classes]) in (1, 2)
    out, err = capfd.readouterr()
    assert out == "" and said in err
