"""A STAC API on this machine: searched, paged, its pictures read from a server."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from drawing import colours, write_raster
from products import UTM
from serving import Served, listening, serve

from rsrag.errors import ConfigError, ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import open_scene, read_chip
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.imagery.sources.urls import api_parts, source_text
from rsrag.types import Chip, Skip

pytest.importorskip("pystac_client")

REMOTE = ImageryOptions(remote=True)


class Api:
    """What the API holds, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.items: list[dict] = []
        self.asked: list[dict[str, str]] = []
        self.status = 200

    def answer(self, path: str) -> tuple[int, dict]:
        where = urlsplit(unquote(path))
        if where.path in ("", "/"):
            return 200, {
                "type": "Catalog", "id": "api", "stac_version": "1.0.0",
                "description": "x",
                "conformsTo": ["https://api.stacspec.org/v1.0.0/core",
                               "https://api.stacspec.org/v1.0.0/item-search"],
                "links": [
                    {"rel": "self", "href": self.url},
                    {"rel": "root", "href": self.url},
                    {"rel": "search", "href": f"{self.url}/search",
                     "type": "application/geo+json", "method": "GET"},
                ],
            }  # fmt: skip
        if where.path == "/search":
            asked = {k: v[0] for k, v in parse_qs(where.query).items()}
            self.asked.append(asked)
            start = int(asked.get("page", 0))
            links = []
            if start + 1 < len(self.items):
                more = where.query.replace(f"&page={start}", "") + f"&page={start + 1}"
                href = f"{self.url}/search?{more}"
                links = [{"rel": "next", "href": href, "method": "GET"}]
            page = self.items[start : start + 1]
            return self.status, {
                "type": "FeatureCollection",
                "features": page,
                "links": links,
            }
        for item in self.items:
            if where.path == f"/collections/{item['collection']}/items/{item['id']}":
                return 200, item
        return 404, {"code": 404}


@contextmanager
def running() -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, value = api.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *_: object) -> None:
            pass

    with listening(Handler) as api.url:
        yield api


def item(name: str, href: str, **more) -> dict:
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": name, "collection": "c",
        "geometry": None, "bbox": [10.2, 45.1, 10.3, 45.2],
        "properties": {"datetime": "2022-01-31T10:12:31Z", "platform": "sentinel-2a",
                       "eo:cloud_cover": 12},
        "links": [],
        "assets": {"visual": {"href": href, "type": "image/tiff", "roles": ["visual"]}},
        **more,
    }  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Served]:
    for number in range(3):
        pixels = colours(40, 40, number).transpose(2, 0, 1)
        write_raster(tmp_path / f"{number}.tif", pixels, **UTM)
    with serve(tmp_path) as served:
        yield served


@pytest.fixture
def api(files: Served) -> Iterator[Api]:
    with running() as one:
        one.items = [item(f"scene {n}", f"{files.url}/{n}.tif") for n in range(3)]
        yield one


def test_items_of_all_pages_are_scenes(api: Api) -> None:
    address = f"{api.url}/search?collections=c&limit=1"
    items = list(iter_sources([address], options=REMOTE))
    assert len(items) == 3 and all(isinstance(one, SourceItem) for one in items)
    for number, one in enumerate(items):
        assert isinstance(one, SourceItem)
        assert one.source == f"{api.url}/collections/c/items/scene%20{number}"
        scene = open_scene(one, REMOTE)
        (chip,) = scene.chips()
        scene.close()
        assert isinstance(chip, Chip)
        wanted = colours(40, 40, number)
        np.testing.assert_array_equal(chip.pixels, wanted)
        record = chip.record
        assert record.sensor == "sentinel-2a" and record.crs == "EPSG:32632"
        assert record.datetime is not None and record.datetime.year == 2022
        assert record.properties["eo:cloud_cover"] == 12
        # The index kept the address of the item: it is asked again.
        again = read_chip(record.source, record.window, REMOTE)
        np.testing.assert_array_equal(again, wanted)


def test_wishes_are_asked_of_the_server(api: Api) -> None:
    options = ImageryOptions(
        remote=True, bbox=(10, 45, 11, 46), datetime="2022-01", max_cloud=5
    )
    found = list(iter_sources([f"{api.url}/collections/c/items"], options=options))
    assert api.asked[0]["collections"] == "c"
    assert [float(v) for v in api.asked[0]["bbox"].split(",")] == [10, 45, 11, 46]
    assert api.asked[0]["datetime"].startswith("2022-01-01")
    # What a server does not know of is seen to here.
    assert [type(one) for one in found] == [Skip] * 3


def test_one_item_by_its_address(api: Api) -> None:
    (one,) = iter_sources([f"{api.url}/collections/c/items/scene%201"], options=REMOTE)
    assert isinstance(one, SourceItem) and one.source.endswith("/scene%201")


def test_it_is_asked_only_with_leave(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError) as caught:
        iter_sources([f"{api.url}/search"])
    assert "--remote" in str(caught.value.hint)
    monkeypatch.setenv("RSRAG_OFFLINE", "1")
    with pytest.raises(ImageReadError, match="OFFLINE"):
        list(iter_sources([f"{api.url}/search"], options=REMOTE))
    assert api.asked == []


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pystac_client", None)
    with pytest.raises(ConfigError) as caught:
        iter_sources(["https://example.invalid/search"], options=REMOTE)
    assert caught.value.hint == "pip install 'rsrag[stac]'"


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"assets": {}}, "no asset"),
        (
            {"assets": {"a": {"href": "file:///etc/passwd", "type": "image/tiff"}}},
            "no a",
        ),
        ({"assets": {"a": {"href": "/vsicurl/x.tif"}}}, ""),
        ({"id": 7}, "id"),
        ({"collection": None}, "collection"),
    ],
)
def test_wrong_items_are_left_out_by_name(api: Api, wrong: dict, said: str) -> None:
    api.items[1] |= wrong
    found = list(iter_sources([f"{api.url}/search?collections=c"], options=REMOTE))
    assert len(found) == 3 and isinstance(found[0], SourceItem)
    if said:
        assert isinstance(found[1], Skip) and said in found[1].reason


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_server_that_fails_is_an_error_with_its_address(
    api: Api, status: int
) -> None:
    api.status = status
    with pytest.raises(ImageReadError, match="does not answer") as caught:
        list(iter_sources([f"{api.url}/search?collections=c"], options=REMOTE))
    assert f"{api.url}/search" in str(caught.value)


def test_what_is_no_api_is_an_error_with_its_address(files: Served) -> None:
    with pytest.raises(ImageReadError, match="does not answer"):
        list(iter_sources([f"{files.url}/search"], options=REMOTE))


def test_a_search_is_kept_without_its_secrets() -> None:
    given = "https://x.org/v1/search?collections=a,b&token=secret&bbox=1,2,3,4"
    kept = source_text(given)
    assert kept == "https://x.org/v1/search?collections=a,b&bbox=1,2,3,4"
    assert source_text("https://x.org/a.tif?collections=a") == "https://x.org/a.tif"
    assert api_parts("https://x.org/a.tif") is None
    assert api_parts("https://x.org/v1/search/") == ("https://x.org/v1", None, None)
    item = "https://x.org/collections/c/items/a%2Fb"
    assert api_parts(item) == ("https://x.org", "c", "a/b")
