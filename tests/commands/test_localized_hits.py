"""Where in the chips of a search the query lies, and scenes on the interactive map."""

import json
import re

import numpy as np
import pytest
import rasterio
from known_places import textured
from PIL import Image
from rasterio import Affine

from rsrag.commands import main
from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.places.lonlat_picture import on_plate_carree

UTM = Affine(10, 0, 5e5, 0, -10, 5e6)
SAND, SEA = (222, 190, 130), (10, 40, 110)


def coast(path):
    """Sand in the west, a deep blue sea in the east."""
    parts = [
        textured(colour, seed).resize((320, 320), Image.Resampling.NEAREST)
        for seed, colour in enumerate((SAND, SEA))
    ]
    pixels = np.concatenate([np.asarray(part) for part in parts], axis=1)
    size = {"width": 640, "height": 320, "count": 3, "dtype": "uint8"}
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:32633", transform=UTM, **size
    ) as file:
        file.write(np.moveaxis(pixels, 2, 0))
    return path


def page_data(path):
    text = path.read_text("utf-8")
    return json.loads(re.search(r'application/json">(.*?)</script>', text).group(1))


def test_a_map_has_the_heat_and_the_areas(tmp_path, capfd) -> None:
    scene = coast(tmp_path / "coast.tif")
    page = tmp_path / "heat.html"
    words = [str(scene), "the deep blue sea", "-k", "1", "--map", str(page)]
    assert main(["localize", *words, "--base", "none"]) == 0
    assert f"wrote {page}" in capfd.readouterr().err
    data = page_data(page)
    ((layer,), (section,)) = data["layers"], data["sections"]
    assert layer["url"].startswith("data:image/webp;base64,")
    west, south, east, north = layer["bbox"]
    assert 14.99 < west < 15.01 < 15.07 < east < 15.1 and 45 < south < north < 45.2
    assert section["title"] == "the deep blue sea in coast.tif"
    (hit,) = section["hits"]
    (ring,) = hit["rings"]
    assert np.mean([point[0] for point in ring]) > (west + east) / 2
    assert hit["thumbnail"].startswith("data:image/jpeg")


def test_a_map_of_nothing_says_so(tmp_path) -> None:
    scene, page = coast(tmp_path / "coast.tif"), tmp_path / "heat.html"
    words = [str(scene), "a birthday cake with candles", "--map", str(page)]
    assert main(["localize", *words]) == 0
    (section,) = page_data(page)["sections"]
    assert section["hits"] == [] and section["note"].startswith("Nothing stands out")


def test_a_scene_without_a_place_is_on_no_map(tmp_path, capfd) -> None:
    textured(SAND, 1).resize((320, 320)).save(tmp_path / "plain.png")
    page = tmp_path / "heat.html"
    words = [str(tmp_path / "plain.png"), "sand", "--map", str(page)]
    assert main(["localize", *words]) == 1
    assert "has no place on the Earth" in capfd.readouterr().err
    assert not page.exists()


def test_pixels_lie_where_the_scene_has_them() -> None:
    """North up, rotated, and across the antimeridian."""
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[5, 50] = 255
    turned = Affine.translation(15, 45) @ Affine.rotation(30) @ Affine.scale(0.1, -0.1)
    for crs, transform in (
        ("EPSG:4326", Affine(0.5, 0, 165, 0, -0.5, 10)),
        ("EPSG:4326", turned),
        ("EPSG:3857", Affine(900, 0, 1e6, 0, -900, 5e6)),
    ):
        place = Georeference(crs, tuple(transform)[:6])
        made, (west, south, east, north) = on_plate_carree(
            picture, place, (60, 40), 600
        )
        rows, columns = np.nonzero(made[..., 0])
        lon = west + (columns.mean() + 0.5) * (east - west) / made.shape[1]
        lat = north - (rows.mean() + 0.5) * (north - south) / made.shape[0]
        x, y = place.at(50.5, 5.5)
        expected = rasterio.warp.transform(crs, "EPSG:4326", [x], [y])
        assert lon == pytest.approx(expected[0][0], abs=0.03)
        assert lat == pytest.approx(expected[1][0], abs=0.03)
        assert made[..., 3].max() == 255 and west < east <= west + 360


def test_hits_tell_where_in_them_it_lies(tmp_path, capfd) -> None:
    scene = coast(tmp_path / "coast.tif")
    where = ["--indexes", str(tmp_path / "indexes")]
    build = ["index", "build", str(scene), "--name", "c"]
    assert main([*build, *where]) == 0
    capfd.readouterr()
    ask = ["search", "the deep blue sea", "--index", "c", "--localize", *where]
    assert main([*ask, "--json"]) == 0
    (hit,) = json.loads(capfd.readouterr().out)
    found = hit["found_at"]
    assert found["peak_px"][0] > 320 and found["area_m2"] > 0
    assert found["geometry"]["type"] == "Polygon"
    assert main(ask) == 0
    assert "FOUND AT" in capfd.readouterr().out
    assert main([*ask, "--format", "geojson"]) == 0
    (feature,) = json.loads(capfd.readouterr().out)["features"]
    assert feature["properties"]["found_at"] == found
    scene.unlink()
    assert main([*ask, "--json"]) == 0
    (hit,) = json.loads(capfd.readouterr().out)
    assert "coast.tif" in hit["found_at"]["unread"]
