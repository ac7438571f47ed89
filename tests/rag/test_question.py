"""What a question is about: places, times, variables, and what it cannot be."""

import pytest
from hypothesis import given, strategies as st

from rsrag.rag.answering.answer import passed_over
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.question import blank, read_question
from rsrag.rag.saying.sentences import sentences


@pytest.fixture
def read(catalogue):
    return lambda text: read_question(text, catalogue)


def names(catalogue, question):
    return [catalogue.landmarks(list(ids))[0].name for ids in question.places]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("How deep is Lake Baikal?", "Lake Baikal"),
        ("how deep is lake baikal", "Lake Baikal"),
        ("HOW DEEP IS LAKE BAIKAL?", "Lake Baikal"),
        ("How deep is the Dead Sea?", "Dead Sea"),
        ("What is Lake Baikal's depth?", "Lake Baikal"),
        ("What is Lake Baikal’s depth?", "Lake Baikal"),
        ("what's lake baikal's max depth??", "Lake Baikal"),
        ("How deep is 'Lake Baikal'?", "Lake Baikal"),
        ("How deep is “Lake Baikal”?", "Lake Baikal"),
        ("Baikal depth", "Lake Baikal"),
        ("What is the elevation of Mt. Kenya?", "Mount Kenya"),
        ("How high is K2?", "K2"),
        ("¿How deep is Lake  Baikal?", "Lake Baikal"),
    ],
)
def test_names(read, catalogue, text, place):
    question = read(text)
    assert names(catalogue, question) == [place]
    assert question.notes == ()
    assert not question.topic_unknown


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Lake Biakal", "Lake Baikal"),
        ("Lake Bikal", "Lake Baikal"),
        ("Lake Baikl", "Lake Baikal"),
        ("Lake Tanganiyka's", "Lake Tanganyika"),
        ("mount kenia", "Mount Kenya"),
        ("Stroy Bridge", "Story Bridge"),
    ],
)
def test_a_typing_mistake_is_mended(read, catalogue, typed, meant):
    question = read(f"How deep is {typed} now?")
    assert names(catalogue, question) == [meant]
    assert question.notes == (
        f"read {typed.removesuffix(chr(39) + 's')!r} as {meant!r}",
    )


@pytest.mark.parametrize(
    "typed", ["Lake Baku", "K3", "K 2b", "Lake Bengali", "Stone Bridge", "Dead See Inn"]
)
def test_another_name_is_no_typing_mistake(read, typed):
    assert read(f"How deep is {typed}?").places == ()


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("How deep is Zorblax Lake?", ("Zorblax Lake",)),
        ("How deep is “Zorblax Lake”?", ("Zorblax Lake",)),
        ("How deep is Lake Zorblax's basin?", ("Lake Zorblax",)),
        ("How deep is Lake Zorblax’s basin?", ("Lake Zorblax",)),
        ("How tall is the Zorblax Tower in Biarritz?", ("Zorblax Tower",)),
        ("How high is the Bridge of Sighs?", ("Bridge of Sighs",)),
        ("Zorblax is where?", ()),
        ("Where is NASA?", ()),
        ("What is the NDVI?", ()),
        ("What is the Maximum Depth?", ()),
        ("Is May a good month?", ()),
    ],
)
def test_unknown_names(read, text, unknown):
    question = read(text)
    found = question.unknown
    assert found[: len(unknown)] == unknown[: len(found)]
    assert bool(found) == bool(unknown)
    assert question.topic_unknown == bool(unknown)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("What lies at 53.5°N, 107°E?", (107.0, 53.5)),
        ("What lies at 53°30′N 107°15′E?", (107.25, 53.5)),
        ("What lies at 53 N, 107 E?", (107.0, 53.0)),
        ("What lies at 107E 53N?", (107.0, 53.0)),
        ("What lies at 107° E 53° N?", (107.0, 53.0)),
        ("What lies at 8.5 S 30.1 W, please?", (-30.1, -8.5)),
        ("Which 53 N is this?", None),
        ("What is in room 107, 53 East Street?", None),
    ],
)
def test_coordinates_in_words(read, text, at):
    assert read(text).at == at
    if at:
        assert read(text).unknown == ()


@pytest.mark.parametrize("text", ["95 N 107 E", "95° N 107° E", "53 N 207 E"])
def test_coordinates_beyond_the_earth_are_an_unknown_place(read, text):
    question = read(f"What lies at {text}?")
    assert question.at is None
    assert question.unknown == (text,)
    assert question.topic_unknown


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("What is here?", True),
        ("What does this picture show?", True),
        ("How big is this place?", True),
        ("Which landmark is shown?", True),
        ("What is at Lake Baikal?", False),
        ("Is there a lake?", False),
    ],
)
def test_pointing(read, text, here):
    assert read(text).here is here


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("How deep is Lake Baikal?", ["maximum_depth"]),
        ("How deep is this lake?", ["maximum_depth"]),
        ("What is the NDVI of K2?", ["ndvi"]),
        ("What is the ndvi of K2?", ["ndvi"]),
        ("What are the depth and the surface area?", ["maximum_depth", "surface_area"]),
        ("What are the surface area and its depth?", ["surface_area", "maximum_depth"]),
        ("Who built it?", ["architect"]),
        ("Tell me a story", []),
    ],
)
def test_variables(read, text, variables):
    groups = read(text).variables
    assert len(groups) == len(variables)
    for group, name in zip(groups, variables, strict=True):
        assert name in [mention.variable for mention in group]


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("NDVI of K2 in June 2022", ("2022-06",)),
        ("NDVI of K2 in June and July 2022", ("2022-06", "2022-07")),
        ("NDVI of K2 from 2018 to 2020", ("2018/2020",)),
        ("NDVI of K2 in 2022 and in 2022", ("2022",)),
        ("Is 1,642 m deep enough for 2000 people?", ()),
    ],
)
def test_times(read, text, periods):
    assert read(text).periods == periods


def test_names_and_times_are_masked(read):
    question = read("What was the NDVI of Lake Baikal in June 2022?")
    assert question.masked.split() == ["What", "was", "the", "NDVI", "of", "in", "?"]
    assert len(question.masked) == len(question.text)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "Which is deeper, Lake Baikal or the Caspian Sea?",
            ["it knows no landmark called 'Caspian Sea'"],
        ),
        ("How deep is Lake Baikal in Russia?", []),
        ("How deep is Lake Baikal, Russia?", []),
        ("How deep is Lake Baikal (Asian Russia)?", []),
        ("How deep is Lake Baikal?", []),
        ("How deep is Zorblax Lake?", []),
    ],
)
def test_names_that_were_left_aside_are_told(read, text, note):
    assert passed_over(read(text), Query("open")) == note


@given(
    st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)))
)
def test_blanking_keeps_every_other_character(text, spans):
    spans = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in spans]
    blanked = blank(text, spans)
    assert len(blanked) == len(text)
    inside = {i for a, b in spans for i in range(a, b)}
    for i, (old, new) in enumerate(zip(text, blanked, strict=True)):
        assert new == (" " if i in inside else old)


@given(st.text(max_size=200))
def test_any_text_can_be_read(catalogue, text):
    question = read_question(text, catalogue)
    assert len(question.masked) == len(text)
    assert len(question.places) == len(question.surfaces)
    assert all(name in text for name in question.unknown)


def test_coordinates_end_a_sentence_and_initials_do_not():
    text = (
        "It lies at 53.65° N 106.75° E. It is also called Baikal. J. B. Smith saw it."
    )
    assert sentences(text) == [
        "It lies at 53.65° N 106.75° E.",
        "It is also called Baikal.",
        "J. B. Smith saw it.",
    ]


@pytest.mark.parametrize("where", ["Earth", "the Earth", "Planet Earth", "the World"])
def test_the_planet_is_no_place_to_look_up(catalogue, where):
    question = read_question(f"Which lake is the deepest on {where}?", catalogue)
    assert question.unknown == ()
