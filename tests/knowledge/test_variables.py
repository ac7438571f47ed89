"""Which variables a question asks for."""

import pytest
from hypothesis import given, strategies as st

from rsrag.knowledge.variables import (
    label_of,
    variables,
    variables_in,
)

MONTHLY = (
    *("ALBEDO", "ALBNIRDF", "ALBNIRDR", "ALBVISDF", "ALBVISDR", "EMIS", "EVLAND"),
    *("GWETPROF", "NDBI", "NDVI", "NDWI", "PRECTOTLAND", "SLP", "SMLAND", "SPEED"),
    *("TS", "ULML", "VLML"),
)


def first(text: str) -> str | None:
    return first_of(text, [])


def first_of(text: str, own: list[str]) -> str | None:
    found = variables_in(text, others=own)
    return found[0].variable if found else None


def test_vocabulary_is_well_formed() -> None:
    known = variables()
    assert len(known) >= 100
    for name, variable in known.items():
        assert name == name.lower()
        assert name.replace("_", "").isalnum()
        assert variable.label
        assert variable.description
        assert len(set(variable.synonyms)) == len(variable.synonyms), name


@pytest.mark.parametrize("code", MONTHLY)
def test_codes(code: str) -> None:
    assert variables()[code.lower()].monthly
    assert label_of(code.lower()) == code
    for text in (
        f"What is the {code} value for March 2019 in the remote image?",
        f"what was the {code.lower()} here in march 2019",
        f"For the location shown, what is the {code} value?",
    ):
        found = variables_in(text)[0]
        assert found.variable == code.lower()
        assert found.surface.upper() == code
        assert found.score > 0.99


@pytest.mark.parametrize(
    ("question", "variable"),
    [
        ("Can you provide the location of the site?", "location"),
        ("Where is the address of the site captured?", "address"),
        ("During which time was the construction period?", "construction_period"),
        ("What was the original primary function of the site?", "primary_function"),
        ("What significant major events are in the site's history?", "major_events"),
        ("What is the name of the place visible?", "name"),
        # everyday words
        ("Where is it?", "location"),
        ("Who built the Golden Gate Bridge?", "architect"),
        ("When was the old town hall built?", "construction_period"),
        ("How old is it?", "construction_period"),
        ("How deep is it?", "maximum_depth"),
        ("How long is the bridge?", "length"),
        ("How tall is it?", "height"),
        ("How many people live there?", "population"),
        ("In which country does it lie?", "country"),
        ("When did it open?", "opened"),
        ("What is it used for?", "primary_function"),
        ("What happened there?", "major_events"),
        ("In which area is it?", "region"),
        ("What is it famous for?", "known_for"),
        ("How deep is it on average?", "average_depth"),
        ("After whom is it named?", "named_after"),
        ("What kind of volcano is it?", "type"),
        ("What is its biggest city?", "largest_city"),
        ("What is the IATA code?", "iata"),
        ("When was it first climbed?", "first_ascent"),
        ("surface wind speed", "speed"),
        ("average soil moisture profile", "gwetprof"),
        ("how much rain fell", "prectotland"),
        ("mean sea level pressure", "slp"),
        ("surface skin temperature", "ts"),
        ("daytime land surface temperature", "lst_day_1km"),
        ("LST_Night_1km", "lst_night_1km"),
        ("the eastward wind at the lowest model level", "ulml"),
        ("visible diffuse albedo", "albvisdf"),
        ("snowmelt over land", "smland"),
        ("LC_Type1", "lc_type1"),
    ],
)  # fmt: skip
def test_questions(question: str, variable: str) -> None:
    assert first(question) == variable


@pytest.mark.parametrize(
    ("question", "variable"),
    [
        ("Which area is covered by the site in the remote image?", "area"),
        ("What is the area where this landmark is located?", "area"),
        ("In what area can the landmark from this image be found?", "area"),
        ("Why is it culturally significant?", "cultural_significance"),
        ("What is it famous for?", "cultural_significance"),
        ("Have any notable visitors been here?", "notable_visitors"),
        ("Whatarchitectural characteristics?", "architectural_characteristics"),
        ("Can you describe other interesting details?", "details"),
        ("Who visited it?", "notable_visitors"),
    ],
)
def test_words_of_a_source_count_where_it_is_the_source(question, variable) -> None:
    assert first_of(question, [variable]) == variable
    assert first_of(question, []) != variable


def test_words_that_mean_several() -> None:
    def candidates(text: str) -> list[str]:
        return [mention.variable for mention in variables_in(text)]

    assert candidates("How high is it?")[:2] == ["elevation", "height"]
    assert candidates("How large is it?")[0] == "physical_area"
    assert candidates("What is the area?")[0] == "physical_area"
    assert {"construction_period", "opened"} <= set(candidates("When was it built?"))


def test_several_are_asked() -> None:
    found = variables_in("Give NDVI and the population of the town.")
    assert [m.variable for m in found[:2]] == ["ndvi", "population"]


def test_masked_names_are_passed_over() -> None:
    text = "When was Length Tower built?"
    start = text.index("Length")
    found = variables_in(text, mask=[(start, start + len("Length Tower"))])
    assert "length" not in [m.variable for m in found]
    assert found[0].variable == "construction_period"


def test_variables_of_ones_own() -> None:
    text = "What is the canopy cover share?"
    assert first(text) != "canopy_cover_share"
    found = variables_in(text, others=["canopy_cover_share"])[0]
    assert (found.variable, found.surface) == (
        "canopy_cover_share",
        "canopy cover share",
    )
    assert first(text) != "canopy_cover_share"


def test_short_codes_need_capitals() -> None:
    assert "et" not in [m.variable for m in variables_in("Musée d'art et histoire")]
    assert first("What does ET tell?") == "et"


def test_labels() -> None:
    assert label_of("construction_period") == "construction period"
    assert label_of("albedo") == "ALBEDO"
    assert label_of("ice_free_days") == "ice free days"
    assert variables()["ts"].description == "surface skin temperature"


@given(st.text(max_size=120))
def test_spans_lie_in_the_text(text: str) -> None:
    for mention in variables_in(text):
        assert text[mention.start : mention.end] == mention.surface
        assert 0 < mention.score <= 1
