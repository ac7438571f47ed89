"""``localize``, ``segment`` and ``ground`` of scenes that are hardly scenes."""

import json

import numpy as np
import pytest
import rasterio
from known_places import textured
from PIL import Image
from rasterio import Affine
from rasterio.windows import Window

from rsrag.commands import main
from tests.analysis.made_scenes import write_scene

SEA = "the deep blue sea"
COMMANDS = {
    "localize": [SEA],
    "segment": ["--preset", "landcover"],
    "segment one": [SEA],
    "segment water": ["water"],
    "ground": [SEA],
}
AREAS = {"localize": "--polygons", "segment": "--polygons", "ground": "--boxes"}


def coast() -> np.ndarray:
    """Sand in the west, a deep blue sea in the east."""
    sides = (textured((222, 190, 130), 1), textured((10, 40, 110), 2))
    sized = [one.resize((320, 320), Image.Resampling.NEAREST) for one in sides]
    return np.concatenate([np.asarray(one) for one in sized], axis=1)


def run(which, scene, tmp_path, capfd):
    """What a command says of a scene: code, JSON, stderr, features of its areas."""
    name, path = which.split()[0], tmp_path / "areas.geojson"
    more = [AREAS[name], str(path), "--json"]
    code = main([name, str(scene), *COMMANDS[which], *more])
    out, err = capfd.readouterr()
    said = json.loads(out) if code == 0 else None
    features = json.loads(path.read_text())["features"] if path.exists() else None
    return code, said[0] if isinstance(said, list) else said, err, features


@pytest.mark.parametrize("which", COMMANDS)
@pytest.mark.parametrize("size", [(1, 1), (200, 256)])
def test_one_colour_is_no_answer(which, size, tmp_path, capfd) -> None:
    scene = write_scene(tmp_path / "a.tif", np.full((*size, 3), 90, np.uint8))
    code, said, err, features = run(which, scene, tmp_path, capfd)
    assert code == 0 and features is None
    told = "1 x 1 pixels" if which == "ground" and size == (1, 1) else "of one colour"
    assert told in said["nothing"] and told in err
    assert not said.get("peaks") and not said.get("boxes")
    assert all(
        one["class"] == "no class" or one["share"] == 0
        for one in said.get("classes", ())
    )


@pytest.mark.parametrize("name", ["localize", "segment", "ground"])
def test_what_nothing_can_show_is_refused(name, tmp_path, capfd) -> None:
    words = "the sound of silence"
    scene = write_scene(tmp_path / "a.tif", coast())
    path = tmp_path / "areas.geojson"
    assert main([name, str(scene), words, AREAS[name], str(path), "--json"]) == 0
    out, err = capfd.readouterr()
    said = json.loads(out)
    said = said[0] if isinstance(said, list) else said
    assert said["nothing"] and said["nothing"] in err and not path.exists()


@pytest.mark.parametrize("which", COMMANDS)
@pytest.mark.parametrize("kind", ["nodata", "nan"])
def test_no_data_is_told(which, kind, tmp_path, capfd) -> None:
    scene = tmp_path / "a.tif"
    if kind == "nan":
        empty = np.full((64, 64, 3), np.nan, np.float32)
        write_scene(scene, empty)
    else:
        write_scene(scene, np.zeros((64, 64, 3), np.uint8), nodata=0)
    code, _, err, features = run(which, scene, tmp_path, capfd)
    assert code == 1 and "holds no pixel with data" in err and features is None


@pytest.mark.parametrize("which", ["localize", "segment water", "ground"])
def test_a_rotated_scene_is_placed_as_it_lies(which, tmp_path, capfd) -> None:
    turned = Affine.translation(5e5, 5e6) @ Affine.rotation(90) @ Affine.scale(10, -10)
    scene = write_scene(tmp_path / "a.tif", coast(), transform=turned)
    code, _, _, features = run(which, scene, tmp_path, capfd)
    assert code == 0
    ring = np.array(features[0]["geometry"]["coordinates"][0])
    # Columns run north there: the sea lies north of the sand.
    north = 45.1535 + 320 * 10 / 111_150
    assert ring[:, 1].mean() > north - 0.005 and (ring[:, 0] >= 14.9999).all()


@pytest.mark.parametrize("which", ["localize", "segment water", "ground"])
def test_the_antimeridian_may_lie_inside(which, tmp_path, capfd) -> None:
    east = Affine(0.001, 0, 179.5, 0, -0.001, 10)
    scene = write_scene(tmp_path / "a.tif", coast(), crs="EPSG:4326", transform=east)
    code, _, _, features = run(which, scene, tmp_path, capfd)
    assert code == 0
    # The sea begins at 179.82 and goes on to -179.86: two parts, none round the Earth.
    geometry = features[0]["geometry"]
    assert geometry["type"] == "MultiPolygon"
    for part in geometry["coordinates"]:
        ring = np.array(part[0])
        assert np.ptp(ring[:, 0]) < 0.4 and (abs(ring[:, 0]) <= 180).all()


@pytest.mark.parametrize("which", ["localize", "segment water"])
def test_nan_is_no_data(which, tmp_path, capfd) -> None:
    pixels = coast().astype(np.float32)
    pixels[:, 480:] = np.nan
    scene = write_scene(tmp_path / "a.tif", pixels)
    code, _, _, features = run(which, scene, tmp_path, capfd)
    assert code == 0 and features
    for one in features:
        assert one["properties"]["bbox_px"][2] <= 480


@pytest.mark.parametrize("which", COMMANDS)
def test_areas_of_a_scene_without_a_place_are_refused(which, tmp_path, capfd) -> None:
    scene = tmp_path / "a.png"
    Image.fromarray(coast()).save(scene)
    others = {"localize": ("heat", ".tif"), "ground": ("overlay", ".png")}
    option, ending = others.get(which, ("out", ".tif"))
    other = tmp_path / f"other{ending}"
    name = which.split()[0]
    words = [name, str(scene), *COMMANDS[which], f"--{option}", str(other)]
    assert main([*words, AREAS[name], str(tmp_path / "areas.geojson")]) == 1
    out, err = capfd.readouterr()
    assert "no place on the Earth" in err and "--overlay" in err
    assert not out  # it is told before the scene is looked over
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_no_class_anywhere_leaves_no_map(tmp_path, capfd) -> None:
    scene = write_scene(tmp_path / "a.tif", coast())
    kinds = ",".join(f"kind {number}" for number in range(20))
    out = tmp_path / "c.tif"
    words = ["segment", str(scene), "--classes", kinds, "--out", str(out)]
    words += ["--margin", "0.9"]
    assert main(words) == 0
    err = capfd.readouterr().err
    assert "none of the classes is the likeliest anywhere, by 0.9" in err
    assert err.count("share the word kind") == 1 and not out.exists()


def test_only_what_holds_data_is_looked_at(tmp_path, capfd) -> None:
    path = tmp_path / "huge.tif"
    profile = {"driver": "GTiff", "tiled": True, "sparse_ok": True, "nodata": 0}
    with rasterio.open(
        path,
        "w",
        width=4000,
        height=4000,
        count=3,
        dtype="uint8",
        **profile,
        crs="EPSG:32633",
        transform=Affine(10, 0, 5e5, 0, -10, 5e6),
    ) as file:
        part = np.moveaxis(coast(), 2, 0)
        file.write(part, window=Window(2304, 2304, 640, 320))
    code, said, _, _ = run("localize", path, tmp_path, capfd)
    column, row = said["peaks"][0]["peak_px"]
    assert code == 0 and 2624 < column < 2944 and 2304 <= row < 2624
