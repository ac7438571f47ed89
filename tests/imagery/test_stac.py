import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drawing import colours, encoded, write_raster
from products import UTM, item, write_json

from rsrag.errors import ImageReadError, SourceNotFoundError, UnsafeArchiveError
from rsrag.imagery.catalogues import stac_documents
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import open_scene, read_chip
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.imagery.sources.sources import SourceItem, iter_sources, scan_sources
from rsrag.types import Chip, Skip

RGB = colours(20, 30).transpose(2, 0, 1).copy()


def tif(path: Path, bands: np.ndarray = RGB, **profile) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_raster(path, bands, **profile)


def split(path: Path, **options) -> tuple[list[SourceItem], list[Skip]]:
    found = list(iter_sources([path], options=ImageryOptions(**options)))
    items = [one for one in found if isinstance(one, SourceItem)]
    return items, [one for one in found if isinstance(one, Skip)]


def chip(path: Path, **options) -> Chip:
    (one,), skips = split(path, **options)
    assert not skips
    given = ImageryOptions(**options)
    scene = open_scene(one, given)
    try:
        (found,) = [one for one in scene.chips() if isinstance(one, Chip)]
    finally:
        scene.close()
    assert isinstance(found, Chip), found
    again = read_chip(found.record.source, found.record.window, given)
    np.testing.assert_array_equal(again, found.pixels)
    return found


def refusal(tmp_path: Path, document: dict, **options) -> str:
    tif(tmp_path / "scene.tif")
    items, (skip,) = split(write_json(tmp_path / "x.json", document), **options)
    assert not items
    assert "x.json" in skip.source
    return skip.reason


def test_an_item_gives_its_picture_and_what_it_says(tmp_path: Path) -> None:
    tif(tmp_path / "scene.tif", **UTM)
    document = item(
        collection="s2",
        properties={"eo:cloud_cover": 7.5, "view:off_nadir": 3, "proj:epsg": 4326},
    )
    found = chip(write_json(tmp_path / "one.json", document))
    record = found.record
    assert record.source == f"{tmp_path.as_posix()}/one.json!/scene"
    assert record.datetime is not None
    assert record.datetime.isoformat() == "2022-01-31T10:12:31+00:00"
    assert record.gsd_m == 10 and record.sensor == "s2a"
    # The picture's own place comes before the catalogue's.
    assert record.crs == "EPSG:32632"
    assert record.properties == {
        "platform": "s2a",
        "eo:cloud_cover": 7.5,
        "view:off_nadir": 3,
        "stac_id": "scene",
        "collection": "s2",
    }
    np.testing.assert_array_equal(found.pixels, RGB.transpose(1, 2, 0))


def test_the_same_picture_has_the_same_id_with_a_catalogue_and_without(
    tmp_path: Path,
) -> None:
    tif(tmp_path / "scene.tif", **UTM)
    named = chip(write_json(tmp_path / "one.json", item()))
    assert chip(tmp_path / "scene.tif").record.id == named.record.id


@pytest.mark.parametrize(
    "place",
    [
        {"proj:epsg": 32632, "proj:transform": [10, 0, 600000, 0, -10, 5000040]},
        {
            "proj:code": "EPSG:32632",
            "proj:transform": [10, 0, 600000, 0, -10, 5000040, 0, 0, 1],
            "proj:shape": [20, 30],
        },
        {"proj:epsg": 32632, "proj:bbox": [600000, 4999840, 600300, 5000040]},
        {  # Of the full scene; this is its overview at half the size.
            "proj:epsg": 32632,
            "proj:transform": [5, 0, 600000, 0, -5, 5000040],
            "proj:shape": [40, 60],
        },
    ],
)
@pytest.mark.parametrize("level", ["item", "asset"])
def test_proj_places_what_has_no_place(tmp_path: Path, place: dict, level: str) -> None:
    (tmp_path / "scene.png").write_bytes(encoded(colours(20, 30), "PNG"))
    asset = {"href": "scene.png", "type": "image/png"}
    if level == "asset":
        asset |= place
        document = item(assets={"a": asset}, properties={"proj:epsg": 3857})
    else:
        document = item(assets={"a": asset}, properties=place)
    placed = chip(write_json(tmp_path / "x.json", document)).record
    tif(tmp_path / "same.tif", **UTM)
    own = chip(tmp_path / "same.tif").record
    assert placed.crs == own.crs and placed.bbox == pytest.approx(own.bbox)


def test_collections_lines_and_parquet_hold_many(tmp_path: Path) -> None:
    for name in "abc":
        tif(tmp_path / f"{name}.tif", colours(8, 8, ord(name)).transpose(2, 0, 1))
    items = [item(name, f"{name}.tif") for name in "abc"]
    places = {
        "c.geojson": json.dumps({"type": "FeatureCollection", "features": items}),
        "l.ndjson": "\n".join(json.dumps(one) for one in items) + "\n\n",
    }
    for name, text in places.items():
        (tmp_path / name).write_text(text)
    rows = [
        {
            "id": one["id"],
            "assets": one["assets"],
            "bbox": dict(
                zip(("xmin", "ymin", "xmax", "ymax"), one["bbox"], strict=True)
            ),
            "geometry": b"",
            "datetime": pa.scalar("2022-01-31T10:12:31").as_py(),
            "eo:cloud_cover": 3.0,
            "taken": np.datetime64("2022-01-31").astype("O"),
        }
        for one in items
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "p.parquet")
    for name in (*places, "p.parquet"):
        path = tmp_path / name
        found, skips = split(path)
        assert not skips
        assert [one.source for one in found] == [
            f"{path.as_posix()}!/{letter}" for letter in "abc"
        ]
        for one in found:
            again = find_item(one.source)
            assert again.path == one.path == tmp_path / f"{again.name}"
            assert again.told == one.told and again.told.metadata.datetime is not None
    assert found[0].told.metadata.properties["eo:cloud_cover"] == 3.0
    assert found[0].told.metadata.properties["taken"] == "2022-01-31"


def test_a_catalogue_is_followed_once_and_cycles_end(tmp_path: Path) -> None:
    tif(tmp_path / "data/a.tif")
    tif(tmp_path / "items/deep/b.tif")
    write_json(tmp_path / "items/a.json", item("a", "../data/a.tif"))
    write_json(tmp_path / "items/deep/b.json", item("b/ä !/", "b.tif"))
    links = [
        {"rel": "self", "href": "https://example.com/catalog.json"},
        {"rel": "root", "href": "catalog.json"},
        {"rel": "item", "href": "./items/a.json"},
        {"rel": "child", "href": "./items/deep/collection.json"},
        {"rel": "child", "href": "./items/gone.json"},
        {"rel": "item", "href": "https://example.com/item.json"},
    ]
    root = write_json(
        tmp_path / "catalog.json",
        {"type": "Catalog", "stac_version": "1.0.0", "id": "c", "links": links},
    )
    back = [
        {"rel": "parent", "href": "../../catalog.json"},
        {"rel": "child", "href": "../../catalog.json"},
        {"rel": "child", "href": "collection.json"},
        {"rel": "item", "href": "b.json"},
        {"rel": "item", "href": "../a.json"},
    ]
    write_json(
        tmp_path / "items/deep/collection.json", {"type": "Collection", "links": back}
    )
    items, skips = split(root)
    base = f"{root.as_posix()}!/items"
    assert [one.source for one in items] == [
        f"{base}/a.json!/a",
        f"{base}/deep/b.json!/b%2F%C3%A4 %21%2F",
    ]
    for one in items:
        assert find_item(one.source).path == one.path
        assert find_item(one.source).told == one.told
    assert len(skips) == 2
    assert "gone.json" in skips[0].reason and skips[0].kind == "SourceNotFoundError"
    assert "leads to a server" in skips[1].reason


def test_links_and_assets_stay_in_the_folder(tmp_path: Path) -> None:
    outside = tif(tmp_path / "secret.tif")
    write_json(tmp_path / "secret.json", item("s", "secret.tif"))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.tif").symlink_to(outside)
    (inside / "up").symlink_to(tmp_path)
    os.mkfifo(inside / "pipe.tif")
    hrefs = [
        "../secret.tif",
        outside.as_posix(),
        f"file://{outside.as_posix()}",
        "link.tif",
        "up/secret.tif",
        "./x/../../secret.tif",
        "%2e%2e/secret.tif",
    ]
    for href in hrefs:
        _, (skip,) = split(write_json(inside / "x.json", item(href=href)))
        assert skip.kind == "UnsafeArchiveError", (href, skip)
        with pytest.raises(UnsafeArchiveError, match="leads out"):
            find_item(f"{inside.as_posix()}/x.json!/scene")
    for href in ("/vsicurl/http://x/y.tif", "ftp://x/y.tif", "zip://a.tif", "a\0b.tif"):
        _, (skip,) = split(write_json(inside / "x.json", item(href=href)))
        assert skip.kind == "ImageReadError", (href, skip)
    for href in ("pipe.tif", "gone.tif", "x" * 5000 + ".tif"):
        _, (skip,) = split(write_json(inside / "x.json", item(href=href)))
        assert "Error" in skip.kind, (href, skip)
    links = [{"rel": "item", "href": "../secret.json"}, {"rel": "child", "href": "up"}]
    root = write_json(inside / "c.json", {"type": "Catalog", "links": links})
    items, skips = split(root)
    assert not items and [skip.kind for skip in skips] == ["UnsafeArchiveError"] * 2
    # An index that was tampered with does not lead out either.
    with pytest.raises(UnsafeArchiveError, match="leads out"):
        find_item(f"{root.as_posix()}!/../secret.json!/s")


def test_absolute_links_inside_are_fine(tmp_path: Path) -> None:
    real = tmp_path / "real"
    scene = tif(real / "a b.tif")
    write_json(real / "i.json", item(href=f"file://{scene.as_posix()}"))
    assert chip(real / "i.json").record.sensor == "s2a"
    write_json(real / "i.json", item(href="a%20b.tif"))
    assert chip(real / "i.json").record.sensor == "s2a"
    (tmp_path / "named").symlink_to(real)
    link = {"rel": "item", "href": (real / "i.json").as_posix()}
    root = write_json(real / "c.json", {"type": "Catalog", "links": [link]})
    named = tmp_path / "named" / root.name
    assert chip(named).record.source == f"{named.as_posix()}!/i.json!/scene"


def test_assets_on_servers_wait_for_leave(tmp_path: Path) -> None:
    document = item(href="https://user:pw@example.com/a.tif?sig=SECRET")
    reason = refusal(tmp_path, document)
    assert "--remote" in reason and "example.com/a.tif" in reason
    assert "SECRET" not in reason and "pw" not in reason


def bands_item() -> dict:
    def asset(name: str, colour: str, **more) -> dict:
        return {
            "href": f"{name}.tif",
            "type": "image/tiff; application=geotiff",
            "roles": ["data"],
            "eo:bands": [{"name": name, "common_name": colour}],
            "raster:bands": [{"scale": 1e-4, "offset": -0.1, "nodata": 0}],
            **more,
        }

    return item(
        assets={
            "thumbnail": {"href": "t.png", "type": "image/png", "roles": ["thumbnail"]},
            "meta": {"href": "m.xml", "type": "application/xml"},
            "blue": asset("B02", "blue"),
            "green": asset("B03", "green"),
            "red": asset("B04", "red"),
            "nir": asset("B08", "nir"),
        }
    )


def test_bands_that_are_assets_make_a_picture(tmp_path: Path) -> None:
    stored = {}
    for seed, name in enumerate(("B02", "B03", "B04", "B08")):
        rng = np.random.default_rng(seed)
        stored[name] = rng.integers(1000, 5000, (1, 20, 30)).astype(np.uint16)
        stored[name][:, 0, 0] = 0
        tif(tmp_path / f"{name}.tif", stored[name], **UTM)
    path = write_json(tmp_path / "x.json", bands_item())

    def grey(name: str) -> np.ndarray:
        return np.clip((stored[name][0] * 1e-4 - 0.1) * 2.5 * 255, 0, 255)

    for words, names in (
        (None, ("B04", "B03", "B02")),
        (("nir", "red", "green"), ("B08", "B04", "B03")),
        (("B02", "B03", "B04"), ("B02", "B03", "B04")),
    ):
        found = chip(path, bands=words, stretch="reflectance")
        assert found.record.crs == "EPSG:32632"
        assert found.record.nodata_share == pytest.approx(1 / 600)
        for channel, name in enumerate(names):
            seen = found.pixels[..., channel].astype(float)
            np.testing.assert_allclose(seen, grey(name), atol=1, err_msg=name)
    one = chip(path, bands=("nir",), stretch="reflectance")
    np.testing.assert_allclose(one.pixels[..., 1].astype(float), grey("B08"), atol=1)
    whole = chip(path, asset="red", stretch="reflectance")
    np.testing.assert_allclose(whole.pixels[..., 1].astype(float), grey("B04"), atol=1)
    _, (skip,) = split(path, bands=("B05", "B04", "B03"))
    assert "B05" in skip.reason and "nir" in skip.reason


def test_band_names_of_one_file_come_from_the_item(tmp_path: Path) -> None:
    tif(tmp_path / "scene.tif", photometric="RGB")
    names = [{"eo:common_name": word} for word in ("nir", "red", "green")]
    asset = {"href": "scene.tif", "type": "image/tiff", "bands": names}
    path = write_json(tmp_path / "x.json", item(assets={"all": asset}))
    found = chip(path, bands=("red", "green", "nir"))
    np.testing.assert_array_equal(found.pixels, RGB[[1, 2, 0]].transpose(1, 2, 0))


MEDIA = (
    "image/vnd.stac.geotiff; cloud-optimized=true",
    "image/x.geotiff",
    "image/geo+tiff",
    "image/tiff; application=geotiff",
    "application/octet-stream",
    "",
)


@pytest.mark.parametrize("media", MEDIA)
def test_every_way_to_say_geotiff(tmp_path: Path, media: str) -> None:
    """The picture is taken, and not the thumbnail that has a better-known type."""
    tif(tmp_path / "scene.tif", **UTM)
    assets = {
        "thumb": {"href": "t.png", "type": "image/png", "roles": ["thumbnail"]},
        "image": {"href": "scene.tif", "roles": ["data"]},
        "notes": {"href": "notes.tif", "type": "text/html"},
    }
    if media:
        assets["image"]["type"] = media
    document = write_json(tmp_path / "x.json", item(assets=assets))
    assert chip(document).record.crs == "EPSG:32632"


@pytest.mark.parametrize(
    ("platform", "order"),
    [("landsat-8", (4, 3, 2)), ("landsat-7", (3, 2, 1))],
)
def test_assets_called_as_bands_make_a_picture(
    tmp_path: Path, platform: str, order: tuple[int, ...]
) -> None:
    assets = {}
    for number in range(1, 8):
        name = f"SR_B{number}.tif"
        tif(tmp_path / name, np.full((1, 8, 8), 10 * number, np.uint8), **UTM)
        assets[f"SR_B{number}"] = {"href": name, "type": "image/vnd.stac.geotiff"}
    document = item(assets=assets, properties={"platform": platform})
    found = chip(write_json(tmp_path / "x.json", document))
    assert found.pixels[0, 0].tolist() == [10 * number for number in order]


def test_a_broken_asset_leaves_the_others(tmp_path: Path) -> None:
    tif(tmp_path / "scene.tif", **UTM)
    good = {"href": "scene.tif", "type": "image/tiff", "eo:bands": [0, 1, 2]}
    assets = {"a": {"href": None}, "b": 7, "c": good}
    assert chip(write_json(tmp_path / "x.json", item(assets=assets))).record.crs


def test_a_picture_that_stands_in_is_told(tmp_path: Path) -> None:
    tif(tmp_path / "t.tif")
    tif(tmp_path / "B07.tif")
    thumb = {"href": "t.tif", "type": "image/tiff", "roles": ["thumbnail"]}
    lone = {"href": "B07.tif", "type": "image/tiff"}
    for assets, words in (
        ({"thumb": thumb, "data": {"href": "x.nc"}}, "'thumb' stands in"),
        ({"B07": lone, "VAA": lone, "B09": lone}, "'B07' was taken"),
    ):
        document = write_json(tmp_path / "x.json", item(assets=assets))
        (one,), _ = split(document)
        scene = open_scene(one, ImageryOptions())
        (notice,) = [n for n in scene.notices if n.kind == "notice:catalogue"]
        assert words in notice.reason
        scene.close()


def pictures(**roles: str) -> dict:
    return {
        name: {"href": f"{name}.tif", "type": "image/tiff", "roles": [role]}
        for name, role in roles.items()
    }


@pytest.mark.parametrize(
    "assets, options, wanted",
    [
        (pictures(thumb="thumbnail", a="data", b="visual"), {}, "b"),
        (pictures(thumb="thumbnail", a="data", visual="data"), {}, "visual"),
        (pictures(thumb="thumbnail", small="overview", a="data"), {}, "a"),
        (pictures(thumb="thumbnail", small="overview"), {}, "small"),
        (pictures(thumb="thumbnail", other="x"), {}, "other"),
        (pictures(thumb="thumbnail"), {}, "thumb"),
        (pictures(thumb="thumbnail", a="data"), {"asset": "thumb"}, "thumb"),
        (pictures(thumb="thumbnail", a="data"), {"asset": "thumbnail"}, "thumb"),
    ],
)
def test_which_asset(tmp_path: Path, assets: dict, options: dict, wanted: str) -> None:
    for name in assets:
        tif(tmp_path / f"{name}.tif")
    path = write_json(tmp_path / "x.json", item(assets=assets))
    (found,), _ = split(path, **options)
    assert found.name == f"{wanted}.tif"


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"id": 7}, "id"),
        ({"id": ""}, "id"),
        ({"assets": []}, "assets"),
        ({"assets": {}}, "no asset"),
        ({"assets": {"a": 7}}, "asset 'a'"),
        ({"assets": {"a": {"href": 7}}}, "href"),
        ({"assets": {"a": {"href": None}}}, "href"),
        ({"assets": {"a": {"type": "image/tiff"}}}, "href"),
        ({"assets": {"a": {"href": "s.tif", "roles": "data"}}}, "roles"),
        ({"assets": {"a": {"href": "s.tif", "eo:bands": {}}}}, "eo:bands"),
        ({"assets": {"a": {"href": "s.tif", "eo:bands": ["x"]}}}, "eo:bands"),
        ({"assets": {"a": {"href": "s.tif", "bands": [{"name": 7}]}}}, "name"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, wrong: dict, field: str) -> None:
    # The document is said as what was left out, the field in the reason.
    assert field in refusal(tmp_path, item(**wrong))


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"bbox": [1, 2, 3]}, "bbox"),
        ({"bbox": "box"}, "bbox"),
        ({"properties": {"datetime": 7}}, "datetime"),
        ({"properties": {"datetime": "soon"}}, "datetime"),
        ({"properties": {"gsd": "ten"}}, "gsd"),
        ({"properties": {"gsd": -1}}, "gsd"),
        ({"properties": {"gsd": True}}, "gsd"),
        ({"properties": {"gsd": 10**400}}, "gsd"),
        ({"properties": {"platform": ["x"]}}, "platform"),
        ({"properties": {"platform": None, "instruments": 7}}, "instruments"),
        ({"properties": {"proj:code": 7}}, "proj:code"),
        ({"properties": {"proj:epsg": "x"}}, "proj:epsg"),
        ({"properties": {"proj:epsg": 4326, "proj:transform": [1]}}, "proj:transform"),
        ({"properties": {"proj:epsg": 4326, "proj:shape": [0, 1]}}, "proj:shape"),
        ({"properties": {"proj:epsg": 4326, "proj:bbox": [1, 1, 1, 1]}}, "proj:bbox"),
    ],
)
def test_a_field_that_the_picture_can_do_without_costs_no_picture(
    tmp_path: Path, wrong: dict, field: str
) -> None:
    """The picture has a place of its own; what is wrong is told, and counts not."""
    tif(tmp_path / "scene.tif", **UTM)
    (one,), skips = split(write_json(tmp_path / "x.json", item(**wrong)))
    assert not skips
    scene = open_scene(one, ImageryOptions())
    (notice, *_), (found,) = (
        scene.notices,
        [c for c in scene.chips() if isinstance(c, Chip)],
    )
    scene.close()
    assert notice.kind == "notice:catalogue" and field in notice.reason
    assert found.record.crs == "EPSG:32632"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bbox": [15, 45]},
        {"assets": {"a": {"href": "gone.tif", "type": "image/tiff"}}},
        {"assets": {"a": {"href": "../up.tif", "type": "image/tiff"}}},
    ],
)
def test_what_is_told_of_an_item_names_its_file_once(
    tmp_path: Path, wrong: dict
) -> None:
    tif(tmp_path / "in" / "scene.tif", **UTM)
    path = write_json(tmp_path / "in" / "x.json", item(**wrong))
    found = list(iter_sources([path]))
    (told,) = [one for one in found if isinstance(one, Skip)] or [
        one
        for one in open_scene(found[0], ImageryOptions()).notices
        if isinstance(one, Skip)
    ]
    assert str(path) in told.source and "x.json" not in told.reason


def test_links_of_a_catalogue_that_was_written_on_windows(tmp_path: Path) -> None:
    tif(tmp_path / "tiles" / "scene.tif", **UTM)
    asset = {"href": ".\\tiles\\scene.tif", "type": "image/tiff"}
    found = chip(write_json(tmp_path / "x.json", item(assets={"a": asset})))
    assert found.record.crs == "EPSG:32632"


@pytest.mark.parametrize(
    "given, name, value",
    [
        ({"properties": {"gsd": "10 m"}}, "gsd_m", 10),
        ({"properties": {"gsd": "0.5m"}}, "gsd_m", 0.5),
        ({"properties": {"platform": None, "instruments": "msi"}}, "sensor", "msi"),
    ],
)
def test_what_people_write(tmp_path: Path, given: dict, name: str, value) -> None:
    tif(tmp_path / "scene.tif", **UTM)
    found = chip(write_json(tmp_path / "x.json", item(**given)))
    assert getattr(found.record, name) == value


@pytest.mark.parametrize(
    "box, expected",
    [
        ([10, 45, 11, 46], (10, 45, 11, 46)),
        ([10, 46, 11, 45], (10, 45, 11, 46)),
        ([350, 45, 370, 46], (-10, 45, 10, 46)),
        ([179, 45, -179, 46], (179, 45, -179, 46)),
        ([10, 45, 0, 11, 46, 900], (10, 45, 11, 46)),
    ],
)
def test_a_picture_without_a_place_lies_where_its_item_does(
    tmp_path: Path, box: list, expected: tuple
) -> None:
    """A thumbnail, say: thinned out, so that the item's GSD is not its own."""
    tif(tmp_path / "scene.tif")
    document = item(bbox=box, properties={"gsd": 0.5})
    (one,), _ = split(write_json(tmp_path / "x.json", document))
    scene = open_scene(one, ImageryOptions())
    (found,) = [c for c in scene.chips() if isinstance(c, Chip)]
    scene.close()
    assert [n.kind for n in scene.notices] == ["notice:item-place"]
    assert found.record.bbox == pytest.approx(expected)
    assert found.record.gsd_m > 1000


def test_a_wrong_item_leaves_the_others(tmp_path: Path) -> None:
    tif(tmp_path / "scene.tif")
    features = [item("a"), item("b", assets={}), item("a"), item("c")]
    path = tmp_path / "x.json"
    write_json(path, {"type": "FeatureCollection", "features": features})
    items, skips = split(path)
    assert [one.source[-1] for one in items] == ["a", "c"]
    assert "no asset" in skips[0].reason and "twice" in skips[1].reason


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not an object"),
        ("7", "not an object"),
        ('{"type": "Topology"}', "Topology"),
        ('{"type": "Feature", "geometry": null}', "no assets"),
        ('{"type": "FeatureCollection", "features": 7}', "features"),
        ('{"type": "FeatureCollection", "features": [[]]}', "features"),
        ('{"type": "Catalog", "links": {}}', "links"),
        ('{"type": "Feature", "assets": {}, "id": "\\ud800"}', "not JSON"),
        ("\udcff", "not JSON"),
        ('{"gsd": ' + "9" * 5000 + "}", "not JSON"),
    ],
)
def test_what_is_no_stac_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ImageReadError, match=said) as caught:
        list(iter_sources([path]))
    assert "x.json" in str(caught.value)


def test_nothing_in_it_is_an_error(tmp_path: Path) -> None:
    for value in (
        {"type": "FeatureCollection", "features": []},
        {"type": "Catalog", "links": []},
    ):
        with pytest.raises(SourceNotFoundError, match="no STAC item"):
            list(iter_sources([write_json(tmp_path / "x.json", value)]))
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ImageReadError, match="Parquet"):
        list(iter_sources([tmp_path / "x.parquet"]))
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "x.parquet")
    with pytest.raises(ImageReadError, match="no column assets"):
        list(iter_sources([tmp_path / "x.parquet"]))


def test_huge_documents_are_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(stac_documents, "DOCUMENT_LIMIT", 100)
    monkeypatch.setattr(stac_documents, "LINE_LIMIT", 100)
    for name in ("x.json", "x.ndjson"):
        path = write_json(tmp_path / name, item())
        with pytest.raises(ImageReadError, match="MB"):
            list(iter_sources([path]))


def test_properties_that_no_index_can_hold_are_left_out(tmp_path: Path) -> None:
    tif(tmp_path / "scene.tif")
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    wild = {"many": ["x" * 1000] * 100, "short": "kept", "n": 3, "deep": deep}
    text = json.dumps(item(properties=wild)).replace('"n": 3', '"n": 3, "inf": 1e999')
    (tmp_path / "x.json").write_text(text)
    kept = chip(tmp_path / "x.json").record.properties
    assert kept == {"platform": "s2a", "short": "kept", "n": 3, "stac_id": "scene"}
    json.dumps(dict(kept), allow_nan=False)


def test_composites_and_nothing_said(tmp_path: Path) -> None:
    tif(tmp_path / "scene.tif")
    span = {
        "datetime": None,
        "gsd": None,
        "platform": None,
        "instruments": ["oli", "tirs"],
        "start_datetime": "2022-01-01T00:00:00Z",
        "end_datetime": "2022-01-31T23:59:59Z",
    }
    record = chip(write_json(tmp_path / "x.json", item(properties=span))).record
    assert record.datetime is not None and record.datetime.day == 1
    assert record.sensor == "oli tirs" and record.gsd_m > 1000
    assert record.properties["end_datetime"] == "2022-01-31T23:59:59Z"


def test_a_scan_knows_pictures_by_their_stamps(tmp_path: Path) -> None:
    scene = tif(tmp_path / "scene.tif")
    path = write_json(tmp_path / "x.json", item())
    seen = []

    def known(source, container, stamp) -> bool:
        seen.append((source, container, stamp))
        return len(seen) == 2

    (first,) = scan_sources([path], known)
    (second,) = scan_sources([path], known)
    assert first.item is not None and second.item is None
    assert seen[0] == seen[1] and seen[0][1] is None
    assert seen[0][2].size == scene.stat().st_size
    write_json(path, item(properties={"gsd": 9.5}))
    (third,) = scan_sources([path], known)
    assert third.stamp is not None and third.stamp.beside != seen[0][2].beside
