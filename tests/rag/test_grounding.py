"""The guard between a language model and the reader."""

import pytest
from hypothesis import given, strategies as st

from rsrag.answers import Evidence
from rsrag.rag.saying.claims import Claims, months_in, names_in, negates, numbers_in
from rsrag.rag.saying.grounding import cite, cited_numbers, ground, unsupported
from rsrag.rag.saying.sentences import content_words, sentences
from rsrag.retrieval.entailment import Verdict


def fact(text: str, landmark: str = "Lake Baikal", id: str = "f") -> Evidence:
    return Evidence("fact", id, text, "test", "CC0-1.0", "l", landmark)


DEPTH = fact("The maximum depth of Lake Baikal is 1,642 m.", id="depth")
AREA = fact("The surface area of Lake Baikal is 31,722 km2.", id="area")
STORY = Evidence(
    "passage",
    "story",
    "Lake Baikal lies in southern Siberia. It freezes in January and thaws in May. "
    "It was not drained by the dam of 1956. The lake holds 20 % of the fresh water "
    "on the surface of the Earth.",
    "test",
    "CC0-1.0",
    "l",
    "Lake Baikal",
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It is 8.5 m high. It is old.", ["It is 8.5 m high.", "It is old."]),
        ("St. Peter's is in Rome. Yes.", ["St. Peter's is in Rome.", "Yes."]),
        ("J. R. Smith built it. Then left.", ["J. R. Smith built it.", "Then left."]),
        ("It is deep. [1] It is cold. [2]", ["It is deep. [1]", "It is cold. [2]"]),
        ("a\nb", ["a", "b"]),
        ("", []),
        ("no end", ["no end"]),
    ],
)
def test_sentences(text, parts):
    assert sentences(text) == parts


@given(st.text(max_size=80))
def test_sentences_lose_no_letter(text):
    kept = "".join("".join(sentences(text)).split())
    assert kept == "".join(text.split())


def test_content_words_are_stems():
    assert content_words("The bridges were crossed by 3 ships") == [
        "bridg", "cross", "ship",
    ]  # fmt: skip
    assert content_words("What is the name of it?") == ["nam"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,642 m", {1642}),
        ("31 722 km2", {31722}),
        ("-0.19", {-0.19}),
        ("−89.2 °C", {-89.2}),
        ("1783-1789", {1783, 1789}),
        ("1783–1789", {1783, 1789}),
        ("2.5 million people", {2_500_000}),
        ("seven bridges", {7}),
        ("one of the lakes", set()),
        ("the 5th Avenue", {5}),
        ("[3] says so", set()),
        ("0.45 [1]", {0.45}),
        ("B04 and km2", set()),
        ("42%", {42}),
    ],
)
def test_numbers(text, numbers):
    assert Claims.of(text).numbers == numbers


def test_months_and_names_and_denials():
    assert months_in("it may thaw in May, or march in July") == {"may", "july"}
    assert names_in("The Angara leaves Lake Baikal. It is near Irkutsk.") == {
        "angara", "lake", "baikal", "irkutsk",
    }  # fmt: skip
    assert negates("It wasn't drained.")
    assert negates("It has no bridge.")
    assert not negates("It knots.")


def test_a_number_must_be_in_the_evidence():
    assert unsupported("Lake Baikal has a maximum depth of 1,642 m.", DEPTH) is None
    why = unsupported("Lake Baikal has a maximum depth of 1700 m.", DEPTH)
    assert why == "the evidence does not hold the number 1700"


def test_a_number_may_not_come_from_another_sentence_of_the_passage():
    assert unsupported("The lake holds 20 % of the fresh water.", STORY) is None
    assert unsupported("The lake holds 1956 % of the fresh water.", STORY) is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "Lake Baikal freezes in February.",
        "Lake Baikal lies in southern Mongolia.",
        "Lake Baikal was drained by the dam of 1956.",
        "Lake Baikal does not lie in southern Siberia.",
        "Lake Baikal is beloved by tourists from everywhere.",
        "The maximum depth of Lake Victoria is 1,642 m.",
    ],
)
def test_what_is_not_there_does_not_pass(sentence):
    assert unsupported(sentence, STORY) is not None
    assert unsupported(sentence, DEPTH) is not None


def test_ground_keeps_cites_and_tells():
    text = (
        "Lake Baikal has a maximum depth of 1,642 m [2]. "
        "Its surface area is 31,722 km2. "
        "It was discovered by Vikings in 1012 [1]."
    )
    result = ground(text, [AREA, DEPTH])
    assert result.text == (
        "Lake Baikal has a maximum depth of 1,642 m [1]. "
        "Its surface area is 31,722 km2 [2]."
    )
    assert [c.evidence.id for c in result.citations] == ["depth", "area"]
    assert result.removed == (
        (
            "It was discovered by Vikings in 1012.",
            "the evidence does not hold the number 1012",
        ),
    )


def test_a_wrong_citation_is_put_right():
    result = ground("The maximum depth of Lake Baikal is 1,642 m [1].", [AREA, DEPTH])
    assert [c.evidence.id for c in result.citations] == ["depth"]


def test_nothing_to_stand_on():
    assert ground("It is 12 m high.", []).removed == (
        ("It is 12 m high.", "there is no evidence"),
    )
    assert ground("", [DEPTH]).text == ""


def test_a_sentence_said_twice_stands_once():
    once = "The maximum depth of Lake Baikal is 1,642 m."
    assert ground(f"{once} {once}", [DEPTH]).text.count("1,642") == 1


@given(st.integers(0, 10**7).filter(lambda n: n not in (1642,)))
def test_no_other_number_ever_passes(number):
    claim = f"The maximum depth of Lake Baikal is {number:,} m."
    assert ground(claim, [DEPTH]).text == ""


def test_citations_are_read_and_written():
    assert cited_numbers("Deep [1, 3] and wide [2].") == [1, 3, 2]
    assert cite("It is deep.", [1, 2]) == "It is deep [1] [2]."
    assert cite("Is it deep?", [1]) == "Is it deep [1]?"


def test_numbers_of_names_are_not_claims_to_be_proved():
    evidence = fact(
        "The length of 25 de Abril Bridge is 2,277 m.", "25 de Abril Bridge"
    )
    assert unsupported("25 de Abril Bridge has a length of 2,277 m.", evidence) is None
    assert numbers_in("25 de Abril Bridge") == {25}


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        ("The Sahara is stony plateau.", False),
        ("The dunes of the Sahara have a height of 180 m.", False),
        ("Most of the Sahara is stony plateau.", True),
        ("The Sahara is the largest hot desert.", True),
    ],
)
def test_limits_stay(sentence, stands):
    text = (
        "The Sahara is the largest hot desert and covers most of northern Africa. "
        "Dunes of the Sahara have a height of up to 180 m; most of the Sahara is stony "
        "plateau."
    )
    assert (unsupported(sentence, fact(text, "Sahara")) is None) is stands


def judged(verdicts):
    """An NLI model that knows some pairs, and is neutral on all others."""

    def nli(evidence, sentence):
        return verdicts.get((evidence, sentence), Verdict(0.1, 0.1))

    return nli


FREEZES = "It freezes in January and thaws in May."


def test_an_nli_model_drops_what_goes_against_the_evidence():
    said = "It freezes in January."
    assert unsupported(said, STORY) is None
    assert unsupported(said, STORY, judged({})) is None
    nli = judged({(FREEZES, said): Verdict(0.1, 0.8)})
    assert "goes against" in unsupported(said, STORY, nli)
    checked = ground(said, [STORY], nli)
    assert checked.lines == ()
    assert "NLI" in checked.removed[0][1]


def test_an_nli_model_lets_stand_what_follows_in_other_words():
    said = "In January the water turns to ice."
    assert unsupported(said, STORY).startswith("no clause")
    nli = judged({(FREEZES, said): Verdict(0.95, 0.01)})
    assert unsupported(said, STORY, nli) is None
    assert unsupported(said, STORY, judged({(FREEZES, said): Verdict(0.8, 0)}))


def test_numbers_names_and_denials_are_not_the_affair_of_an_nli_model():
    sure = lambda evidence, sentence: Verdict(1.0, 0.0)  # noqa: E731
    for said in (
        "It freezes in February.",
        "It was drained by the dam of 1956.",
        "The lake holds 30 % of the fresh water on the surface of the Earth.",
        "Lake Baikal lies in southern Canada.",
    ):
        assert unsupported(said, STORY, sure), said


def test_what_lacks_is_told_of_the_sentence_that_speaks_of_the_same():
    reason = unsupported(
        "It freezes in January and it is thawed in May by the sun.", STORY
    )
    assert reason is not None
    assert not reason.startswith("the evidence does not")
