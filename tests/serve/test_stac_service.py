"""The STAC API: what it finds, and what it says of what cannot be."""

import json

import pytest

import rsrag
from tests.serve.conftest import asking


@pytest.fixture(scope="module")
def index(root):
    with rsrag.open("world", indexes=root / "indexes") as index:
        yield index


def ids(answer):
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.json["features"]]


def test_q_ranks_as_search_does(ask, index):
    found = ask("/search", q="white snow", collections="world", limit="5")
    hits = index.search("white snow", top_k=5)
    assert ids(found) == [hit.id for hit in hits]
    scores = [one["properties"]["rsrag:score"] for one in found.json["features"]]
    assert scores == pytest.approx([hit.score for hit in hits], abs=1e-6)


def test_several_terms_are_ored(ask, index):
    found = ask("/search", q="snow,blue sea", collections="world")
    best = {hit.id: hit.score for hit in index.search("snow")}
    for hit in index.search("blue sea"):
        best[hit.id] = max(best[hit.id], hit.score)
    for one in found.json["features"]:
        assert one["properties"]["rsrag:score"] == pytest.approx(
            best[one["id"]], abs=1e-6
        )


def test_get_and_post_find_the_same(ask):
    got = ask("/search", q="sand", bbox="0,0,15,15", limit="3", collections="dated")
    body = {
        "q": ["sand"],
        "bbox": [0, 0, 15, 15],
        "limit": 3,
        "collections": ["dated"],
    }
    assert ids(got) == ids(ask("/search", "POST", body))
    in_address = ask("/search?q=sand", "POST", {k: body[k] for k in body if k != "q"})
    assert ids(got) == ids(in_address)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"q": ["snow"]},
        {"sortby": [{"field": "properties.datetime", "direction": "desc"}]},
    ],
)
def test_pages_give_each_item_once(ask, words):
    seen, body = [], {**words, "limit": 4, "collections": ["world", "dated"]}
    for _ in range(9):
        answer = ask("/search", "POST", body)
        seen += [(one["collection"], one["id"]) for one in answer.json["features"]]
        following = [one for one in answer.json["links"] if one["rel"] == "next"]
        if not following:
            break
        body = following[0]["body"]
    assert len(seen) == len(set(seen)) == 19


def test_get_pages_by_their_links(ask):
    path, seen = "/collections/dated/items?limit=2&datetime=2021-01-01T00:00:00Z/..", []
    while path:
        answer = ask(path)
        seen += ids(answer)
        links = {one["rel"]: one["href"] for one in answer.json["links"]}
        path = links.get("next", "").removeprefix("http://localhost")
    assert len(seen) == len(set(seen)) == 6
    assert answer.json["numberMatched"] == 6


def test_similar_and_subtract(ask, index):
    chip = ids(ask("/search", q="sand", collections="world", limit="1"))[0]
    found = ask(f"/search?similar=world/{chip}&subtract=sea&collections=world")
    hits = index.search(chip=chip, subtract="sea")
    assert ids(found) == [hit.id for hit in hits]
    body = {"similar": [{"collection": "world", "id": chip, "weight": 0.5}]}
    body |= {"q": ["snow"], "q_weight": 2.0, "collections": ["world"]}
    terms = index.search(add=["2:snow"], chip=None, vector=None)
    both = ask("/search", "POST", body)
    assert ids(both) != [hit.id for hit in terms]
    assert ids(ask(f"/search?similar=0.5:world/{chip}&q=snow&q_weight=2")) == ids(
        ask("/search", "POST", {**body, "collections": ["world", "dated"]})
    )


def test_min_score_and_fields(ask):
    found = ask("/search?q=white+snow&min_score=0.5&fields=id,gsd")
    assert found.json["features"]
    for one in found.json["features"]:
        assert one.keys() == {"id", "properties"}
        assert one["properties"].keys() == {"gsd"}
    one = ask("/search?q=snow&fields=-links,-properties.gsd").json["features"][0]
    assert "links" not in one and one["geometry"]
    assert "gsd" not in one["properties"] and "datetime" in one["properties"]


def test_items_by_id_in_order(ask, index):
    known = [hit.id for hit in index.browse()]
    assert ids(ask("/collections/world/items")) == known
    one = ask(f"/collections/world/items/{known[0]}")
    assert one.json["id"] == known[0] and "rsrag:score" not in one.json["properties"]
    assert ids(ask("/search", ids=",".join(known[:2]), collections="world")) == sorted(
        known[:2]
    )


def test_a_box_across_the_antimeridian_and_an_area(ask):
    assert len(ids(ask("/search?bbox=20,-90,-170,90&collections=world"))) == 3
    area = json.dumps({"type": "Point", "coordinates": [0.5, 0.5]})
    assert len(ids(ask("/search", intersects=area, collections="world"))) == 1
    assert len(ids(ask("/search?bbox=0,0,-5,5,5,9&collections=world"))) == 1


def test_filters_over_columns_and_properties(ask):
    known = ask("/collections/world/queryables").json["properties"]
    assert known["label"] == {"type": ["string"]} and "source" not in known
    assert known == ask("/queryables").json["properties"]
    where = "label = 'snow' AND gsd >= 20 AND platform = 'S2A'"
    found = ask("/search", filter=where, collections="world")
    assert len(ids(found)) == 2
    as_json = {
        "op": "and",
        "args": [
            {"op": "=", "args": [{"property": "properties.label"}, "snow"]},
            {"op": ">=", "args": [{"property": "gsd"}, 20]},
        ],
    }
    body = {"filter": as_json, "filter-lang": "cql2-json", "collections": ["world"]}
    assert ids(ask("/search", "POST", body)) == ids(found)
    ranked = ask("/search", "POST", {**body, "q": ["sand"]})
    assert sorted(ids(ranked)) == ids(found)


def test_filters_never_read_paths(ask):
    for text in ("source LIKE '/home/%'", "label = 'a' OR NOT source IS NULL"):
        answer = ask("/search", filter=text)
        assert answer.status == 400 and "filtered by source" in answer.body.decode()


def test_limit_is_clamped(ask):
    for limit in ("1000000", "1" * 5000):
        assert len(ids(ask(f"/search?limit={limit}"))) == 19


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=", "blank"),
        ("q=a,,b", "blank"),
        ("bbox=1,2,3", "4 or 6 numbers"),
        ("bbox=1,2,3,x", "no number"),
        ("bbox=nan,0,1,1", "NaN"),
        ("bbox=0,5,1,1", "south"),
        ("bbox=0,0,1,inf", "infinity"),
        ("bbox=0,0,1,1&intersects=%7B%7D", "intersects"),
        ("intersects=%7B%22type%22:%22Circle%22%7D", "no GeoJSON"),
        ("intersects=hello", "no JSON"),
        ("datetime=1985-04-12T23:20:50,52Z", "no time"),
        ("datetime=../..", "open at both ends"),
        ("datetime=2022-01-01T00:00:00Z/2021-01-01T00:00:00Z", "ends before"),
        ("datetime=2021-02-30T00:00:00Z", "no time"),
        ("datetime=yesterday", "no time"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "twice"),
        ("min_score=2&q=a", "min_score"),
        ("dedupe=maybe", "true or false"),
        ("similar=world/none", "no chip"),
        ("similar=other/none", "not searched"),
        ("subtract=sea", "subtract"),
        ("sortby=colour", "Nothing is sorted"),
        ("token=abc", "token"),
        ("color=red", "no parameter"),
        ("filter=gsd+%3C", "CQL2"),
        ("filter=nothing+%3D+1", "nothing"),
        ("filter=gsd%3D1&filter-lang=sql", "filter-lang"),
        ("filter=gsd%3D1&filter-lang=cql2-json", "no JSON"),
        ("filter=gsd%3D1&filter-crs=EPSG:3857", "filter-crs"),
        ("filter=" + "(" * 40 + "gsd%3D1" + ")" * 40, "20"),
        ("q=" + "a" * 3000, "too long"),
    ],
)
def test_what_cannot_be_is_said(ask, query, said):
    answer = ask(f"/search?{query}")
    assert answer.status == 400, answer.body
    assert said in answer.json["description"]
    assert answer.json["code"] == "BadRequest"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "no JSON"),
        (b"[]", "no JSON object"),
        (b"\xff\xfe{}", "no UTF-8"),
        (b'{"bbox": [NaN, 0, 1, 1]}', "no number of JSON"),
        (b'{"bbox": [1e999, 0, 1, 1]}', "too large"),
        (b'{"q": ["\\ud800"]}', "half a character"),
        (b'{"intersects": ' + b"[" * 40 + b"]" * 40 + b"}", "deeper than 32"),
        (b'{"intersects": ' + b"[" * 90000 + b"]" * 90000 + b"}", "too deep"),
        (b'{"limit": true}', "limit"),
        (b'{"limit": "5"}', "limit"),
        (b'{"ids": 5}', "list of texts"),
        (b'{"fields": null}', "include, exclude"),
        (b'{"collections": [1]}', "list of texts"),
        (b'{"sortby": [{"field": "id", "direction": "up"}]}', "direction"),
        (b'{"fields": {"only": []}}', "include, exclude"),
        (b'{"similar": [{"id": "a"}]}', "similar names chips"),
        (b'{"similar": [{"collection": "world", "id": 3}]}', "texts"),
        (b'{"datetime": 5}', "datetime"),
    ],
)
def test_bodies_that_cannot_be(ask, body, said):
    answer = ask("/search", "POST", body)
    assert answer.status == 400, answer.body
    assert said in answer.json["description"]


def test_too_many_vertices(ask):
    ring = [[i / 4000, i / 9000] for i in range(12_000)]
    body = {"intersects": {"type": "LineString", "coordinates": ring}}
    assert "10,000 vertices" in ask("/search", "POST", body).json["description"]


def test_what_is_not_there(ask):
    for path in (
        "/collections/nope",
        "/collections/nope/items",
        "/collections/world/items/nope",
        "/collections/world/items/nope/thumbnail",
        "/collections/world/items/..%2f..%2fetc",
        "/collections/../../etc/passwd",
        "/collections/world%00/items",
        "/nothing",
    ):
        assert ask(path).status == 404, path
    assert ask("/search", "DELETE").status == 405
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert ask("/search", "POST", b"q=a", headers=form).status == 415


def test_a_token_is_of_its_search(ask):
    answer = ask("/search?q=snow&limit=2")
    token = answer.json["links"][-1]["href"].rpartition("token=")[2]
    assert ask(f"/search?q=snow&limit=3&token={token}").status == 200
    other = ask(f"/search?q=sand&limit=2&token={token}")
    assert other.status == 400 and "another search" in other.json["description"]


def test_a_token_of_an_index_that_was_rebuilt_is_gone(root, tmp_path):
    import shutil

    shutil.copytree(root / "indexes", tmp_path / "indexes")
    with asking(root, indexes=tmp_path / "indexes", names=["dated"]) as ask:
        answer = ask("/search?q=snow&limit=2")
        link = answer.json["links"][-1]["href"].removeprefix("http://localhost")
        own = ask.service.index("dated")
        own.update()
        assert own.manifest.generation == 2
        gone = ask(link)
        assert gone.status == 410, gone.body
        assert gone.json["hint"] == "search again"


def test_pictures(ask, index):
    import io

    import numpy as np
    from PIL import Image

    hit = index.search("snow", top_k=1)[0]
    place = f"/collections/world/items/{hit.id}"
    small = ask(f"{place}/thumbnail")
    assert Image.open(io.BytesIO(small.body)).size == (256, 256)
    again = ask(f"{place}/thumbnail", headers={"if-none-match": small.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    whole = ask(f"{place}/chip.png")
    pixels = np.asarray(Image.open(io.BytesIO(whole.body)))
    np.testing.assert_array_equal(pixels, hit.pixels())
    assert Image.open(io.BytesIO(ask(f"{place}/chip.png?size=16").body)).size == (
        16,
        16,
    )
    for wrong in ("size=0", "size=9999", "size=-1", "size=x", "width=3"):
        assert ask(f"{place}/chip.png?{wrong}").status == 400


def test_a_page_of_a_search_as_a_geopackage(root, ask, tmp_path):
    import pyogrio

    kind = {"accept": "application/geopackage+sqlite3"}
    answer = ask("/search?q=white+snow&limit=5", headers=kind)
    assert answer.headers["content-type"] == kind["accept"]
    assert str(root).encode() not in answer.body
    (tmp_path / "hits.gpkg").write_bytes(answer.body)
    frame = pyogrio.read_dataframe(tmp_path / "hits.gpkg", layer="hits")
    items = ask("/search?q=white+snow&limit=5").json["features"]
    assert frame["id"].tolist() == [one["id"] for one in items]
    assert frame["source"].iloc[0] == items[0]["properties"]["rsrag:source"]
    assert frame["thumbnail"].notna().all()
    chance = items[0]["properties"]["rsrag:probability"]
    assert frame["probability"].iloc[0] == pytest.approx(chance, abs=1e-4)
    with asking(root, anonymous="search") as few:
        assert few("/search?limit=1", headers=kind).status == 200


def test_pictures_are_for_those_who_may_see_them(root, tmp_path):
    import pyogrio

    from rsrag.serve.guard.api_keys import add_key

    _, key = add_key(tmp_path / "keys.json", "me", ["search"], None)
    kind = {"accept": "application/geopackage+sqlite3", "x-api-key": key}
    with asking(root, keys=tmp_path / "keys.json") as ask:
        answer = ask("/search?limit=2", headers=kind)
    (tmp_path / "hits.gpkg").write_bytes(answer.body)
    frame = pyogrio.read_dataframe(tmp_path / "hits.gpkg", layer="hits")
    assert len(frame) == 2 and frame["thumbnail"].isna().all()


def test_sizes_of_chips_that_cannot_be(ask, index):
    place = f"/collections/world/items/{index.browse(limit=1)[0].id}/chip.png"
    for size in ("0", "-1", "2049", "1" * 5000, "ten", "1&size=2"):
        assert ask(f"{place}?size={size}").status == 400, size[:20]


def test_scenes_stay_open_and_are_closed_when_others_come():
    import numpy as np

    from rsrag.serve.pictures.open_scenes import MOST, OpenScenes
    from rsrag.types import Window

    made = []

    class Scene:
        source, width, height, closed = "a", 8, 8, False

        def __init__(self, name):
            self.name = name
            made.append(self)

        def read_pixels(self, window):
            assert not self.closed
            return np.zeros((window.height, window.width, 3), np.uint8)

        def close(self):
            self.closed = True

    scenes = OpenScenes()
    for name in ("a", "a", "b", "a"):
        found = scenes.read(name, Window(0, 0, 4, 2), lambda name=name: Scene(name))
        assert found.shape == (2, 4, 3)
    assert [one.name for one in made] == ["a", "b"]
    for number in range(MOST):
        scenes.read(number, Window(0, 0, 1, 1), lambda number=number: Scene(number))
    assert made[0].closed and made[1].closed and not made[-1].closed
    scenes.close()
    assert all(one.closed for one in made)


def test_thumbnails_stay_within_their_bound(tmp_path):
    from rsrag.serve.pictures.served_pictures import PictureCache

    cache = PictureCache(tmp_path / "thumbs", most=100)
    for name in "abcd":
        cache.put(f"{name}.jpg", bytes(40))
        assert cache.get("a.jpg") is not None
    kept = sorted(path.name for path in (tmp_path / "thumbs").iterdir())
    assert kept == ["a.jpg", "d.jpg"] and cache.bytes == 80
    assert PictureCache(tmp_path / "thumbs", most=50).bytes == 40
    closed = PictureCache(tmp_path / "thumbs" / "d.jpg" / "x", most=100)
    closed.put("a.jpg", b"1")
    assert closed.get("a.jpg") is None


def test_encoders_are_not_mixed(root, ask, monkeypatch):
    import dataclasses

    from rsrag.serve.stac import item_search

    manifests = {}

    class Other:
        def __init__(self, dim):
            space = dataclasses.make_dataclass("Space", ["encoder"])
            one = dataclasses.make_dataclass("One", ["id", "dim"], frozen=True)
            kind = dataclasses.make_dataclass("Kind", ["image"])
            self.manifest = kind(space(one(f"encoder {dim}", dim)))

    manifests = {"a": Other(1), "b": Other(2)}
    from rsrag.serve.failures import HttpFailure
    from rsrag.serve.stac.search_words import words_of

    with pytest.raises(HttpFailure, match="encoder 1, encoder 2"):
        item_search.query_terms(manifests, words_of({"q": ["a"]}), 1)


def test_metrics_and_health(root):
    with asking(root, metrics_port=8000) as ask:
        assert ask("/healthz").json == {"status": "lives"}
        assert ask("/readyz").json["generations"] == {"dated": 1, "world": 1}
        ask("/search?limit=0")
        ask("/search?q=snow&collections=world")
        page = ask("/metrics").body.decode()
    assert 'operation="search",status="400"' in page
    assert 'rsrag_index_chips{index="world"} 10.0' in page
    assert 'rsrag_batch_size{index="world",stage="encode"} 1.0' in page
    assert 'rsrag_waiting{gate="Search"} 0.0' in page


def test_the_description_names_what_there_is(ask):
    described = ask("/api").json
    paths = {path for path in described["paths"] if "{" not in path}
    for path in paths - {"/search"}:
        for method in described["paths"][path]:
            if method == "get":
                assert ask(path).status == 200, path
    assert "/search" in ask("/docs").body.decode()
