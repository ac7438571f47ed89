"""Names folded, and found in texts: whole, or as a piece of a longer name."""

import pytest
from hypothesis import given, strategies as st

from rsrag.knowledge.catalogue.landmark_names import (
    fold,
    is_code,
    is_common,
    tokens_of,
    variants,
)
from rsrag.knowledge.catalogue.mentions import Mention, NameEntry, find_mentions

PLACES = {
    '"Üns" Theatre': "theater",
    "25 de Abril Bridge": "bridge",
    "5th Avenue Theatre": "theater",
    "6th October Bridge": "bridge",
    "A Famosa": "historic site",
    "AT&T Stadium": "stadium",
    "Amazon": "river",
    "Aspendos": "historic site",
    "Biarritz": "beach",
    "Cedar Rapids Museum of Art": "museum",
    "Champ de Mars": "park",
    "Château d'Écouen": "museum",
    "Eiffel Tower": "tower",
    "Jantar Mantar": "observatory",
    "Kilis 7 Aralık University": "university",
    "Lake Baikal": "lake",
    "Lake Victoria": "lake",
    "Louvre": "museum",
    "M&Ds": "amusement park",
    "March Air Reserve Base": "airport",
    "May Hall": "mansion",
    "Museum of Contemporary Art (Skopje)": "museum",
    "Paris": "city",
    "Peterhouse, Cambridge": "university",
    "Q&A Stadium Miyagi": "stadium",
    "Reef": "reef",
    "Reginald's Tower": "tower",
    "Richmond Park (football ground)": "stadium",
    "Rio-Niterói Bridge": "bridge",
    "Sparta": "historic site",
    "St. Joseph's Church, Beijing": "church",
    "The Meadows": "park",
    "U.S. Bank Stadium": "stadium",
    "Vaux-le-Vicomte": "mansion",
    "i-City": "amusement park",
    "Łódź": "city",
    "Эрмитаж": "museum",
    "القاهرة": "city",
    "巴黎": "city",
    "故宫": "palace",
}


def index(places: dict[str, str]):
    names: dict[str, list[NameEntry]] = {}
    for name, kind in places.items():
        whole, part = variants(name)
        for folded in whole | part:
            entry = NameEntry(
                name,
                fold(kind),
                folded in part and folded not in whole,
                is_code(name),
                is_common(folded),
            )
            names.setdefault(folded, []).append(entry)
    longest: dict[str, int] = {}
    for folded in names:
        word, count = folded.split()[0], len(folded.split())
        longest[word] = max(longest.get(word, 0), count)
    return longest, names


FIRSTS, NAMES = index(PLACES)


def find(text: str, places: dict[str, str] | None = None) -> list[Mention]:
    firsts, names = (FIRSTS, NAMES) if places is None else index(places)
    return find_mentions(
        text,
        lambda words: {w: firsts[w] for w in words if w in firsts},
        lambda keys: {k: names[k] for k in keys if k in names},
    )


def whole(text: str, places: dict[str, str] | None = None) -> list[str]:
    return [m.landmark_ids[0] for m in find(text, places) if m.whole]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Château d'Écouen", "chateau decouen"),
        ("Reginald’s Tower", "REGINALDS TOWER"),
        ("Łódź", "lodz"),
        ("Þórsmörk", "Thorsmork"),
        ("Bessastaðir", "bessastadir"),
        ("Ḥaʼil", "Hail"),
        ("Straße", "STRASSE"),
        ("Kilis 7 Aralık University", "kilis 7 aralik university"),
        ("The Louvre", "Louvre"),
        ("Museum of the Sea", "Museum of Sea"),
        ("St. Mary's", "Saint Marys"),
        ("Mt. Fuji", "Mount Fuji"),
        ("Q&A Stadium", "Q and A Stadium"),
        ("U.S. Bank", "US Bank"),
        ("São Tomé", "Sa\u0303o Tome\u0301"),
        ("Rio–Niterói", "Rio-Niteroi"),
        ("Peterhouse, Cambridge", "Peterhouse (Cambridge)"),
    ],
)
def test_equal_names(a: str, b: str) -> None:
    assert fold(a) == fold(b) != ""


def test_folding_keeps_what_differs() -> None:
    assert fold("Lake Baikal") != fold("Baikal")
    assert fold("The") == "the"
    assert fold("—…!") == ""
    assert fold("故宫") == "故 宫"


@given(st.text(st.characters(max_codepoint=0x4FF), max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_tokens_lie_in_order(text: str) -> None:
    last = 0
    for token in tokens_of(text):
        assert last <= token.start < token.end <= len(text)
        assert text[token.start : token.end] == token.raw
        last = token.end


FORMS = [
    "What is the NDVI of {} in March 2019?",
    "What was the ALBEDO for {} in May 2019 according to remote sensing data?",
    "Where is the address of {}?",
    "Why is {} culturally significant?",
    "Whatarchitectural characteristics are notable at {}?",
    "{}: What is the primary function of the landmark?",
    "In the context of January 2019, what is the SLP measurement? ({})",
    "what is the ndvi of {} in 2019",
    'Tell me about "{}".',
    "{}",
]


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("form", FORMS)
def test_a_name_is_found_whole(form: str, name: str) -> None:
    assert whole(form.format(name)) == [name]


@pytest.mark.parametrize("name", sorted(PLACES.keys() - {"Reef", "The Meadows"}))
def test_in_lower_case(name: str) -> None:
    assert whole(f"what was the ndvi of {name.lower()} in march 2019?") == [name]


@pytest.mark.parametrize("name", PLACES)
def test_possessive(name: str) -> None:
    assert whole(f"What is {name}'s population?") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "What is the NDVI of Biarritz Lighthouse in March 2019?",
        "biarritz lighthouse height",
        "the Biarritz lighthouse",
        "University of Paris: history",
        "where is the university of paris",
        "the Royal Paris",
        "How tall is Zorblax Tower in Paris?",
        "Zorblax Hall, Paris",
        "Paris-Orly",
        "Paris Saint-Germain",
        "Paris's Museum",
        "Louvre Abu Dhabi",
        "Where is Jantar Mantar (Varanasi)?",
        "Museum of Contemporary Art (Zagreb)",
        "Museum of Contemporary Art",
        "Peterhouse",
        "Amazon Theatre",
        "new paris",
        "boomtown paris",
        "paris national park",
        'Is "Paris Syndrome" real?',
        "Battle of Aspendos",
        "巴黎大学在哪里",
    ],
)
def test_a_piece_of_a_longer_name(text: str) -> None:
    assert whole(text) == []
    assert find(text), "the piece itself is reported"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Compare Lake Baikal and Lake Victoria.", ["Lake Baikal", "Lake Victoria"]),
        ("is lake baikal or lake victoria deep?", ["Lake Baikal", "Lake Victoria"]),
        ("Elevation of Lake Baikal", ["Lake Baikal"]),
        ("Lake Baikal 2019 NDVI", ["Lake Baikal"]),
        ("PARIS POPULATION", ["Paris"]),
        ("Jantar Mantar, Varanasi", ["Jantar Mantar"]),
        ("Louvre Museum opening", ["Louvre"]),
        ("the Amazon River", ["Amazon"]),
        ("when was peterhouse in cambridge built", ["Peterhouse, Cambridge"]),
        ("Is Paris bigger?", ["Paris"]),
        ("a Paris-based company", ["Paris"]),
        ("Lake Baikal's maximum depth", ["Lake Baikal"]),
        ("Eiffel Tower Paris", ["Eiffel Tower"]),
        ("May Hall in May 2019", ["May Hall"]),
        ("故宫的面积是多少？", ["故宫"]),
        ("Где находится Эрмитаж?", ["Эрмитаж"]),
        ("أين تقع القاهرة؟", ["القاهرة"]),
        ("the 'Eiffel Tower' of steel", ["Eiffel Tower"]),
        ("What is the LOCATION of Château d’Ecouen?", ["Château d'Écouen"]),
    ],
)  # fmt: skip
def test_names_by_themselves(text: str, names: list[str]) -> None:
    assert whole(text) == names


@pytest.mark.parametrize(
    "text",
    ["Is the reef deep?", "a coral reef", "the meadows in spring", "Reefs are old"],
)
def test_common_words_are_no_names(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize("text", ["Is Reef deep?", "reef", "Reef: area", 'the "reef"'])
def test_common_words_as_names(text: str) -> None:
    assert whole(text) == ["Reef"]


def test_codes_count_in_capitals_only() -> None:
    codes = {"THE": "airport", "CAN": "airport", "LAX": "airport"}
    assert whole("Where is LAX?", codes) == ["LAX"]
    assert whole("lax", codes) == ["LAX"]
    assert whole("LAX Airport elevation", codes) == ["LAX"]
    assert find("what can the lax rule say", codes) == []
    assert find("The Can and the Lax rule", codes) == []


def test_longest_name_wins() -> None:
    places = {"Paris": "city", "Paris Opera House": "theater", "Opera House": "theater"}
    found = find("When was the Paris Opera House built?", places)
    assert [(m.surface, m.whole) for m in found] == [("Paris Opera House", True)]


def test_surface_and_span() -> None:
    text = 'Where is the "Üns" Theatre, and Museum of contemporary art (skopje)?'
    found = find(text)
    assert [m.surface for m in found] == [
        '"Üns" Theatre',
        "Museum of contemporary art (skopje)",
    ]
    assert all(text[m.start : m.end] == m.surface for m in found)
    (baikal,) = find("Lake Baikal's depth")
    assert baikal.surface == "Lake Baikal"


WORDS = st.sampled_from(
    ["Paris", "reef", "the", "of", "Lake", "Baikal", "(", ")", '"', "'s", ",", ".", "?",
     "March", "2019", "NDVI", "Tower", "&", "巴黎", "大学", "St.", " - ",
     "-", ":", "d'", "\n"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=25), st.sampled_from(["", " "]))
def test_hostile_texts(words: list[str], space: str) -> None:
    text = space.join(words)
    last = 0
    for mention in find(text):
        assert mention.start >= last
        assert text[mention.start : mention.end] == mention.surface != ""
        last = mention.end


def test_a_letter_with_a_dot_in_it_loses_the_dot() -> None:
    assert fold("Paraŀlel") == "parallel"


def test_letters_with_a_digit_mean_it_in_lower_case_too() -> None:
    assert is_code("LAX") and not is_code("K2")
