"""One place at all its times, and places that turned towards some words."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

import rsrag
from rsrag.commands import main
from tests.commands.made_years import DATES, write_years

EAST, WEST = "15.0244,45.1477", "15.0081,45.1477"


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """Five years of one place that the sea took, and the index ``years`` of them."""
    root = tmp_path_factory.mktemp("flooded")
    write_years(root / "scenes", flooded=True)
    words = ["index", "build", str(root / "scenes"), "--name", "years"]
    assert main([*words, "--chip-size", "128", "--indexes", str(root / "ix")]) == 0
    return root


@pytest.fixture
def ask(years, capfd):
    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*words, "--indexes", str(years / "ix")])
        return code, *capfd.readouterr()

    return call


def test_a_place_is_shown_at_all_its_times(ask, tmp_path) -> None:
    strip = tmp_path / "strip.png"
    words = ["timeline", "a desert", "buildings", "--at", EAST]
    code, out, err = ask(*words, "--strip", str(strip), "--json")
    assert code == 0 and f"wrote {strip}" in err
    found = json.loads(out)
    assert [one["date"] for one in found["dates"]] == list(DATES)
    hidden = [one["hidden"] for one in found["dates"]]
    assert hidden[1] == f"the same as on {DATES[0]}"
    assert hidden[3] == f"the same as on {DATES[2]}"
    assert hidden[0] == hidden[2] == hidden[4] == ""
    dry, sea = (found["dates"][n]["scores"]["a desert"] for n in (0, 2))
    assert dry["probability"] > 0.9 > 0.005 > sea["probability"]
    assert dry["score"] > sea["score"] + 0.2
    with Image.open(strip) as drawn:
        assert drawn.width == 2 * 40 + 5 * 208 + 4 * 14
        picture = drawn.convert("RGB").crop((40, 76, 248, 284))
        assert len(picture.getcolors(1 << 16)) > 30


def test_a_date_under_cloud_is_said(ask) -> None:
    code, out, _ = ask("timeline", "farmland", "--at", WEST)
    assert code == 0
    rows = [line for line in out.splitlines() if line[:4] in ("2012", "2014", "2019")]
    assert rows[1].endswith("100% cloud or snow")
    assert not rows[0].endswith("snow") and not rows[2].endswith("snow")


def test_one_date_alone_is_said(ask) -> None:
    code, out, _ = ask("timeline", "--at", EAST, "--datetime", "2012")
    assert code == 0 and "one chip alone" in out and out.count("2012-06-01") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("timeline", "--at", "5,45"), "No chip with a time shows 5, 45"),
        (("timeline", "--at", "here"), "--at is 'here'"),
        (("timeline", "--at", "45.1,95"), "no point on the Earth"),
        (
            ("timeline", "--at", EAST, "--datetime", "1999"),
            "No chip of 'datetime 1999'",
        ),
    ],
)
def test_places_that_cannot_be_shown(ask, words, said) -> None:
    code, out, err = ask(*words)
    assert code in (1, 2) and out == "" and said in err


def test_what_went_is_found_with_the_date_and_both_chips(ask, years) -> None:
    code, out, _ = ask("change", "lost desert", "--index", "years", "--json")
    made = json.loads(out)
    assert code == 0 and made["places"] == 2
    (flip,) = made["flips"]
    assert flip["words"] == "desert" and flip["came"] is False
    assert (flip["last_before"], flip["first_seen"]) == (DATES[0], DATES[2])
    assert flip["point"] == pytest.approx([15.0244, 45.1477], abs=1e-3)
    assert flip["rise"] > 2 and len(flip["dates"]) == 5
    with rsrag.open("years", indexes=years / "ix") as index:
        (found,) = index.flips("lost desert", since="2015").found
        assert found.after.chip.id == flip["after"]["chip"]
        assert index.flips("lost desert", since="2017").found == ()
        assert index.flips("lost desert", until="2015").found == ()
    code, out, _ = ask("change", "lost desert", "--index", "years")
    assert code == 0 and "desert went in 1 of 2 places" in out and DATES[2] in out


def test_what_went_is_put_on_a_map(ask, tmp_path) -> None:
    page = tmp_path / "lost.html"
    code, out, err = ask(
        "change", "lost desert", "--index", "years", "--map", str(page)
    )
    assert code == 0 and f"wrote {page}" in err and "desert went in 1 of 2" in out
    text = page.read_text(encoding="utf-8")
    (row,) = json.loads(text.split('application/json">')[1].split("</script>")[0])[
        "sections"
    ][0]["hits"]
    assert row["place"] == f"gone by {DATES[2]}, still there {DATES[0]}"
    assert row["word"] == "rise" and row["score"] > 2 and row["probability"] is None
    west, south, east, north = row["bbox"]
    assert west < 15.0244 < east and south < 45.1477 < north and row["rings"]
    picture = base64.b64decode(row["thumbnail"].split(",")[1])
    with Image.open(io.BytesIO(picture)) as both:
        assert both.size == (2 * 144 + 4, 144)
        dry, sea = both.crop((0, 0, 144, 144)), both.crop((148, 0, 292, 144))
    assert np.asarray(dry)[..., 0].mean() > np.asarray(sea)[..., 0].mean() + 40


def test_the_other_way_nothing_is_found(ask, tmp_path) -> None:
    page = tmp_path / "none.html"
    words = ["change", "new desert", "--index", "years", "--map", str(page)]
    assert ask(*words)[0] == 0 and "No place turned so." in page.read_text("utf-8")
    code, out, _ = ask("change", "new desert", "--index", "years")
    assert code == 0 and "None of 2 places turned so." in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("an airport",), "Nothing here shows 'an airport'"),
        (("new",), "names no thing"),
        (("farmland", "--bbox", "0", "0", "1", "1"), "No chip of"),
        (("farmland", "--until", "2013"), "at two times up to 2013"),
        (("farmland", "--since", "2015", "--until", "2013"), "comes after --until"),
        (("farmland", "--since", "soon"), "soon"),
        (("farmland", "--caption"), "of one pair"),
    ],
)
def test_words_that_cannot_be_followed(ask, words, said) -> None:
    code, out, err = ask("change", *words, "--index", "years")
    assert code in (1, 2) and out == "" and said in err


def test_times_do_not_go_with_two_pictures(capfd) -> None:
    assert main(["change", "a.tif", "b.tif", "--since", "2012"]) == 2
    assert "followed through an index" in capfd.readouterr().err
