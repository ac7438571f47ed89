"""An index in Python: searched, looked through, kept up to date, written out."""

import json
import shutil
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

import rsrag
from rsrag.errors import ConfigError, IndexNotFoundError, QueryError, StoreError
from tests.commands.known_places import textured


def names(hits) -> list[str]:
    return [hit.file_name for hit in hits]


def test_an_index_knows_itself(index, root) -> None:
    assert (len(index), index.dim, index.name) == (10, 256, "world")
    assert index.manifest.image.encoder.id == "mini"
    assert repr(index) == f"<index 'world' in {root / 'indexes'}>"


def test_a_search_by_text(index) -> None:
    hits = index.search("white snow", top_k=3)
    assert len(hits) == 3 and {name[:4] for name in names(hits)} == {"snow"}
    assert [hit.score for hit in hits] == sorted((h.score for h in hits), reverse=True)
    assert repr(hits) == "<3 hits of 'white snow' in 'world'>"
    assert names(hits[1:]) == names(hits)[1:] and hits[1:].title == "white snow"
    assert str(hits).splitlines()[0].split() == [
        *("RANK", "SCORE", "PROB", "PLACE", "LAT", "LON", "DATE", "GSD", "SOURCE"),
    ]


def test_a_hit_is_typed(index, root) -> None:
    (hit,) = index.search("a desert of sand", sensor="S2B", datetime="2020", top_k=1)
    assert hit.source == str(root / "archive" / "sand-0.png")
    assert hit.window == (0, 0, 64, 64) and hit.bbox == (0, 0, 1, 1)
    assert hit.footprint.equals(shapely.box(0, 0, 1, 1))
    assert (hit.gsd_m, hit.sensor, hit.datetime.year) == (10, "S2B", 2020)
    assert hit.properties["label"] == "sand"
    assert np.array_equal(np.asarray(hit.image()), np.asarray(textured_sand(0)))


def textured_sand(seed: int):
    from tests.commands.known_places import COLOURS

    return textured(COLOURS["sand"], seed)


def test_pictures_in_any_form_find_the_same(index, root, sand) -> None:
    path = root / "archive" / "sand-1.png"
    wanted = index.search(image=path)
    assert names(wanted)[0] == "sand-1.png" and wanted.title == "sand-1.png"
    for given in (str(path), sand, np.asarray(sand), wanted[0], [path]):
        assert names(index.search(image=given)) == names(wanted)
    assert names(index.search(chip=wanted[0])) == names(wanted)
    assert names(index.search(chip=wanted[0].id, top_k=3)) == names(wanted)[:3]
    with index.use() as generation:
        vector = generation.store.fetch([wanted[0].id])
    assert names(index.search(vector=vector)) == names(wanted)


def test_terms_are_added_and_taken_away(index, root) -> None:
    both = index.search("snow", add="0.5:water", subtract=["0.5:sand"])
    assert both.title == "snow + 0.5 × water − 0.5 × sand"
    picture = index.search(add=f"2:@{root}/archive/sea-0.png", top_k=1)
    assert names(picture) == ["sea-0.png"]


FILTERS = [
    ({"bbox": (9, -1, 11, 30)}, 3),
    ({"bbox": rsrag.BBox(9, -1, 11, 30), "gsd": "15..25"}, 3),
    ({"intersects": shapely.box(-1, -1, 2, 2)}, 1),
    ({"intersects": shapely.to_geojson(shapely.box(-1, -1, 2, 2))}, 1),
    ({"intersects": json.loads(shapely.to_geojson(shapely.box(-1, -1, 2, 2)))}, 1),
    ({"datetime": "2021"}, 3),
    ({"datetime": "2021-01-01/.."}, 6),
    ({"sensor": ["S2A", "S2B"]}, 9),
    ({"sensor": "S2B", "gsd": 10}, 3),
    ({"gsd": (None, 20)}, 6),
    ({"max_nodata": 0}, 10),
    ({"where": rsrag.Filter(keywords={"sensor": frozenset({"S2B"})})}, 3),
    ({}, 10),
]


@pytest.mark.parametrize(("words", "count"), FILTERS)
def test_filters_mean_the_same_everywhere(index, words, count) -> None:
    assert index.count(**words) == count
    assert len(index.search("land", top_k=100, **words)) == count
    listed = index.browse(**words)
    assert len(listed) == count and {hit.score for hit in listed} <= {0.0}
    assert list(index.to_geopandas(**words)["id"]) and count == len(
        index.to_geopandas(**words)
    )


def test_pages_give_every_chip_once(index) -> None:
    first = index.browse(limit=4)
    second = index.browse(limit=4, after=first[-1])
    third = index.browse(limit=4, after=second[-1].id)
    every = [hit.id for page in (first, second, third) for hit in page]
    assert len(every) == 10 and every == sorted(set(every))
    assert not index.browse(after=every[-1])


def test_chips_by_id(index) -> None:
    hits = index.search("land", top_k=2)
    chip = index.get(hits[0].id)
    assert chip.source == hits[0].source and chip.score == 0
    ids = [hits[1].id, hits[0].id]
    assert [chip.id for chip in index.get(ids)] == ids
    with pytest.raises(StoreError, match="0123"):
        index.get("0123")


def test_frames_and_geojson(index) -> None:
    hits = index.search("land", top_k=10)
    frame = hits.to_geopandas()
    assert frame.crs == "EPSG:4326" and list(frame["rank"]) == list(range(1, 11))
    assert list(frame["id"]) == [hit.id for hit in hits]
    assert frame.geometry.isna().sum() == 1 and frame["width"].eq(64).all()
    every = index.to_geopandas()
    assert every.crs == "EPSG:4326" and len(every) == 10
    own = {"rank", "score", "probability", "place"}
    assert set(frame.columns) - set(every.columns) == own
    assert index.search("land", sensor="none").to_geopandas().empty
    assert index.to_geopandas(sensor="none").empty
    features = hits.to_geojson()["features"]
    assert [one["id"] for one in features] == [hit.id for hit in hits]


def test_a_notebook_shows_hits(own) -> None:
    (own / "archive" / "sand-0.png").rename(own / "archive" / "<b>'sand'.png")
    with rsrag.open("world", indexes=own / "indexes") as index:
        index.update()
        (own / "archive" / "sand-1.png").unlink()
        page = index.search("<script>sand</script>", top_k=10)._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;sand" in page
    assert "&lt;b&gt;&#x27;sand&#x27;.png" in page
    assert page.count("data:image/jpeg;base64,") == 9
    assert page.count("is no longer there") == 1


def test_maps_and_sheets(index, tmp_path) -> None:
    hits = index.search("snow", top_k=3)
    assert hits.to_map(tmp_path / "map.html") == 0
    assert hits.to_contact_sheet(tmp_path / "sheet.png") == 0
    assert "<html" in (tmp_path / "map.html").read_text()[:300].lower()
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ConfigError, match="picture"):
        hits.to_contact_sheet(tmp_path / "sheet.pdf")


def test_an_open_index_sees_its_update(own) -> None:
    shown = []
    with rsrag.open("world", indexes=own / "indexes") as index:
        assert index.count() == 10
        textured((250, 0, 0), 7).save(own / "archive" / "red.png")
        assert index.update(dry_run=True).sources is not None
        assert index.count() == 10 and index.manifest.generation == 1
        index.update(progress=lambda stage, done, skipped: shown.append(stage))
        assert index.count() == 11 and index.manifest.generation == 2
        assert names(index.search(image=own / "archive" / "red.png", top_k=1)) == [
            "red.png"
        ]
        assert "encode" in shown


def test_verify_and_export(own, tmp_path) -> None:
    with rsrag.open("world", indexes=own / "indexes") as index:
        assert {finding.severity for finding in index.verify().findings} <= {"ok"}
        out = tmp_path / "out.parquet"
        assert index.export(out, sensor="S2B").chips == 3
        assert len(geopandas.read_parquet(out)) == 3
        with pytest.raises(ConfigError, match="export format"):
            index.export(tmp_path / "folder")
        parts = own / "indexes" / "world" / "generations" / "000001" / "parts"
        next(parts.rglob("*.parquet")).write_bytes(b"PAR1")
        assert "problem" in {finding.severity for finding in index.verify().findings}


def test_all_chips_are_labelled(index) -> None:
    found = index.classify(["sand desert", "snow", "sea water"], transductive=True)
    assert len(found.results) == 10 and sum(count for _, count in found.counts()) == 10


def test_an_index_is_opened_by_its_path(root, monkeypatch) -> None:
    for given in (root / "indexes" / "world", str(root / "indexes" / "world")):
        with rsrag.open(given) as index:
            assert index.name == "world"
    monkeypatch.setenv("RSRAG_INDEXES", str(root / "indexes"))
    with rsrag.open() as index:
        assert index.name == "world"
    with pytest.raises(IndexNotFoundError, match="There are: world"):
        rsrag.open("word")


def test_what_was_closed_says_so(root, own) -> None:
    with rsrag.open("world", indexes=root / "indexes") as index:
        hits = index.search("sand", top_k=1)
    for ask in (lambda: index.search("sand"), index.count, lambda: len(index)):
        with pytest.raises(QueryError, match="index 'world' was closed") as caught:
            ask()
        assert caught.value.hint == "open it again"
    assert hits[0].image().size == (64, 64)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ({"topk": 3}, "search takes no 'topk'", "did you mean top_k?"),
        ({"datetim": "2020"}, "search takes no 'datetim'", "did you mean datetime?"),
        ({"colour": "red"}, "search takes no 'colour'", "query, image"),
        ({"top_k": 0}, "top_k is 0", None),
        ({"top_k": "3"}, "top_k is '3'", None),
        ({"min_score": "high"}, "min_score is 'high'", None),
        ({"bbox": "1,2,3,4"}, "bbox is '1,2,3,4'", None),
        ({"bbox": (1, 2, 3)}, "four numbers", "order is W S E N"),
        ({"intersects": 7}, "intersects is int", "GeoJSON"),
        ({"datetime": 2020}, "2020 is no date", "--datetime"),
        ({"gsd": "fine"}, "gsd 'fine' is not a range", "0.5..10"),
        ({"max_nodata": "much"}, "max_nodata is much", None),
        ({"bbox": (0, 0, 1, 1), "intersects": "x"}, "two answers", "one of them"),
        ({"where": rsrag.Filter(), "gsd": 10}, "where or gsd", None),
        ({"image": 7}, "int is no picture", "Pillow"),
        ({"image": np.zeros((2, 2, 3))}, "float64 is no picture", "uint8"),
        ({"query": 7}, "query is int", "image="),
        ({"vector": [1.0, 2.0]}, "takes one vector of 256", None),
    ],
)
def test_wrong_words_are_explained(index, words, message, hint) -> None:
    with pytest.raises(rsrag.RsragError, match=message) as caught:
        index.search(**{"query": "sand", **words})
    assert hint is None or hint in caught.value.hint


def test_too_many_words(index) -> None:
    with pytest.raises(QueryError, match="too many positional") as caught:
        index.search("sand", "snow")
    assert caught.value.hint.startswith("it takes query, image")


def test_builds_take_several_sources_and_bands(tmp_path, root) -> None:
    folder = Path(shutil.copytree(root / "archive", tmp_path / "some"))
    sources = [folder / "sand-0.png", str(folder / "sea-0.png")]
    with rsrag.build(
        sources, name="two", chip_size=32, stride=32, indexes=tmp_path / "indexes"
    ) as index:
        assert len(index) == 8
    with pytest.raises(QueryError, match="build cannot be called so"):
        rsrag.build(folder)
    with pytest.raises(QueryError, match="build takes no 'chipsize'"):
        rsrag.build(folder, name="x", chipsize=3)
