"""The catalogue: built from JSONL, kept in the cache, and asked."""

import dataclasses
import math
import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings, strategies as st

from rsrag.errors import KnowledgeError
from rsrag.geo import EARTH_RADIUS_M, haversine_m
from rsrag.knowledge.catalogue import catalogue_base
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.catalogue_places import boxes_around, distance_m
from rsrag.knowledge.collection import Records, write_collection
from rsrag.records import Fact, Landmark, Passage, fact_id, landmark_id, passage_id
from rsrag.types import BBox


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "rsrag" / "catalogues"


def landmark(
    name: str, shape: str | None = None, *, space: str = "t", **more: object
) -> Landmark:
    wkb = None if shape is None else shapely.to_wkb(shapely.from_wkt(shape))
    ident = landmark_id(space, name)
    return Landmark(ident, name, "a book", "CC0-1.0", geometry=wkb, **more)  # type: ignore[arg-type]


def fact(
    of: Landmark,
    variable: str,
    value: str,
    period: str | None = None,
    number: float | None = None,
) -> Fact:
    ident = fact_id(of.id, variable, period, value)
    return Fact(ident, of.id, variable, value, "a book", "CC0-1.0", period, number)


def passage(text: str, of: Landmark | None = None) -> Passage:
    owner = of.id if of else None
    ident = passage_id(owner, "description", text)
    return Passage(ident, text, "description", "a book", "CC0-1.0", owner)


BAIKAL = landmark(
    "Lake Baikal",
    "POLYGON ((104 51.5, 110 54, 109.5 56, 104 51.5))",
    aliases=("Байкал",),
    category="lake",
)
TOWER = landmark("Eiffel Tower", "POINT (2.2945 48.8584)", category="tower")
LOUVRE = landmark("Louvre", "POINT (2.3364 48.8606)", category="museum")
FIJI = landmark(
    "Taveuni",
    "MULTIPOLYGON (((179.8 -17, 180 -17, 180 -16.7, 179.8 -16.7, 179.8 -17)), "
    "((-180 -17, -179.9 -17, -179.9 -16.7, -180 -16.7, -180 -17)))",
    category="island",
)
NOWHERE = landmark("Atlantis")
RECORDS = Records(
    (BAIKAL, TOWER, LOUVRE, FIJI, NOWHERE),
    (
        fact(BAIKAL, "maximum_depth", "1,642 m", None, 1642),
        fact(BAIKAL, "ndvi", "0.12", "2019-01", 0.12),
        fact(BAIKAL, "ndvi", "0.15", "2019-02", 0.15),
        fact(TOWER, "height", "330 m", None, 330),
        fact(LOUVRE, "ndvi", "0.2", "2019-01", 0.2),
        fact(LOUVRE, "ndvi", "cloudy", "2019-03"),
    ),
    (
        passage("The deepest lake of the world, in Siberia.", BAIKAL),
        passage("A museum of paintings on the Seine.", LOUVRE),
        passage("Iron tower built by engineers for a fair, near the Seine.", TOWER),
        passage("A general text on bridges and rivers."),
    ),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_collection(tmp_path / "knowledge" / "one", RECORDS)
    return tmp_path / "knowledge"


def names(landmarks: Sequence[Landmark]) -> list[str]:
    return [landmark.name for landmark in landmarks]


def test_records_come_back_as_they_were(root: Path) -> None:
    catalogue = Catalogue.open(root)
    ids = [record.id for record in RECORDS.landmarks]
    assert catalogue.landmarks(ids) == list(RECORDS.landmarks)
    assert catalogue.landmarks(ids[::-1]) == list(RECORDS.landmarks)[::-1]
    assert catalogue.passages([p.id for p in RECORDS.passages]) == list(
        RECORDS.passages
    )
    assert catalogue.facts_by_id([f.id for f in RECORDS.facts]) == list(RECORDS.facts)
    assert catalogue.landmarks([]) == []
    assert names(list(catalogue.all_landmarks(category="tower"))) == ["Eiffel Tower"]
    assert names(list(catalogue.all_landmarks(limit=3)))[1:] == [
        "Eiffel Tower",
        "Lake Baikal",
    ]


def test_several_folders_are_one_catalogue(root: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    roots = (root, second)
    assert Catalogue.open(roots).stats().landmarks == len(RECORDS.landmarks)
    with pytest.raises(KnowledgeError, match=r"no knowledge at .*second"):
        Catalogue.open((second, root))
    other = dataclasses.replace(TOWER, id="a" * 16, name="Tower of Two")
    write_collection(second / "two", Records((other,)))
    catalogue = Catalogue.open(roots)
    assert catalogue.stats().landmarks == len(RECORDS.landmarks) + 1
    assert names(catalogue.landmarks([TOWER.id, other.id])) == [
        "Eiffel Tower",
        "Tower of Two",
    ]
    write_collection(second / "one", Records((other,)))
    assert names(list(Catalogue.open(roots).all_landmarks())) == ["Tower of Two"]
    turned = Catalogue.open((second, root))
    assert turned.stats().landmarks == len(RECORDS.landmarks) + 1


def test_unknown_ids_raise(root: Path) -> None:
    catalogue = Catalogue.open(root)
    with pytest.raises(KnowledgeError, match="ffffffffffffffff"):
        catalogue.landmarks([TOWER.id, "f" * 16])
    with pytest.raises(KnowledgeError, match="passage"):
        catalogue.passages(["f" * 16])


def test_facts(root: Path) -> None:
    catalogue = Catalogue.open(root)
    assert [f.value for f in catalogue.facts(BAIKAL.id, "ndvi")] == ["0.12", "0.15"]
    (one,) = catalogue.facts(BAIKAL.id, "ndvi", "2019-02")
    assert one == RECORDS.facts[2]
    assert catalogue.facts(BAIKAL.id, "ndvi", "2020-02") == []
    assert catalogue.facts("f" * 16) == []
    assert [f.value for f in catalogue.facts_of("ndvi")] == [
        "0.2",
        "0.15",
        "0.12",
        "cloudy",
    ]
    held = {fact.variable for fact in catalogue.facts(BAIKAL.id)}
    assert held == {"maximum_depth", "ndvi"}
    assert set(catalogue.stats().by_variable) == {"height", "maximum_depth", "ndvi"}


def test_names(root: Path) -> None:
    catalogue = Catalogue.open(root)
    assert names(catalogue.named("the EIFFEL tower")) == ["Eiffel Tower"]
    assert names(catalogue.named("байкал")) == ["Lake Baikal"]
    assert catalogue.named("Eiffel") == []
    assert catalogue.named("") == []
    (mention,) = catalogue.mentions("What is the NDVI of Lake Baikal in March 2019?")
    assert (mention.surface, mention.whole) == ("Lake Baikal", True)
    assert mention.landmark_ids == (BAIKAL.id,)
    (part,) = catalogue.mentions("Where is the Louvre Abu Dhabi?")
    assert not part.whole
    assert catalogue.mentions("") == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Lake Bikal", "Lake Baikal"),
        ("eifel tower", "Eiffel Tower"),
        ("Eiffel", "Eiffel Tower"),
        ("Luvre", "Louvre"),
        ("taveuni island", "Taveuni"),
    ],
)
def test_similar(root: Path, typed: str, name: str) -> None:
    found = Catalogue.open(root).similar(typed)
    assert found[0][0].name == name
    assert 0.6 < found[0][1] < 1
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)


def test_similar_to_nothing(root: Path) -> None:
    catalogue = Catalogue.open(root)
    assert catalogue.similar("") == []
    assert catalogue.similar("?!") == []
    assert catalogue.similar("qqqqq") == []
    assert catalogue.similar("Louvre")[0] == (LOUVRE, 1.0)
    assert len(catalogue.similar("e", limit=1)) <= 1


def test_bm25_finds_by_words(root: Path) -> None:
    catalogue = Catalogue.open(root)
    ids = [p.id for p in RECORDS.passages]
    assert catalogue.bm25("deep lakes of Siberia", 5)[0][0] == ids[0]
    assert catalogue.bm25("bridge", 5)[0][0] == ids[3], "stems are compared"
    seine = catalogue.bm25("the Seine", 5)
    assert {ident for ident, _ in seine} == {ids[1], ids[2]}
    assert seine[0][1] >= seine[1][1] > 0
    assert [i for i, _ in catalogue.bm25("Seine", 5, landmark_id=TOWER.id)] == [ids[2]]
    assert catalogue.bm25("Seine", 5, landmark_id=BAIKAL.id) == []
    assert catalogue.bm25("Louvre", 5)[0][0] == ids[1], "the landmark's name counts"
    assert len(catalogue.bm25("Seine", 1)) == 1
    assert catalogue.bm25("zebra", 5) == []


def test_bm25_scores_are_those_of_the_formula(tmp_path: Path) -> None:
    texts = ["red red stone", "red house", "blue house stone wall", "green"]
    passages = [passage(text) for text in texts]
    write_collection(tmp_path / "k", Records((), (), tuple(passages)))
    found = dict(Catalogue.open(tmp_path / "k").bm25("red", 9))
    # Robertson's BM25 with k1 = 1.2, b = 0.75, as SQLite documents it.
    idf = math.log((4 - 2 + 0.5) / (2 + 0.5))
    assert idf == 0  # half of the texts have it: SQLite sets a floor of 1e-6
    mean = (3 + 2 + 4 + 1) / 4
    for text, record in zip(texts[:2], passages[:2], strict=True):
        count, length = text.split().count("red"), len(text.split())
        norm = count + 1.2 * (0.25 + 0.75 * length / mean)
        assert found[record.id] == pytest.approx(1e-6 * count * 2.2 / norm)


def test_facts_by_words(root: Path) -> None:
    others = [landmark(f"Place {number}") for number in range(20)]
    filler = [fact(other, "population", f"{n}") for n, other in enumerate(others)]
    write_collection(root / "two", Records(tuple(others), tuple(filler)))
    catalogue = Catalogue.open(root)
    best, _ = catalogue.bm25_facts("baikal NDVI January 2019", 3)[0]
    assert best == RECORDS.facts[1].id
    assert catalogue.bm25_facts("height of the tower", 3)[0][0] == RECORDS.facts[3].id


@pytest.mark.parametrize(
    "text",
    ['"*( NEAR', "a AND b OR NOT", "text:lake", "^lake", '""', "'; drop table facts",
     "*", "NEAR(lake tower, 2)", "lake*", "-lake", "\0", "{lake} + tower",
     "?1 :a $b", "ÿ" * 5000],
)  # fmt: skip
def test_texts_are_no_query_language(root: Path, text: str) -> None:
    catalogue = Catalogue.open(root)
    for ask in (catalogue.bm25, catalogue.bm25_facts, catalogue.similar):
        assert isinstance(ask(text, 3), list)
    catalogue.mentions(text)
    catalogue.named(text)
    assert len(catalogue.landmarks([TOWER.id])) == 1


def test_inside(root: Path) -> None:
    catalogue = Catalogue.open(root)
    assert names(catalogue.inside(BBox(2.2, 48.8, 2.4, 48.9))) == [
        "Eiffel Tower",
        "Louvre",
    ]
    assert names(catalogue.inside(BBox(2.3, 48.8, 2.4, 48.9))) == ["Louvre"]
    # The corner of its box that the lake does not reach.
    assert catalogue.inside(BBox(104.1, 55.5, 104.2, 55.9)) == []
    assert names(catalogue.inside(BBox(100, 50, 112, 60))) == ["Lake Baikal"]
    assert names(catalogue.inside(BBox(-180, -90, 180, 90))) == [
        "Eiffel Tower",
        "Louvre",
        "Taveuni",
        "Lake Baikal",
    ]
    assert len(catalogue.inside(BBox(-180, -90, 180, 90), limit=2)) == 2
    disc = shapely.Point(2.3364, 48.8606).buffer(0.01)
    assert names(catalogue.inside(disc)) == ["Louvre"]


@pytest.mark.parametrize(
    "box",
    [
        BBox(179.5, -17.5, -179.5, -16),
        BBox(179.85, -16.9, 179.9, -16.8),
        BBox(-179.95, -16.9, -179.94, -16.8),
        BBox(-180, -16.9, -179.99, -16.8),
    ],
)
def test_inside_across_the_antimeridian(root: Path, box: BBox) -> None:
    assert names(Catalogue.open(root).inside(box)) == ["Taveuni"]


def test_points_on_the_antimeridian(tmp_path: Path) -> None:
    east, west = landmark("East", "POINT (180 10)"), landmark("West", "POINT (-180 10)")
    write_collection(tmp_path / "k", Records((east, west)))
    catalogue = Catalogue.open(tmp_path / "k")
    for box in (BBox(179, 9, 180, 11), BBox(-180, 9, -179, 11), BBox(179, 9, -179, 11)):
        assert sorted(names(catalogue.inside(box))) == ["East", "West"]
    for lon in (-180.0, 180.0, 179.999, -179.999):
        assert len(catalogue.near(lon, 10, 1000)) == 2


def test_near(root: Path) -> None:
    catalogue = Catalogue.open(root)
    found = catalogue.near(2.2945, 48.8584, 10_000)
    assert names([mark for mark, _ in found]) == ["Eiffel Tower", "Louvre"]
    assert found[0][1] == 0
    assert found[1][1] == pytest.approx(haversine_m(2.2945, 48.8584, 2.3364, 48.8606))
    assert names([m for m, _ in catalogue.near(2.2945, 48.8584, 3_000)]) == [
        "Eiffel Tower"
    ]
    assert len(catalogue.near(2.2945, 48.8584, 10_000, limit=1)) == 1
    ((inside, away),) = catalogue.near(108, 53.5, 1)
    assert (inside.name, away) == ("Lake Baikal", 0)
    ((island, away),) = catalogue.near(-179.8, -16.8, 50_000)
    assert island.name == "Taveuni"
    assert away == pytest.approx(haversine_m(-179.8, -16.8, -179.9, -16.8), rel=1e-3)
    assert catalogue.near(0, 0, 1000) == []
    assert len(catalogue.near(0, 0, 21_000_000)) == 4


LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)


@given(LON, LAT, LON, LAT)
def test_points_are_found_at_their_distance(
    lon: float, lat: float, x: float, y: float
) -> None:
    away = haversine_m(lon, lat, x, y)
    boxes = boxes_around(lon, lat, away)
    assert any(
        b.west - 1e-6 <= x + turn <= b.east + 1e-6
        and b.south - 1e-6 <= y <= b.north + 1e-6
        for b in boxes
        for turn in (-360, 0, 360)
    )


@given(LON, LAT, st.floats(-175, 170), st.floats(-80, 75), st.floats(0.01, 5))
def test_distance_to_a_box(
    lon: float, lat: float, west: float, south: float, size: float
) -> None:
    east, north = west + size, south + size
    away = distance_m(shapely.box(west, south, east, north), lon, lat)
    if west <= lon <= east and south <= lat <= north:
        assert away == 0
        return
    # Brute force: points all along the edge.
    steps = [i / 400 for i in range(401)]
    edge = [(west + size * t, y) for t in steps for y in (south, north)]
    edge += [(x, south + size * t) for t in steps for x in (west, east)]
    nearest = min(haversine_m(lon, lat, x, y) for x, y in edge)
    step = math.radians(size / 400) * EARTH_RADIUS_M
    if nearest < 15_000_000:
        assert away == pytest.approx(nearest, rel=0.01, abs=step)


def test_poles() -> None:
    cap = shapely.box(-180, 80, 180, 90)
    assert distance_m(cap, 12, 90) == 0
    degree = math.radians(1) * EARTH_RADIUS_M
    assert distance_m(cap, 12, 79) == pytest.approx(degree, rel=0.01)
    road = shapely.LineString([(0, 89), (179, 89)])
    assert distance_m(road, 90, 90) == pytest.approx(degree, rel=0.01)
    assert distance_m(shapely.Point(180, 89), 0, 89) == pytest.approx(
        2 * degree, rel=0.01
    )


def test_two_collections_are_one_catalogue(root: Path) -> None:
    other = landmark("Louvre", "POINT (2.34 48.86)", space="other")
    write_collection(
        root / "two", Records((other,), (), (passage("Glass pyramid.", other),))
    )
    catalogue = Catalogue.open(root)
    assert {mark.id for mark in catalogue.named("Louvre")} == {LOUVRE.id, other.id}
    (mention,) = catalogue.mentions("Where is the Louvre?")
    assert set(mention.landmark_ids) == {LOUVRE.id, other.id}
    stats = catalogue.stats()
    assert stats.by_collection == {"one": 5, "two": 1}
    assert names(list(catalogue.all_landmarks(collection="two"))) == ["Louvre"]
    assert len(list(Catalogue.open(root / "two").all_landmarks())) == 1


def test_a_record_in_two_collections_counts_once(root: Path) -> None:
    write_collection(root / "two", Records((TOWER,), (RECORDS.facts[3],)))
    catalogue = Catalogue.open(root)
    assert len(catalogue.named("Eiffel Tower")) == 1
    assert len(catalogue.facts(TOWER.id)) == 1


def test_facts_may_stand_apart_from_their_landmarks(root: Path) -> None:
    extra = fact(TOWER, "opened", "1889")
    write_collection(root / "another", Records((), (extra,)))
    assert extra in Catalogue.open(root).facts(TOWER.id)


def test_stats(root: Path) -> None:
    stats = Catalogue.open(root).stats()
    assert (stats.landmarks, stats.facts, stats.passages) == (5, 6, 4)
    assert stats.by_variable == {"ndvi": 4, "height": 1, "maximum_depth": 1}
    assert stats.by_category == {"island": 1, "lake": 1, "museum": 1, "tower": 1}
    assert stats.by_chunk_type == {"description": 4}
    assert stats.by_source == {"a book": 15}
    assert stats.by_licence == {"CC0-1.0": 15}


@pytest.mark.parametrize("make", [False, True])
def test_no_knowledge(tmp_path: Path, make: bool) -> None:
    root = tmp_path / "nothing"
    if make:
        root.mkdir()
    with pytest.raises(KnowledgeError) as caught:
        Catalogue.open(root)
    assert "rsrag knowledge import" in str(caught.value.hint)


def test_a_fact_of_no_landmark(tmp_path: Path) -> None:
    write_collection(tmp_path / "k", Records((), (fact(TOWER, "height", "330 m"),)))
    with pytest.raises(KnowledgeError, match=TOWER.id):
        Catalogue.open(tmp_path / "k")


def test_empty_collection(tmp_path: Path) -> None:
    (tmp_path / "k").mkdir()
    (tmp_path / "k" / "landmarks.jsonl").touch()
    catalogue = Catalogue.open(tmp_path / "k")
    assert catalogue.stats().landmarks == 0
    assert catalogue.bm25("anything", 3) == catalogue.similar("anything") == []
    assert catalogue.near(0, 0, 1e7) == []


def only(cache: Path) -> Path:
    (path,) = cache.iterdir()
    return path


def test_a_second_open_builds_nothing(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Catalogue.open(root).close()
    before = only(cache).stat().st_mtime_ns

    def refuse(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(catalogue_base, "build", refuse)
    assert Catalogue.open(root).stats().landmarks == 5
    assert only(cache).stat().st_mtime_ns == before


def test_a_change_is_seen(root: Path, cache: Path) -> None:
    first = Catalogue.open(root)
    assert first.stats().landmarks == 5
    write_collection(root / "one", Records((TOWER,)))
    second = Catalogue.open(root)
    assert second.stats().landmarks == 1
    assert second.fingerprint != first.fingerprint
    assert only(cache)
    # The old one is still whole for who has it open, in other threads too.
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: first.stats().landmarks, range(12)))
    assert counts == [5] * 12


def test_killed_builds_are_cleared_away(root: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    old, new = cache / ".tmp1234.x.sqlite", cache / ".tmp5678.x.sqlite"
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    Catalogue.open(root)
    assert not old.exists()
    assert new.exists(), "another process may be at it"


def test_fingerprint_is_of_the_content(root: Path, tmp_path: Path) -> None:
    first = Catalogue.open(root).fingerprint
    for path in root.rglob("*.jsonl"):
        os.utime(path, (1, 1))
    assert Catalogue.open(root).fingerprint == first
    write_collection(tmp_path / "copy" / "one", RECORDS)
    assert Catalogue.open(tmp_path / "copy").fingerprint == first


def damage_head(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 1000)


def damage_empty(path: Path) -> None:
    path.write_bytes(b"")


def damage_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def damage_inside(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8192:] = bytes(len(data) - 8192)
    path.write_bytes(data)


def damage_tables(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("create table other(x)")
    db.close()


@pytest.mark.parametrize(
    "damage", [damage_head, damage_empty, damage_short, damage_inside, damage_tables]
)
def test_a_damaged_file_is_built_again(root: Path, cache: Path, damage) -> None:
    Catalogue.open(root).close()
    damage(only(cache))
    catalogue = Catalogue.open(root)
    assert catalogue.landmarks([TOWER.id]) == [TOWER]
    assert catalogue.bm25("Seine", 5)
    assert names(catalogue.inside(BBox(2.3, 48.8, 2.4, 48.9))) == ["Louvre"]


def test_damage_while_open(root: Path, cache: Path) -> None:
    catalogue = Catalogue.open(root)
    page = 8192
    data = bytearray(only(cache).read_bytes())
    for start in range(page, len(data), page):
        data[start : start + page] = b"\xff" * page
    only(cache).write_bytes(data)
    assert catalogue.passages_of(TOWER.id) == [RECORDS.passages[2]]
    assert catalogue.bm25("Seine", 5)


def test_a_closed_catalogue_says_so(root: Path) -> None:
    catalogue = Catalogue.open(root)
    catalogue.close()
    with pytest.raises(KnowledgeError, match="closed"):
        catalogue.stats()


def test_a_cache_that_cannot_be_written(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(KnowledgeError, match="cannot be made") as caught:
        Catalogue.open(root)
    assert "XDG_CACHE_HOME" in str(caught.value.hint)


def test_many_threads_and_many_builders(root: Path, cache: Path) -> None:
    def work(number: int) -> tuple[int, int, str]:
        catalogue = Catalogue.open(root)
        found = len(catalogue.bm25("Seine", 5)), len(catalogue.facts(BAIKAL.id))
        name = catalogue.mentions("Is Lake Baikal deep?")[0].surface
        catalogue.close()
        return (*found, name)

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(work, range(24))) == {(2, 3, "Lake Baikal")}
    assert only(cache)
    shared = Catalogue.open(root)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: shared.bm25("Seine museum", 5), range(60)))
    assert all(one == found[0] for one in found)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(max_size=80))
def test_hostile_questions(text: str) -> None:
    catalogue = shared_catalogue()
    for mention in catalogue.mentions(text):
        assert text[mention.start : mention.end] == mention.surface
    catalogue.bm25(text, 3)
    catalogue.bm25_facts(text, 3)
    assert all(0 <= score <= 1 for _, score in catalogue.similar(text))


_SHARED: list[Catalogue] = []


def shared_catalogue() -> Catalogue:
    if not _SHARED:
        import tempfile

        folder = Path(tempfile.mkdtemp()) / "k"
        write_collection(folder, RECORDS)
        _SHARED.append(Catalogue.open(folder))
    return _SHARED[0]
