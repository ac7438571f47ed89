"""Variables by the meaning of a question."""

from dataclasses import replace

import numpy as np
import pytest
from places_of_test import FROM, open_records, place
from test_ask import tools

from rsrag.encoders.sentence import load_text_encoder
from rsrag.knowledge.collection import Records
from rsrag.knowledge.values import parse_value
from rsrag.rag.answering.answer import ask
from rsrag.rag.answering.ask_request import AskRequest
from rsrag.rag.linking import phrase_vectors
from rsrag.rag.linking.value_fits import contrary, misfit
from rsrag.rag.linking.variable_linker import VariableLinker, about_it
from rsrag.records import Fact, Passage

LAKE = [
    ("maximum_depth", "501 m"), ("average_depth", "300 m"), ("surface_area", "490 km2"),
    ("country", "United States"), ("outflow", "Truckee River"),
    ("inflow", "Upper Truckee River"),
    ("known_for", "clear water"), ("elevation", "1,897 m"),
    ("region", "California and Nevada"),
]  # fmt: skip
ISLAND = [
    ("largest_city", "Palermo"), ("highest_point", "Mount Etna"), ("country", "Italy"),
    ("highest_elevation", "3,357 m"), ("surface_area", "25,711 km2"),
    ("sea", "Mediterranean Sea"),
]  # fmt: skip
PEAK = [
    ("elevation", "4,478 m"), ("first_ascent", "14 July 1865"),
    ("country", "Switzerland"), ("first_climbers", "Edward Whymper and party"),
    ("named_after", "meadows"),
]  # fmt: skip
RIVER = [
    ("length", "2,850 km"), ("mouth", "Black Sea"), ("discharge", "6,500 m3/s"),
    ("drainage_basin", "801,463 km2"), ("river_source", "Black Forest"),
]  # fmt: skip


@pytest.fixture(scope="module")
def linker() -> VariableLinker:
    return VariableLinker(load_text_encoder)


@pytest.mark.parametrize(
    ("facts", "question", "variable"),
    [
        (LAKE, "How deep is it on average?", "average_depth"),
        (LAKE, "Down to what depth does it go?", "maximum_depth"),
        (LAKE, "Which river carries its water away?", "outflow"),
        (LAKE, "Which river brings water into it?", "inflow"),
        (LAKE, "What makes it special?", "known_for"),
        (LAKE, "In what part of the country does it lie?", "region"),
        (LAKE, "How many hectares does it measure?", "surface_area"),
        (ISLAND, "What's the biggest town there?", "largest_city"),
        (ISLAND, "Which mountain is the tallest on it?", "highest_point"),
        (ISLAND, "What sea washes around it?", "sea"),
        (PEAK, "Who stood on top of it first?", "first_climbers"),
        (PEAK, "In which year did people first get to the top of it?", "first_ascent"),
        (PEAK, "Where does its name come from?", "named_after"),
        (RIVER, "How much water does it carry?", "discharge"),
        (RIVER, "Into what does it empty in the end?", "mouth"),
        (RIVER, "Where does it spring?", "river_source"),
        (RIVER, "How many miles does it run?", "length"),
    ],
)
def test_meanings(linker, facts, question, variable) -> None:
    found = linker.link(question, facts)
    assert (found.variable, found.sure) == (variable, True)


@pytest.mark.parametrize(
    ("facts", "question", "rival"),
    [
        (LAKE, "What team plays at it?", "home_team"),
        (LAKE, "Who designed it?", "architect"),
        (ISLAND, "When did it open?", "opened"),
        (ISLAND, "How deep is it on average?", "average_depth"),
        (PEAK, "How many passengers use it a year?", "annual_passengers"),
        (RIVER, "Which religion does it belong to?", "religion"),
        ([one for one in LAKE if one[0] != "average_depth"],
         "How deep is it on average?", "average_depth"),
    ],
)  # fmt: skip
def test_what_is_not_held_is_not_linked(linker, facts, question, rival) -> None:
    found = linker.link(question, facts)
    assert not found.sure
    assert found.rival == rival


def test_monthly_values_are_meant_where_a_time_is_named(linker) -> None:
    facts = [*RIVER, ("ndvi", "0.4")]
    asked = "How green was it?"
    assert linker.link(asked, facts, timed=True).variable == "ndvi"
    assert linker.link(asked, facts).variable != "ndvi"
    assert linker.link(asked, [("ndvi", "0.4")]) is None


@pytest.mark.parametrize(
    ("question", "good", "bad"),
    [
        ("Who built it?", "Khufu", "1,200 m"),
        ("When was it finished?", "1889", "concrete"),
        ("In which year did it close?", "12th century", "Paris"),
        ("Which river feeds it?", "Rhône", "580 km2"),
        ("How long is it?", "6.2 km", "Danube"),
    ],
)
def test_kinds_of_answers(question, good, bad) -> None:
    assert misfit(question, good) == 0 < misfit(question, bad)


@pytest.mark.parametrize(
    ("question", "label", "against"),
    [
        ("How deep is it on average?", "maximum depth", True),
        ("How deep is it on average?", "average depth", False),
        ("What is its maximum depth?", "average depth", True),
        ("How deep is it at its deepest?", "mean depth", True),
        ("How deep is it?", "maximum depth", False),
        ("Is the average above the maximum?", "maximum depth", False),
    ],
)
def test_an_average_is_no_extreme(question, label, against) -> None:
    assert contrary(question, label) is against


@pytest.mark.parametrize(
    ("text", "names", "question"),
    [
        ("How deep is the Dead Sea?", ["Dead Sea"], "How deep is it?"),
        ("What is Sicily's biggest city?", ["Sicily"], "What is its biggest city?"),
        ("Where is it?", [], "Where is it?"),
    ],
)
def test_about_it(text, names, question) -> None:
    assert about_it(text, names) == question


def test_the_file_of_phrases_is_that_of_the_vocabulary() -> None:
    """After a change of the vocabulary: ``scripts/phrase-vectors``."""
    encoder = load_text_encoder()
    assert encoder.identity.weights_sha256 == phrase_vectors.WEIGHTS
    held = phrase_vectors.read()
    texts = {one.text for one in phrase_vectors.all_phrases()}
    assert set(held) == {phrase_vectors.digest_of(text) for text in texts}
    some = sorted(texts)[::29]
    rows = np.stack([held[phrase_vectors.digest_of(text)] for text in some])
    assert (np.sum(rows * encoder.encode_texts(some), axis=1) > 0.999).all()


class _Other:
    """MiniLM by another name, to take the path of other encoders."""

    def __init__(self) -> None:
        self._inner = load_text_encoder()
        self.identity = type("Identity", (), {"weights_sha256": "0" * 64, "dim": 384})()
        self.encode_texts = self._inner.encode_texts


def test_another_encoder_embeds_what_it_needs() -> None:
    found = VariableLinker(_Other).link("How deep is it on average?", LAKE)
    assert (found.variable, found.sure, found.rival) == ("average_depth", True, None)


def test_a_phrase_that_the_file_lacks_is_embedded(monkeypatch) -> None:
    held = phrase_vectors.read()
    known = dict(list(held.items())[: len(held) // 2])
    monkeypatch.setattr(phrase_vectors, "read", lambda: known)
    linker = VariableLinker(load_text_encoder)
    for facts, question, variable in (
        (LAKE, "How deep is it on average?", "average_depth"),
        (RIVER, "How much water does it carry?", "discharge"),
    ):
        assert linker.link(question, facts).variable == variable


def test_the_file_can_be_made_again(monkeypatch, tmp_path) -> None:
    few = phrase_vectors.all_phrases()[:3]
    monkeypatch.setattr(phrase_vectors, "all_phrases", lambda: few)
    phrase_vectors.write(load_text_encoder(), tmp_path / "few.npz")
    whole = phrase_vectors.read()
    monkeypatch.setattr(phrase_vectors, "FILE", tmp_path / "few.npz")
    made = phrase_vectors.read()
    assert len(made) == len({one.text for one in few})
    assert all(float(row @ whole[key]) > 0.999 for key, row in made.items())


@pytest.fixture(scope="module")
def linked(own_cache, tmp_path_factory, linker):
    marks = [
        place("Lake Tarn", "lake", lon_lat=(1, 2)),
        place("Isle of Skarn", "island", lon_lat=(3, 4)),
        place("Grimhorn", "mountain", lon_lat=(5, 6)),
    ]
    facts = []
    for mark, held in zip(marks, (LAKE, ISLAND, PEAK), strict=True):
        for variable, value in held:
            number, unit = parse_value(value)
            key = f"{len(facts):016x}"
            facts.append(
                Fact(key, mark.id, variable, value, number=number, unit=unit, **FROM)
            )
    records = Records(tuple(marks), tuple(facts), ())
    catalogue = open_records(tmp_path_factory.mktemp("linked"), records)

    def told(question: str, **more):
        plain = tools(catalogue)
        link = lambda text, held, timed, among: linker.link(text, held, timed=timed)  # noqa: E731
        return ask(AskRequest(question, **more), replace(plain, link=link))

    yield told
    catalogue.close()


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How deep is Lake Tarn?", "501 m"),
        ("How deep would you say Lake Tarn is on average?", "300 m"),
        ("Which river carries the water of Lake Tarn away?", "Truckee River"),
        ("In what part of the country does Lake Tarn lie?", "California and Nevada"),
        ("What's the biggest town on the Isle of Skarn?", "Palermo"),
        ("Who stood on the Grimhorn first?", "Edward Whymper and party"),
        ("Who first climbed the Grimhorn?", "Edward Whymper and party"),
        ("When did someone first stand on the Grimhorn?", "14 July 1865"),
    ],
)
def test_asked_in_other_words(linked, question, value) -> None:
    answer = linked(question)
    assert answer.value == value


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Which rivers bring water into Lake Tarn?", "Upper Truckee River"),
        ("What islands or towns make the Isle of Skarn known?", None),
        ("Why is Lake Tarn so special?", "clear water"),
        ("Why is Lake Tarn so deep?", None),
    ],
)
def test_kinds_and_reasons(linked, question, value) -> None:
    assert linked(question).value == value


@pytest.mark.parametrize(
    "question",
    [
        "Which team plays its games at Lake Tarn?",
        "Who came up with the plans for Lake Tarn?",
        "How many people rode up the Grimhorn last year?",
        "Why does Lake Tarn not freeze?",
        "What did Lake Tarn look like before the flood?",
    ],
)
def test_other_words_that_no_fact_answers(linked, question) -> None:
    answer = linked(question)
    assert answer.value is None or answer.confidence < 0.7


def test_words_of_a_source_count_where_others_have_its_field(linker) -> None:
    asked = "What tradition or identity does it embody?"
    facts = [("construction_period", "1922"), ("primary_function", "Cargo")]
    among = ("cultural_significance", "construction_period")
    found = linker.link(asked, facts, among=among)
    assert (found.rival, found.unheld) == ("cultural_significance", True)
    assert linker.link(asked, facts).rival != "cultural_significance"


def test_a_field_that_is_not_held_is_not_answered_by_another(
    tmp_path, own_cache, linker
) -> None:
    marks = [place("Marl Airport", "airport"), place("Ostia Hall", "museum")]
    said = [
        (marks[0], "construction_period", "1922", None),
        (marks[0], "name", "Marl Airport", None),
        (marks[0], "category", "airport", None),
        (marks[0], "emis", "0.97", "2022-01"),
        (marks[1], "historical_background", "It grew from a mill of 1850.", None),
        (marks[1], "cultural_significance", "It stands for the weavers.", None),
    ]
    facts = tuple(
        Fact(f"{number:016x}", mark.id, variable, value, period=period, **FROM)
        for number, (mark, variable, value, period) in enumerate(said)
    )
    catalogue = open_records(tmp_path, Records(tuple(marks), facts, ()))
    with_link = replace(
        tools(catalogue),
        link=lambda text, held, timed, among: linker.link(
            text, held, timed=timed, among=among
        ),
    )
    for question in (
        "What tradition or identity does Marl Airport embody?",
        "Under what circumstances did Marl Airport arise?",
        "Who with a great name turned up at Marl Airport?",
        "When did Marl Airport lose its roof?",
    ):
        assert ask(AskRequest(question), with_link).refused, question
    asked = "What tradition or identity does Ostia Hall embody?"
    assert "weavers" in ask(AskRequest(asked), with_link).text
    catalogue.close()


def test_texts_are_asked_where_a_question_points_back(tmp_path, own_cache) -> None:
    said = (
        "The cellar was given up as a store in 2003 after water had seeped through the "
        "eastern wall.",
        "The Ister flows by, and no ship sails on it in winter because of the ice.",
    )
    texts = tuple(
        Passage(f"{n:016x}", text, "document", **FROM) for n, text in enumerate(said)
    )
    marks = (place("River Ister", "river", aliases=("Ister",)), place("Tarn", "lake"))
    catalogue = open_records(tmp_path, Records(marks, (), texts))
    plain = replace(tools(catalogue), retrieve=lambda request, question: [])
    found = ask(AskRequest("What made them leave the cellar as a store?"), plain)
    assert "seeped" in found.text
    assert found.confidence <= 0.6
    assert ask(AskRequest("Who made them?"), plain).refused
    found = ask(AskRequest("Why does no ship sail on the Ister in winter?"), plain)
    assert "ice" in found.text
    catalogue.close()


def test_values_are_not_read_where_another_variable_is_far_nearer() -> None:
    """What *number of runways* asks for fits nothing that a lake has."""
    read = []

    class Noting:
        def __init__(self):
            self._encoder = load_text_encoder()
            self.identity = self._encoder.identity

        def encode_texts(self, texts):
            read.extend(texts)
            return self._encoder.encode_texts(texts)

    question = "What is its number of runways?"
    found = VariableLinker(Noting).link(question, LAKE)
    assert read == [question]
    assert (found.rival, found.unheld, found.sure) == ("runways", True, False)
