"""Scores of a run of questions, each figure worked by hand."""

import json

import pytest

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.rswk_questions import (
    QaQuestion,
    put_landmark,
    read_questions,
)
from rsrag.evaluation.data.unanswerable import make_unanswerable
from rsrag.evaluation.qa_scores import (
    QaOutcome,
    kind_report,
    qa_report,
    unsupported_numbers,
)

VALUE = QaQuestion(
    "Ziz", "monthly", "NDVI 2019 May", "NDVI of Ziz in May 2019?", "-0.19"
)
PLACE = QaQuestion("Ziz", "world", "Location", "Where is Ziz?", "Rome, Italy")
LONG = QaQuestion("Ziz", "world", "Details", "Tell of Ziz.", "one two three " * 3)
NONE = QaQuestion("Zaz", "unanswerable", None, "NDVI of Zaz?", None)


def test_a_run_by_hand() -> None:
    report = qa_report(
        [
            QaOutcome(VALUE, "The NDVI was -0.19 [1].", value="-0.19"),
            QaOutcome(VALUE, "The NDVI was 0.19 [1].", value="0.19"),
            QaOutcome(VALUE, "Not in the knowledge base: -0.19", refused=True),
            QaOutcome(PLACE, "It lies in Rome, Italy [1, 2]."),
            QaOutcome(LONG, "one two [1]"),
            QaOutcome(NONE, "Not in the knowledge base.", refused=True),
            QaOutcome(NONE, "It is 0.5 [1].", value="0.5"),
        ]
    )
    monthly = report["monthly"]
    assert monthly["n"] == 3
    assert monthly["exact_match"] == pytest.approx(1 / 3)
    # SQuAD's own normalisation takes 0.19 for -0.19.
    assert monthly["squad_exact_match"] == pytest.approx(2 / 3)
    assert monthly["contains"] == pytest.approx(1 / 3)
    assert monthly["token_f1"] == pytest.approx(2 / 3)
    assert monthly["refusals"] == pytest.approx(1 / 3)
    assert report["world"]["n"] == 2
    assert report["world_short"]["n"] == 1
    assert report["world_short"]["exact_match"] == 0
    assert report["world_short"]["exact_or_contains"] == 1
    assert report["world_short"]["token_f1"] == pytest.approx(2 * 2 / (5 + 2))
    assert report["expert"] == {"n": 0}
    assert report["overall"]["n"] == 5
    assert report["overall"]["refusals"] == pytest.approx(1 / 5)
    assert report["unanswerable"]["refusals"] == pytest.approx(1 / 2)
    assert "exact_match" not in report["unanswerable"]
    assert report["refusal"] == {
        "n_unanswerable": 2,
        "n_answerable": 5,
        "precision": pytest.approx(1 / 2),
        "recall": pytest.approx(1 / 2),
        "answerable_refused": pytest.approx(1 / 5),
    }
    assert json.loads(json.dumps(report)) == report


def test_hits_are_over_questions_with_a_truth() -> None:
    report = kind_report(
        [
            QaOutcome(
                PLACE,
                "",
                landmark_ids=("b", "a"),
                evidence_ids=("x", "y", "z"),
                true_landmark_ids=frozenset({"a"}),
                true_evidence_ids=frozenset({"z"}),
            ),
            QaOutcome(
                PLACE,
                "",
                landmark_ids=("a",),
                true_landmark_ids=frozenset({"a", "c"}),
                true_evidence_ids=frozenset({"z"}),
            ),
            QaOutcome(PLACE, "", landmark_ids=("a",)),
        ]
    )
    assert report["landmark_hit@1"] == pytest.approx(1 / 2)
    assert report["evidence_hit@1"] == 0
    assert report["evidence_hit@3"] == pytest.approx(1 / 2)
    assert report["seconds_median"] is None
    assert kind_report([QaOutcome(PLACE, "")])["landmark_hit@1"] is None


def test_numbers_that_nothing_holds() -> None:
    def answered(text: str, *evidence: str) -> QaOutcome:
        return QaOutcome(VALUE, text, evidence_texts=evidence)

    held = "Ziz NDVI 2019-05: -0.19"
    assert unsupported_numbers(answered("-0.19 in May 2019 [1] [2, 3]", held)) == []
    assert unsupported_numbers(answered("0.19", held)) == [0.19]
    assert unsupported_numbers(answered("-0.19, that is 19 %", held)) == [19]
    assert unsupported_numbers(QaOutcome(VALUE, "99")) == []
    report = kind_report([answered("-0.19", held), answered("7", held)])
    assert report["unsupported_numbers"] == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "Can you identify the name of the site captured in the remote image?",
            "Can you identify the name of Ziz?",
        ),
        (
            "What is the area where this landmark in the remote image is located?",
            "What is the area where Ziz is located?",
        ),
        (
            "In what area can the landmark from this remote image be found?",
            "In what area can Ziz be found?",
        ),
        (
            "What is the location of the site in this remote image?",
            "What is the location of Ziz?",
        ),
        (
            "Why is the location in this remote image historically significant?",
            "Why is Ziz historically significant?",
        ),
        (
            "What significant major events are part of the site's history?",
            "What significant major events are part of Ziz's history?",
        ),
        (
            "Can you specify the address of this remote image location?",
            "Can you specify the address of Ziz?",
        ),
        (
            "What more can be said in terms of details about this remote site?",
            "What more can be said in terms of details about Ziz?",
        ),
        (
            "Whatarchitectural characteristics are notable here?",
            "What architectural characteristics are notable at Ziz?",
        ),
        (
            "What is the current primary function of the place shown?",
            "What is the current primary function of Ziz?",
        ),
        (
            "For the location shown, what is the TS value in May 2019?",
            "For Ziz, what is the TS value in May 2019?",
        ),
        (
            "In the context of May 2019 and this remote location, what is the TS "
            "measurement?",
            "In the context of May 2019 and Ziz, what is the TS measurement?",
        ),
        (
            "What value does TS reach in May 2019 for the region in the image?",
            "What value does TS reach in May 2019 for Ziz?",
        ),
        (
            "Looking at the image from May 2019, what is the observed TS?",
            "Looking at the image of Ziz from May 2019, what is the observed TS?",
        ),
        (
            "What remote sensing value corresponds to TS in May 2019?",
            "What remote sensing value corresponds to TS at Ziz in May 2019?",
        ),
        (
            "Based on the satellite data for May 2019, what is the TS in this image?",
            "Based on the satellite data for May 2019, what is the TS at Ziz?",
        ),
        (
            "What does the remote image indicate about TS in May 2019?",
            "What does the remote image of Ziz indicate about TS in May 2019?",
        ),
        (
            "Please extract the TS of this area in May 2019 based on the remote image.",
            "Please extract the TS of Ziz in May 2019 based on the remote image.",
        ),
        (
            "Based on the image and variable data, how is the climate?",
            "Based on the image of Ziz and variable data, how is the climate?",
        ),
        ("Is the area likely dry?", "Is Ziz likely dry?"),
        ("How windy is it in the observed area?", "How windy is it at Ziz?"),
        ("What is the leaf area index?", "At Ziz: What is the leaf area index?"),
        ("What of the region data?", "At Ziz: What of the region data?"),
        ("Where is ziz in the image?", "Where is ziz in the image?"),
    ],
)
def test_the_name_stands_where_the_picture_was(question: str, said: str) -> None:
    assert put_landmark(question, "Ziz") == said


def test_a_name_is_taken_as_it_is() -> None:
    name = r"A \1 {} (B)"
    assert put_landmark("Tell of this place.", name) == f"Tell of {name}."
    assert put_landmark("See the image.", name) == f"See the image of {name}."


NAMES = ["Biarritz", "Muradiye Complex", "Old Town Bridge", "Tower of Pizo", "Rue Zara"]


def test_questions_without_an_answer() -> None:
    asked = [
        QaQuestion("Biarritz", "monthly", "TS", "TS of this area in May 2019?", "1"),
        QaQuestion("Rue Zara", "monthly", "TS", "TS of this area in May 2019?", "1"),
        QaQuestion("Biarritz", "expert", None, "Is this area dry?", "Yes."),
    ]
    held = [("biarritz", f"2019-{month:02d}") for month in range(1, 13)]
    held += [("Rue Zara", "2019-05")]
    made = make_unanswerable(asked, NAMES, held, 5, seed=1)
    assert made == make_unanswerable(asked, NAMES, held, 5, seed=1)
    assert made != make_unanswerable(asked, NAMES, held, 5, seed=2)
    assert {q.kind for q in made} == {"unanswerable"}
    assert {q.answer for q in made} == {None}
    nowhere = [q for q in made if q.field == "no such landmark"]
    never = [q for q in made if q.field == "no such month"]
    assert (len(nowhere), len(never)) == (3, 2)
    assert len({q.landmark for q in nowhere}) == 3
    for question in nowhere:
        name = question.landmark.casefold()
        assert not any(name in known.casefold() for known in NAMES)
    for question in never:
        assert question.landmark in ("Biarritz", "Rue Zara")
        assert "May 2019" not in question.question
        if question.landmark == "Biarritz":
            assert "2019" not in question.question


def test_too_few_to_draw_from() -> None:
    with pytest.raises(ValueError, match="names"):
        make_unanswerable([PLACE], [], [], 1, seed=0)
    with pytest.raises(ValueError, match="months"):
        make_unanswerable([PLACE], NAMES, [], 2, seed=0)


def test_reading_questions(tmp_path) -> None:
    path = tmp_path / "q.jsonl"
    row = {"landmark": "Ziz", "kind": "world", "question": "Where?", "answer": "Here"}
    none = {"landmark": "Zaz", "kind": "unanswerable", "question": "Where?"}
    path.write_text(f"\ufeff{json.dumps(row)}\n\n{json.dumps(none)}\n")
    assert read_questions(path) == [
        QaQuestion("Ziz", "world", None, "Where?", "Here"),
        QaQuestion("Zaz", "unanswerable", None, "Where?", None),
    ]
    with pytest.raises(SourceNotFoundError, match="nowhere"):
        read_questions(tmp_path / "nowhere")
    for bad, what in [
        ("{", "line 1 is not JSON"),
        ("[]", "not an object"),
        ("", "no question"),
        (json.dumps({**row, "kind": "x"}), "kind is 'x'"),
        (json.dumps({**row, "landmark": 3}), "landmark is 3"),
        (json.dumps({**row, "question": " "}), "question is ' '"),
    ]:
        path.write_text(bad)
        with pytest.raises(ConfigError, match=what):
            read_questions(path)
    path.write_bytes(b"\xff\x81")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_questions(path)
