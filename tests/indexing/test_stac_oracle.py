"""What is exported as STAC, read and validated by pystac; and pystac's, read by us."""

import datetime as dt
import json
from pathlib import Path

import pystac
import pytest
from pystac.validation import validate_dict
from test_export import directory as directory, run

from rsrag.imagery.catalogues.stac_documents import read_items
from rsrag.indexing.exports.export_run import export_index
from rsrag.indexing.exports.export_stac import write_stac


@pytest.fixture(params=["a file for each item", "a line for each item"])
def exported(directory, tmp_path, request):
    """The folder of an export of ten chips, and its items as pystac reads them."""
    out = tmp_path / "stac"
    single = 10 if request.param == "a file for each item" else 0
    export_index(directory, "stac", out, lambda p, t, s: write_stac(p, t, s, single))
    if single:
        return out, list(
            pystac.Catalog.from_file(out / "catalog.json").get_items(recursive=True)
        )
    lines = (out / "items.ndjson").read_text().splitlines()
    return out, [pystac.Item.from_dict(json.loads(line)) for line in lines]


def test_every_object_is_valid_by_the_core_schemas(exported):
    out, items = exported
    assert len(items) == 10
    read = [
        pystac.read_file(out / f"{name}.json") for name in ("catalog", "collection")
    ]
    for one in (*items, *read):
        # The core's schemas come with pystac, of the version that it writes; those of
        # extensions lie on servers.
        assert validate_dict(one.to_dict(transform_hrefs=False), extensions=[])


def test_the_validator_refuses_what_is_wrong(exported):
    """Or the test above would pass for nothing."""
    _, (item, *_) = exported
    broken = item.to_dict(transform_hrefs=False)
    broken["properties"]["datetime"] = 2020
    with pytest.raises(pystac.errors.STACValidationError):
        validate_dict(broken, extensions=[])


def test_pystac_finds_the_tree_and_its_facts(directory, tmp_path):
    run(directory, "stac", tmp_path / "stac")
    catalog = pystac.Catalog.from_file(tmp_path / "stac" / "catalog.json")
    (collection,) = catalog.get_children()
    assert isinstance(collection, pystac.Collection)
    items = {item.id: item for item in collection.get_items()}
    dated = [item for item in items.values() if item.datetime is not None]
    assert len(items) == 10 and len(dated) == 9
    first, last = collection.extent.temporal.intervals[0]
    assert first <= min(item.datetime for item in dated)
    assert last is None or last >= max(item.datetime for item in dated)
    for item in items.values():
        assert item.get_collection().id == collection.id
        assert Path(item.assets["embeddings"].get_absolute_href()).is_file()


def test_what_pystac_writes_is_read_as_it_was_meant(tmp_path):
    catalog = pystac.Catalog("c", "made by pystac")
    extent = pystac.Extent(
        pystac.SpatialExtent([[0, 0, 1, 1]]), pystac.TemporalExtent([[None, None]])
    )
    collection = pystac.Collection("scenes", "inside", extent)
    catalog.add_child(collection)
    when = dt.datetime(2023, 5, 1, 10, tzinfo=dt.UTC)
    outline = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    for number in range(3):
        item = pystac.Item(f"s{number}", outline, [0, 0, 1, 1], when, {"gsd": 10.0})
        item.add_asset("visual", pystac.Asset("a.tif", media_type="image/tiff"))
        collection.add_item(item)
    catalog.normalize_and_save(str(tmp_path), pystac.CatalogType.SELF_CONTAINED)
    found = list(read_items(tmp_path / "catalog.json"))
    assert [one.item.text("id") for one in found] == ["s0", "s1", "s2"]
    for one in found:
        properties = one.item.values["properties"]
        assert properties["datetime"] == "2023-05-01T10:00:00Z"
        assert list(one.item.values["assets"]) == ["visual"]
