"""Pairs for ``rsrag change`` that are chips of an index, or times of an archive."""

import json

import pytest

import rsrag
from rsrag.commands import main
from tests.analysis.made_pairs import built, ground
from tests.analysis.made_scenes import write_scene
from tests.commands.made_years import DATES

HEAD = ["--head", "distance"]


@pytest.fixture
def ask(years, capfd):
    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["change", *words])
        return code, *capfd.readouterr()

    return call


def east(years):
    """Ids of the eastern chips, the earliest first."""
    with rsrag.open("years", indexes=years / "ix") as index:
        hits = [hit for hit in index.browse() if hit.window.col_off]
    return [hit.id for hit in sorted(hits, key=lambda hit: hit.datetime)]


def test_two_chips_are_compared_where_they_lie(years, ask) -> None:
    first, _, third, *_ = east(years)
    where = ["--index", "years", "--indexes", str(years / "ix")]
    code, out, _ = ask(first, third, *where, *HEAD, "--json")
    made = json.loads(out)
    assert code == 0 and made["changed"] and made["size_px"] == [128, 128]
    assert [day[:10] for day in made["dates"]] == [DATES[0], DATES[2]]
    assert made["before"].endswith(f"place_{DATES[0]}.tif at 128, 0")
    assert all(15.015 < one["bbox"][0] < 15.035 for one in made["components"])


def test_chips_that_cannot_be_a_pair(years, ask) -> None:
    first = east(years)[0]
    where = ["--index", "years", "--indexes", str(years / "ix")]
    code, out, err = ask(first, first, *where)
    assert (code, out) == (2, "") and "named twice" in err
    code, out, err = ask(first, "0" * 32, *where)
    assert (code, out) == (1, "") and "0" * 32 in err
    with rsrag.open("years", indexes=years / "ix") as index:
        west = next(hit for hit in index.browse() if not hit.window.col_off)
        with pytest.raises(rsrag.ChangeError, match="share no ground"):
            index.change(first, west)


def test_two_times_of_an_archive_are_compared(years, ask) -> None:
    folder = str(years / "scenes")
    code, out, err = ask("2012", "2016", "--archive", folder, *HEAD, "--json")
    made = json.loads(out)
    assert code == 0 and f"{DATES[0]} (1 of 2012) and {DATES[3]} (2 of 2016)" in err
    assert made["before"].endswith(f"{DATES[0]}.tif")
    assert made["after"].endswith(f"{DATES[3]}.tif")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2012", "2013"), "no scene of 2013: its dates are 2012-06-01"),
        (("2012", "2012"), "one scene of 2012 and 2012"),
        (("2012", "soon"), "'soon' is no time"),
        (("2012", "2016", "--bbox", "0", "0", "1", "1"), "nothing in it has a date"),
        (("2012",), "name both"),
        (("2012", "2016", "--index", "years"), "give one of them"),
        (("2012", "2016", "--datetime", "2012"), "does not go with"),
    ],
)
def test_times_that_cannot_be_a_pair(years, ask, words, said) -> None:
    code, out, err = ask(*words, "--archive", str(years / "scenes"))
    assert code in (1, 2) and out == "" and said in err


def test_files_that_are_not_there(years, ask) -> None:
    there = str(years / "scenes" / f"place_{DATES[0]}.tif")
    for words in (("nothing.tif", there), (there, "nothing.tif")):
        code, out, err = ask(*words)
        assert code in (1, 2) and out == "" and "no scene at nothing.tif" in err


def test_times_of_a_stac_collection_are_those_of_its_items(ask, tmp_path) -> None:
    for name, picture in (("a", ground()), ("b", built(ground()))):
        write_scene(tmp_path / f"{name}.tif", picture)
    links = []
    for name, day in (("a", "2018-03-01"), ("b", "2021-03-02")):
        item = {
            "type": "Feature", "stac_version": "1.0.0", "id": name, "links": [],
            "geometry": None, "properties": {"datetime": f"{day}T10:00:00Z"},
            "assets": {"image": {"href": f"./{name}.tif", "roles": ["data"]}},
        }  # fmt: skip
        (tmp_path / f"{name}.json").write_text(json.dumps(item))
        links.append({"rel": "item", "href": f"./{name}.json"})
    collection = {
        "type": "Collection", "stac_version": "1.0.0", "id": "place", "links": links,
        "description": "A place.", "license": "CC0-1.0",
        "extent": {
            "spatial": {"bbox": [[-180, -90, 180, 90]]},
            "temporal": {"interval": [[None, None]]},
        },
    }  # fmt: skip
    root = tmp_path / "collection.json"
    root.write_text(json.dumps(collection))
    code, out, err = ask("2018", "2021", "--archive", str(root), *HEAD, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["changed"] and "2018-03-01 (1 of 2018)" in err
    assert [day[:10] for day in told["dates"]] == ["2018-03-01", "2021-03-02"]
    code, _, err = ask("2018", "2019", "--archive", str(root))
    assert code == 1 and "its dates are 2018-03-01, 2021-03-02" in err
