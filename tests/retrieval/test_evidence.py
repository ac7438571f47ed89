"""Evidence read aloud: every sentence here is one that a person might have written."""

# ruff: noqa: E501 (a table of sentences, one a line)
import datetime as dt

import pytest
import shapely
from hypothesis import given, strategies as st
from small_world import (
    ATLANTIS,
    BAIKAL,
    EGYPT,
    FIJI,
    ICE,
    LOOSE,
    OASIS,
    PASSAGES,
    RIVER,
    SAHARA,
    chip_row,
    fact,
    landmark,
)

from rsrag.knowledge.variables import variables
from rsrag.retrieval.spaces import LaneHit
from rsrag.retrieval.wording.english import (
    article,
    coordinates,
    is_plural,
    place_words,
    with_article,
)
from rsrag.retrieval.wording.evidence import (
    chip_evidence,
    evidence_of,
    fact_evidence,
    landmark_evidence,
    passage_evidence,
)
from rsrag.types import Hit

ANDES = landmark("Andes", "mountain range", None)
TOWER = landmark("Eiffel Tower", "tower", shapely.Point(2.29448, 48.85837))
ISLES = landmark("Galápagos Islands", "archipelago", shapely.Point(-90.5, -0.5))
ANGKOR = landmark("Angkor", "ruins", shapely.Point(103.87, 13.41))
BRIDGE = landmark("Golden Gate Bridge", "bridge", None)
BASE = landmark("Area 51", "US air base", None, "Groom Lake", "Homey", "Watertown")
BARE = landmark("Erewhon", None, None)
BARE_PLACED = landmark("Point Nemo", None, shapely.Point(-123.3933, -48.8767))
UNIVERSITY = landmark("University of Latvia", "university", None)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (
            BAIKAL,
            "Lake Baikal is a lake at 53.50° N 108.00° E. It is also called Ozero "
            "Baykal.",
        ),
        (
            SAHARA,
            "The Sahara is a desert at 24.00° N 10.00° E. It is also called Great "
            "Desert.",
        ),
        (OASIS, "Siwa Oasis is an oasis at 29.20° N 25.55° E."),
        (FIJI, "Fiji is an archipelago at 17.50° S 179.00° E."),
        (EGYPT, "Egypt is a country at 26.75° N 30.00° E."),
        (ATLANTIS, "Atlantis is an island."),
        (ANDES, "The Andes are a mountain range."),
        (TOWER, "Eiffel Tower is a tower at 48.8584° N 2.2945° E."),
        (ISLES, "The Galápagos Islands are an archipelago at 0.50° S 90.50° W."),
        (ANGKOR, "Angkor (ruins) lies at 13.41° N 103.87° E."),
        (
            BASE,
            "Area 51 is a US air base. It is also called Groom Lake, Homey and "
            "Watertown.",
        ),
        (BARE, "Erewhon is a landmark."),
        (BARE_PLACED, "Point Nemo lies at 48.8767° S 123.3933° W."),
        (UNIVERSITY, "The University of Latvia is a university."),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_landmarks(mark, said) -> None:
    assert landmark_evidence(mark).text == said


@pytest.mark.parametrize(
    ("mark", "variable", "value", "period", "said"),
    [
        (
            *(BAIKAL, "maximum_depth", "1,642 m", None),
            "The maximum depth of Lake Baikal is 1,642 m.",
        ),
        (OASIS, "ndvi", "-0.19", "2022-06", "The NDVI of Siwa Oasis in June 2022 was -0.19."),
        (EGYPT, "population", "99,000,000", "2019", "The population of Egypt in 2019 was 99,000,000."),
        (
            *(BAIKAL, "ts", "-12 °C", "2019-01-31"),
            "The TS of Lake Baikal on 31 January 2019 was -12 °C.",
        ),
        (
            *(RIVER, "discharge", "2,830 m³/s", "1996/1998"),
            "The discharge of the Nile from 1996 to 1998 was 2,830 m³/s.",
        ),
        (BRIDGE, "opened", "27 May 1937", None, "Golden Gate Bridge opened on 27 May 1937."),
        (BRIDGE, "opened", "1937", None, "Golden Gate Bridge opened in 1937."),
        (BRIDGE, "opened", "1937 to foot traffic", None, "Golden Gate Bridge, opened: 1937 to foot traffic."),
        (UNIVERSITY, "established", "19th century", None, "The University of Latvia was established in the 19th century."),
        (ISLES, "established", "1959", None, "The Galápagos Islands were established in 1959."),
        (ISLES, "unesco_since", "1978", None, "The Galápagos Islands have been a World Heritage Site since 1978."),
        (TOWER, "floors", "3", None, "Eiffel Tower has 3 floors."),
        (TOWER, "commissioned", "2021-06-30", None, "Eiffel Tower was commissioned on 2021-06-30."),
        (ISLES, "discovered", "1535", None, "The Galápagos Islands were discovered in 1535."),
        (TOWER, "renovated", "twice", None, "Eiffel Tower, renovated: twice."),
        (TOWER, "rebuilt", "20th century", "1990", "Eiffel Tower, rebuilt in 1990: 20th century."),
        (TOWER, "operated_by", "SETE", None, "Eiffel Tower, operated by: SETE."),
        (TOWER, "in_use_since", "1889", None, "Eiffel Tower, in use since: 1889."),
        (TOWER, "seabed", "sand", None, "The seabed of Eiffel Tower is sand."),
        (TOWER, "floors", "1", None, "Eiffel Tower has 1 floor."),
        (ISLES, "islands", "127", None, "The Galápagos Islands have 127 islands."),
        (
            *(UNIVERSITY, "students", "about 15,000", "2021"),
            "The University of Latvia had about 15,000 students in 2021.",
        ),
        (UNIVERSITY, "runways", "09/27, 18/36", None, "The runways of the University of Latvia are 09/27, 18/36."),
        (BRIDGE, "crosses", "the Golden Gate", None, "Golden Gate Bridge crosses the Golden Gate."),
        (BRIDGE, "coordinates", "37.8, -122.5", None, "The coordinates of Golden Gate Bridge are 37.8, -122.5."),
        (
            *(TOWER, "historical_background", "Built for a fair. Kept for its mast.", None),
            "Historical background of Eiffel Tower: Built for a fair. Kept for its mast.",
        ),
        (
            *(TOWER, "major_events", "1889 opening. 1909 saved from demolition", None),
            "Major events of Eiffel Tower: 1889 opening. 1909 saved from demolition.",
        ),
        (TOWER, "notable_visitors", "Thomas Edison", None, "Notable visitors of Eiffel Tower: Thomas Edison."),
        (TOWER, "notable_visitors", "Edison and Cody", None, "The notable visitors of Eiffel Tower are Edison and Cody."),
        (TOWER, "protected_monument", "yes", None, "Protected monument of Eiffel Tower: yes."),
        (TOWER, "architect", "Gustave Eiffel & Co.", None, "The architect of Eiffel Tower is Gustave Eiffel & Co."),
        (TOWER, "status", "open", None, "The status of Eiffel Tower is open."),
        (ANDES, "roof_type", "none", None, "Roof type of the Andes: none."),
        (BRIDGE, "last_eruption", "1350 BC", None, "The last eruption of Golden Gate Bridge was in 1350 BC."),
    ],
)  # fmt: skip
def test_facts(mark, variable, value, period, said) -> None:
    evidence = fact_evidence(fact(mark, variable, value, period), mark)
    assert evidence.text == said
    assert evidence.kind == "fact" and evidence.landmark == mark.name
    assert evidence.geometry == mark.geometry


@given(
    st.sampled_from(sorted(variables())) | st.from_regex(r"[a-z]{1,9}", fullmatch=True),
    st.text(min_size=1, max_size=80).filter(str.strip),
    st.sampled_from([None, "2019", "2019-01", "2019-01-31", "1996/1998"]),
    st.sampled_from([SAHARA, BAIKAL, ISLES, BARE]),
)
def test_a_value_and_its_name_always_stand_in_the_words(
    variable, value, period, mark
) -> None:
    text = fact_evidence(fact(mark, variable, value, period), mark).text
    assert value.strip() in text
    assert mark.name in text
    assert period is None or period[:4] in text


def test_chips() -> None:
    row = chip_row("scene", 22.5, 11.1)
    hit = Hit("c1", 0.314, {**row, "datetime": dt.datetime(2023, 5, 1, tzinfo=dt.UTC)})
    chip = chip_evidence(hit)
    assert chip.text == (
        "Chip scene.tif at 12.10° N 23.50° E near Sahel, Sudan, taken 2023-05-01, "
        "similarity 0.31."
    )
    assert (chip.source, chip.licence, chip.landmark_id) == (row["source"], "", None)
    assert chip.geometry == row["geometry"]
    sensed = chip_evidence(Hit("c1", 0.3, {**hit.payload, "sensor": "S2A"}))
    assert "taken 2023-05-01 by S2A, similarity" in sensed.text


def test_a_chip_of_a_plain_picture() -> None:
    hit = Hit("c1", -0.004, {"source": "a\\b\\ship.jpg", "bbox": None, "sensor": None})
    assert chip_evidence(hit).text == "Chip ship.jpg, similarity -0.00."
    assert chip_evidence(Hit("c1", 1.0)).text == "Chip c1, similarity 1.00."


def test_a_small_chip_over_the_line() -> None:
    row = chip_row("x", 179.99, -16.5, 0.02)
    box = {**row["bbox"], "xmax": -179.99}
    text = chip_evidence(Hit("x", 0.5, {**row, "bbox": box})).text
    assert text.startswith("Chip x.tif at 16.4900° S 180.0000° ")


def test_passages_are_whole() -> None:
    evidence = passage_evidence(ICE, BAIKAL)
    assert evidence.text == ICE.text
    assert (evidence.landmark, evidence.landmark_id) == ("Lake Baikal", BAIKAL.id)
    loose = passage_evidence(LOOSE)
    assert (loose.landmark, loose.landmark_id, loose.geometry) == (None, None, None)


def test_records_become_evidence_by_their_kind() -> None:
    marks = {BAIKAL.id: BAIKAL}
    depth = fact(BAIKAL, "maximum_depth", "1,642 m")
    for kind, record, mark in (
        ("landmark", BAIKAL, BAIKAL.id),
        ("fact", depth, BAIKAL.id),
        ("passage", PASSAGES[3], BAIKAL.id),
        ("passage", LOOSE, None),
    ):
        evidence = evidence_of(LaneHit(kind, record.id, 1.0, record, mark), marks)
        assert (evidence.kind, evidence.id) == (kind, record.id)
        assert evidence.source and evidence.licence


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        (108, 53.5, "53.50° N 108.00° E"),
        (-90.5, -0.5, "0.50° S 90.50° W"),
        (-0.001, -0.00001, "0.0000° N 0.0010° W"),
        (190, 0, "0.00° N 170.00° W"),
        (2.29448, 48.85837, "48.8584° N 2.2945° E"),
    ],
)
def test_coordinates(lon, lat, said) -> None:
    assert coordinates(lon, lat) == said


def test_a_place_inside_its_outline() -> None:
    # The middle of the box of a horseshoe lies in its gap.
    horseshoe = shapely.box(0, 0, 9, 9) - shapely.box(3, 3, 6, 9)
    mark = landmark("Horseshoe", "lake", horseshoe)
    words = place_words(mark)
    lat, _, _, lon, _, _ = (*words.replace("°", "").split(), None, None)
    assert words.endswith("E") and lat and lon
    assert place_words(ATLANTIS) is None
    assert place_words(FIJI) == "17.50° S 179.00° E"


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        *[(n, "a") for n in ("lake", "university", "one-way street", "European city")],
        *[(n, "a") for n in ("UNESCO site", "US base", "U-boat pen", "utility")],
        *[(n, "an") for n in ("airport", "urban park", "uninhabited island", "hour")],
        *[(n, "an") for n in ("underground lake", "observatory", "ice sheet")],
    ],
)
def test_articles(noun, expected) -> None:
    assert article(noun) == expected


def test_plural() -> None:
    for noun in ("ruins", "major events", "runways (paved)", "sources of water"):
        assert is_plural(noun), noun
    for noun in ("pass", "status", "number of visitors", "series", "basis", ""):
        assert not is_plural(noun), noun


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("Nile", "river", "the Nile"),
        ("Bay of Bengal", "bay", "the Bay of Bengal"),
        ("Lake of the Woods", "lake", "Lake of the Woods"),
        ("Atacama Desert", None, "the Atacama Desert"),
        ("The Hague", "city", "The Hague"),
        ("Mount Fuji", "volcano", "Mount Fuji"),
        ("Death Valley", "desert", "Death Valley"),
        ("Wadi Rum", "desert", "Wadi Rum"),
        ("Our Lady of Sorrows", "church", "Our Lady of Sorrows"),
        ("Texas", "state", "Texas"),
        ("Kew Gardens", "garden", "Kew Gardens"),
        ("9th of July Avenue", "street", "9th of July Avenue"),
    ],
)
def test_names_with_an_article(name, kind, said) -> None:
    assert with_article(landmark(name, kind, None)) == said
