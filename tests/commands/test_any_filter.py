"""Filters on anything, lists without a query, and what an index holds."""

import json

import pytest
from test_search_command import hits_of, names


def listed(run, *words: str) -> list[dict]:
    code, out, err = run("list", "world", *words, "--json")
    assert code == 0, err
    return json.loads(out)


def stems(hits: list[dict]) -> list[str]:
    return [hit["source"].rsplit("/", 1)[1].removesuffix(".png") for hit in hits]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--filter", "label = 'sand'"), 3),
        (("--filter", "LABEL = 'Sand'"), 3),
        (("--filter", "label <> 'sand'"), 6),
        (("--filter", "NOT label = 'sand'"), 6),
        (("--filter", "label IS NULL"), 1),
        (("--filter", "label LIKE 's%' AND gsd < 20"), 3),
        (("--filter", "label IN ('sand', 'snow') AND gsd_m BETWEEN 20 AND 30"), 4),
        (("--filter", "sensor = 'sentinel-2'"), 9),
        (("--filter", "sensor <> 'Sentinel-2A'"), 3),
        (("--filter", "datetime > DATE('2021-12-31')"), 3),
        (("--filter", "datetime >= '2021'"), 6),
        (("--filter", "T_BEFORE(datetime, DATE('2021-01-01'))"), 3),
        (("--filter", "T_DURING(datetime, INTERVAL('2021-01-01', '..'))"), 6),
        (("--filter", "S_INTERSECTS(geometry, BBOX(9, -1, 12, 2))"), 1),
        (("--filter", "S_DISJOINT(geometry, BBOX(9, -1, 12, 2))"), 8),
        (
            (
                "--filter",
                '{"op": "=", "args": [{"property": "label"}, "snow"]}',
            ),
            3,
        ),
        (("--exclude", "sand-*"), 7),
        (("--exclude", "sand-*", "--exclude", "snow-1.png"), 6),
        (("--placed",), 9),
        (("--unplaced",), 1),
        (("--near", "10.5,0.5", "--radius", "10"), 1),
        (("--near", "10.5,0.5", "--radius", "600"), 1),
        (("--near", "-10.5,0.5", "--radius", "1700"), 2),
        (("--filter", " AND ".join(["gsd_m > 1"] * 60)), 9),
    ],
)
def test_filters(run, words, count) -> None:
    found = hits_of(run, "land", "-k", "99", *words)
    assert len(found) == count
    assert {hit["id"] for hit in listed(run, *words)} == {hit["id"] for hit in found}


def test_conditions_meet(run) -> None:
    words = ("--filter", "label = 'sand'", "--sensor", "S2A", "--bbox", "9 -1 12 2")
    words = (*words[:-1], *words[-1].split())
    assert stems(listed(run, *words)) == ["sand-1"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--filter", "lable = 'sand'"), 1, "did you mean label?"),
        (("--filter", "label = 'sand'" + " OR" * 1), 2, "ends too early"),
        (("--filter", "label > 5"), 1, "The column label holds texts; 5.0 is none."),
        (("--filter", "gsd_m = 'fine'"), 1, "gsd_m holds numbers; 'fine' is none."),
        (("--filter", "datetime = 'noon'"), 1, "'noon'"),
        (("--filter", "label = sand"), 2, "texts stand in 'single' quotes"),
        (("--filter", "label = null"), 2, "use IS NULL"),
        (("--filter", "(" * 30 + "gsd = 1" + ")" * 30), 2, "more than 20"),
        (("--filter", "NOT " * 30 + "gsd = 1"), 2, "more than 20"),
        (("--filter", "gsd = 1 OR " * 500 + "gsd = 1"), 2, "4,000 are the most"),
        (("--filter", '{"op": "not", "args": [' * 25 + "1" + "]}" * 25), 2, "than 20"),
        (("--filter", "A_CONTAINS(label, ('a'))"), 2, "a_contains is not known here"),
        (("--filter", ""), 2, "The filter is empty"),
        (("--filter", '{"op": '), 2, "is not JSON"),
        (("--filter", "S_INTERSECTS(label, POINT(1 2))"), 2, "label has no outlines"),
        (("--max-cloud", "20"), 1, "Nothing in this index tells how much cloud"),
        (("--max-cloud", "120"), 2, "--max-cloud"),
        (("--radius", "5"), 2, "--near LON,LAT"),
        (("--near", "5"), 2, "--near is '5'"),
        (("--near", "5,100"), 2, "--near 100,5"),
        (("--near", "5,5", "--radius", "0"), 2, "--radius is 0"),
        (("--near", "5,5", "--bbox", "0", "0", "1", "1"), 2, "two answers"),
        (("--placed", "--unplaced"), 2, "leave nothing"),
        (("--exclude", ""), 2, "empty pattern"),
    ],
)
def test_what_is_no_filter_is_told(run, words, code, said) -> None:
    assert run("search", "land", *words)[0] == code
    found, out, err = run("list", "world", *words)
    assert (found, out) == (code, "")
    assert said in err


def test_what_no_chip_has_is_told(run) -> None:
    code, out, err = run("list", "world", "--filter", "label = 'ice'", "--json")
    assert (code, json.loads(out)) == (0, [])
    assert "label there: " in err
    assert "sand (3)" in err


def test_sorted_by_a_property_and_paged(run) -> None:
    placed = ("--placed", "--sort")
    by_time = listed(run, *placed, "-datetime", "--limit", "3")
    assert {hit["datetime"][:4] for hit in by_time} == {"2022"}
    labels = [h["properties"]["label"] for h in listed(run, *placed, "label")]
    assert labels == sorted(labels)
    pages = [
        stems(listed(run, *placed, "label", "--limit", "4", "--offset", str(start)))
        for start in (0, 4, 8, 12)
    ]
    assert [len(page) for page in pages] == [4, 4, 1, 0]
    assert [one for page in pages for one in page] == stems(
        listed(run, *placed, "label")
    )


def test_what_has_no_value_comes_last(run) -> None:
    assert stems(listed(run, "--sort", "gsd_m"))[-1] == "plain"
    assert stems(listed(run, "--sort", "-gsd_m"))[-1] == "plain"


def test_sorted_by_the_way_from_a_point(run) -> None:
    found = listed(run, "--near", "20.5,0.5", "--radius", "3000", "--sort", "distance")
    assert [hit["bbox"][0] for hit in found[:1]] == [20]
    ways = [abs(hit["bbox"][0] - 20) for hit in found if hit["bbox"][1] < 1]
    assert ways == sorted(ways)
    assert run("list", "world", "--sort", "distance")[0] == 1


def test_pages_by_id_go_on_after_the_last(run) -> None:
    first = listed(run, "--limit", "6")
    rest = listed(run, "--after", first[-1]["id"])
    ids = [hit["id"] for hit in (*first, *rest)]
    assert ids == sorted(ids)
    assert len(ids) == 10
    code, out, _ = run("list", "world", "--count", "--placed")
    assert (code, out) == (0, "9\n")


def test_a_list_has_no_scores(run) -> None:
    _, out, err = run("list", "world", "--limit", "2")
    assert "SCORE" not in out
    assert "2 of 10 chips." in err


def test_facets(run) -> None:
    code, out, _ = run("index", "facets", "world", "--json")
    found = {facet["column"]: facet for facet in json.loads(out)}
    assert code == 0
    assert found["sensor"]["values"] == {"S2A": 6, "S2B": 3}
    assert found["datetime"]["values"] == {"2020": 3, "2021": 3, "2022": 3}
    assert found["gsd_m"]["values"] == {"10": 3, "20": 3, "30": 3}
    assert (found["gsd_m"]["low"], found["gsd_m"]["high"]) == (10, 30)
    assert found["label"]["values"] == dict.fromkeys(found["label"]["values"], 3)
    assert found["label"]["kind"] == "text"
    _, out, _ = run("index", "facets", "world", "--filter", "label = 'snow'")
    assert out.startswith("3 chips")
    assert "snow (3)" in out


def test_a_filter_as_python_gives_it(indexes, names_of=names) -> None:
    import rsrag

    with rsrag.open("world", indexes=indexes) as world:
        found = world.search("sand", filter="label = 'sand'", exclude="*-0.png")
        assert names_of([{"source": hit.source} for hit in found]) == {"sand"}
        assert world.count(near=(0.5, 0.5), radius=1.0) == 1
        page = world.browse(sort="-gsd_m", limit=2, placed=True)
        assert [hit.gsd_m for hit in page] == [30.0, 30.0]
        assert world.facets(placed=True)[0].chips == 9
