import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest
from drawing import colours, encoded, write_raster
from products import UTM, item, safe, write_json
from rasterio.transform import Affine

from rsrag.errors import ConfigError, ImageryError, LeftOutError
from rsrag.imagery import scenes
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.sidecar_metadata import MetadataTable, SceneMetadata
from rsrag.imagery.scenes import open_scene, reopen_scene
from rsrag.imagery.sources.selection import cloud_cover, wanted_box
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.types import Skip

RGB = colours(20, 30).transpose(2, 0, 1).copy()


def kind_of(path: Path, metadata=None, **options) -> str:
    """``in``, or why the scene is left out."""
    given = ImageryOptions(**options)
    (one,) = iter_sources([path])
    assert isinstance(one, SourceItem), one
    try:
        open_scene(one, given, metadata).close()
    except LeftOutError as exc:
        assert one.source in str(exc)
        (listed,) = iter_sources([path], options=given)
        # A catalogue's word is enough, before a file is hashed.
        told = one.told.metadata.datetime is not None and metadata is None
        by_word = told and exc.kind in ("outside-time", "cloudy")
        assert not by_word or (isinstance(listed, Skip) and listed.kind == exc.kind)
        # What is in an index opens whatever was asked for.
        reopen_scene(one.source, given).close()
        return exc.kind
    return "in"


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """300 m by 200 m at 10.27 E, 45.15 N, on 31 January 2022, 12.5 % cloud."""
    write_raster(tmp_path / "scene.tif", RGB, **UTM)
    said = {"eo:cloud_cover": 12.5}
    return write_json(tmp_path / "x.json", item(properties=said, bbox=None))


@pytest.mark.parametrize(
    "text, kind",
    [
        ("2022", "in"),
        ("2022-01", "in"),
        ("2022-01-31", "in"),
        ("2022-01-31T10:12:31Z", "in"),
        ("2022-01-31T10:12:31Z/..", "in"),
        ("../2022-01-31T10:12:31Z", "in"),
        ("2021-01-01/2022-06-30", "in"),
        ("2022-02", "outside-time"),
        ("2022-01-31T10:12:32Z/..", "outside-time"),
        ("../2022-01-30", "outside-time"),
    ],
)
def test_times(scene: Path, text: str, kind: str) -> None:
    assert kind_of(scene, datetime=text) == kind


@pytest.mark.parametrize(
    "box, kind",
    [
        ((10, 45, 11, 46), "in"),
        ((-180, -90, 180, 90), "in"),
        ((0, -90, 360, 90), "in"),
        ((10.27, 45.1, 10.28, 45.2), "in"),
        ((11, 45, 12, 46), "outside-area"),
        ((10, 46, 11, 47), "outside-area"),
        ((170, 45, -170, 46), "outside-area"),
        ((11, 45, 9, 46), "outside-area"),
        ((10, 45, 9, 46), "in"),
    ],
)
def test_boxes(scene: Path, box: tuple, kind: str) -> None:
    assert kind_of(scene, bbox=box) == kind


@pytest.mark.parametrize("most, kind", [(12.5, "in"), (100, "in"), (12, "cloudy")])
def test_clouds(scene: Path, most: float, kind: str) -> None:
    assert kind_of(scene, max_cloud=most) == kind


def test_a_sidecar_knows_better_than_a_catalogue(scene: Path) -> None:
    row = SceneMetadata(dt.datetime(2019, 1, 1, tzinfo=dt.UTC), None, None, None, {})
    table = MetadataTable({"scene.tif": row})
    assert kind_of(scene, table, datetime="2019") == "in"
    assert kind_of(scene, table, datetime="2022") == "outside-time"
    clouds = SceneMetadata(properties={"cloud_cover": "3", "eo:cloud_cover": 80})
    assert kind_of(scene, MetadataTable({"scene": clouds}), max_cloud=50) == "cloudy"


def test_footprints_count_and_not_their_boxes(tmp_path: Path) -> None:
    # A square on its point: the corners of its box are not in it.
    turned = Affine(0.01, 0.01, 10, 0.01, -0.01, 45)
    bands = colours(100, 100).transpose(2, 0, 1).copy()
    path = tmp_path / "a.tif"
    write_raster(path, bands, crs="EPSG:4326", transform=turned)
    assert kind_of(path, bbox=(10.9, 44.9, 11.1, 45.1)) == "in"
    assert kind_of(path, bbox=(10.0, 45.8, 10.1, 45.9)) == "outside-area"


def test_across_the_antimeridian(tmp_path: Path) -> None:
    path = tmp_path / "fiji.tif"
    place = Affine(0.05, 0, 179.5, 0, -0.05, -16)
    write_raster(path, RGB, crs="EPSG:4326", transform=place)
    assert kind_of(path, bbox=(179, -18, -179, -16)) == "in"
    assert kind_of(path, bbox=(179, -18, 181, -16)) == "in"
    assert kind_of(path, bbox=(-179.9, -18, -179.5, -16)) == "in"
    assert kind_of(path, bbox=(-178, -18, 170, -16)) == "outside-area"
    document = item("f", "fiji.tif", bbox=[179.5, -17, -179, -16])
    catalogue = write_json(tmp_path / "f.json", document)
    assert kind_of(catalogue, bbox=(-179.4, -18, -179.2, -16)) == "in"
    assert kind_of(catalogue, bbox=(-178, -18, 170, -16)) == "outside-area"


def test_what_is_not_known_is_kept_unless_strict(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(colours()))
    wishes = {
        "time": {"datetime": "2022"},
        "place": {"bbox": (0, 0, 1, 1)},
        "cloud": {"max_cloud": 10},
    }
    for what, wish in wishes.items():
        assert kind_of(path, **wish) == "in"
        assert kind_of(path, **wish, strict_metadata=True) == f"unknown-{what}"
    assert kind_of(path, strict_metadata=True) == "in"


def test_months_of_a_composite_overlap(scene: Path) -> None:
    document = json.loads(scene.read_text())
    document["properties"] |= {
        "datetime": None,
        "start_datetime": "2022-01-01T00:00:00Z",
        "end_datetime": "2022-03-31T00:00:00Z",
    }
    write_json(scene, document)
    assert kind_of(scene, datetime="2022-02") == "in"
    assert kind_of(scene, datetime="2022-04") == "outside-time"


def test_files_that_a_catalogue_rules_out_are_not_touched(
    tmp_path: Path, monkeypatch
) -> None:
    write_raster(tmp_path / "scene.tif", RGB, **UTM)
    path = write_json(tmp_path / "x.json", item(properties={"eo:cloud_cover": 80}))
    (one,) = iter_sources([path])

    def touched(*_: object) -> None:
        raise AssertionError("the picture was opened")

    monkeypatch.setattr(scenes, "open_pixels", touched)
    for wish in ({"max_cloud": 10}, {"datetime": "2020"}, {"bbox": (0, 0, 1, 1)}):
        with pytest.raises(LeftOutError):
            open_scene(one, ImageryOptions(**wish))


def test_products_are_chosen_by_their_notes(tmp_path: Path) -> None:
    product = safe(tmp_path)
    assert kind_of(product, max_cloud=12) == "cloudy"
    assert kind_of(product, max_cloud=13, datetime="2022-01-31") == "in"
    assert kind_of(product, bbox=(0, 0, 1, 1)) == "outside-area"


def test_options_are_checked_and_survive_a_manifest() -> None:
    options = ImageryOptions(
        datetime="2020/..",
        bbox=(170.0, -10.0, -170.0, 10.0),
        max_cloud=20.0,
        strict_metadata=True,
        asset="visual",
        remote=True,
    )
    text = json.dumps(options.to_json(), allow_nan=False)
    assert ImageryOptions.from_json(json.loads(text)) == options
    for wrong in (
        {"datetime": "soon"},
        {"datetime": "../.."},
        {"datetime": "2022/2021"},
        {"bbox": (0, 10, 1, 5)},
        {"bbox": (0, 0, 1)},
        {"bbox": (0, 0, float("nan"), 1)},
        {"max_cloud": -1},
        {"max_cloud": 101},
        {"max_cloud": float("nan")},
    ):
        with pytest.raises(ConfigError):
            dataclasses.replace(options, **wrong)


def test_parts_of_the_choice() -> None:
    assert wanted_box(ImageryOptions(bbox=(170, 0, 190, 1))) == (170, 0, -170, 1)
    assert wanted_box(ImageryOptions(bbox=(-180, 0, 180, 1))) == (-180, 0, 180, 1)
    assert wanted_box(ImageryOptions(bbox=(190, 0, 200, 1))) == (-170, 0, -160, 1)
    assert cloud_cover({"EO:Cloud_Cover": "7"}) == 7
    assert cloud_cover({"eo:cloud_cover": None, "cloud_percent": 3}) == 3
    assert cloud_cover({"eo:cloud_cover": float("nan")}) is None
    assert cloud_cover({}) is None
    assert issubclass(LeftOutError, ImageryError)
