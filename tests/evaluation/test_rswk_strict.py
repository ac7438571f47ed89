"""The strict protocol over RSWK, on made files of the same format."""

import json
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from rsrag.commands import main
from rsrag.evaluation.data.rswk_questions import QaQuestion
from rsrag.evaluation.qa_scores import QaOutcome
from rsrag.evaluation.rswk import expert_answers as expert
from rsrag.evaluation.rswk.full_records import (
    MONTHLY,
    NAME,
    WORLD,
    fill,
    read_rows,
)
from rsrag.evaluation.rswk.picture_part import drawn, find
from rsrag.evaluation.rswk.question_sets import question_sets
from rsrag.evaluation.rswk.strict_run import headline, right, set_report
from rsrag.evaluation.rswk.wordings import (
    HALVES,
    WORLD_FIELDS,
    monthly_question,
    world_wordings,
)

NAMES = ("Arlen Bridge", "Brook Castle", "Corin Market", "Dale Abbey")
ASKED = [
    QaQuestion(NAMES[0], "world", "Location", "Where is this place?", "Arles, France"),
    QaQuestion(
        NAMES[1], "world", "Construction_Period", "When was this site built?", "1801"
    ),
    QaQuestion(
        NAMES[2],
        "monthly",
        "NDVI 2019 January",
        "What was the NDVI of this place in January 2019?",
        "0.31",
    ),
    QaQuestion(
        NAMES[3],
        "expert",
        None,
        "Is wind energy feasible in the area?",
        "The wind speed is 6.11 m/s, which is suitable for wind energy generation.",
    ),
]


def write_rswk(folder):
    """Both files of records and the questions; returns the questions' path."""
    folder.mkdir()
    world = [
        {NAME: name, WORLD: {"Name": name, "Category": "Historic Site"}}
        for name in NAMES
    ]
    world[0][WORLD]["Location"] = "Arles, France"
    world[1][WORLD]["Construction_Period"] = "1801"
    world[3][WORLD] |= {field: f"{field} of the abbey" for field in WORLD_FIELDS}
    monthly = [
        {NAME: NAMES[2], MONTHLY: {"NDVI 2019 January": "0.31"}},
        {NAME: NAMES[0], MONTHLY: {"NDVI 2019 March": "0.52", "TS 2019 May": "9.5°C"}},
    ]
    (folder / "world_knowledge.json").write_text(json.dumps(world))
    (folder / "monthly_knowledge.json").write_text(json.dumps(monthly))
    keys = ("landmark", "kind", "field", "question", "answer")
    lines = [json.dumps({key: getattr(one, key) for key in keys}) for one in ASKED]
    path = folder.parent / "questions.jsonl"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def records(tmp_path):
    write_rswk(tmp_path / "rswk")
    rows = read_rows(tmp_path / "rswk")
    return fill(rows, ASKED, expert.expert_values(ASKED), seed=1)


def row_of(records, name):
    return next(row for row in records.rows if row[NAME] == name)


def test_fields_are_lent_but_for_two_that_are_asked_for_in_vain(records):
    row = row_of(records, NAMES[0])
    missing = [field for name, field in records.no_field if name == NAMES[0]]
    assert len(missing) == 2
    assert set(row[WORLD]) == {"Name", "Category", *WORLD_FIELDS} - {*missing}
    assert row[WORLD]["Location"] == "Arles, France"
    lent = row[WORLD].keys() - {"Name", "Category", "Location"}
    assert lent
    assert all(row[WORLD][field] in ("1801", f"{field} of the abbey") for field in lent)


def test_all_months_and_variables_are_lent_and_none_has_the_value_asked_for(records):
    row = row_of(records, NAMES[2])
    months = [key for key in row[MONTHLY] if key.startswith("NDVI 2019")]
    assert len(months) == 10
    assert row[MONTHLY]["TS 2019 January"] == "9.5°C"
    assert [k for k, value in row[MONTHLY].items() if value == "0.31"] == [
        "NDVI 2019 January"
    ]
    vain = [period for name, _, period in records.no_month if name == NAMES[2]]
    assert len(vain) == 2
    assert not {f"NDVI {period}" for period in vain} & row[MONTHLY].keys()


def test_neighbours_by_name_have_values_of_their_own(records):
    made = [row for row in records.rows if row[NAME] not in NAMES]
    assert made
    for row in made:
        words = set(row[NAME].split())
        assert any(len(words & set(name.split())) == 1 for name in NAMES)
        assert row[WORLD]["Name"] == row[NAME]
    assert {name for name, _ in records.no_such_name} <= {*NAMES}
    taken = {row[NAME] for row in records.rows}
    assert not taken & {near for _, near in records.no_such_name}


def test_values_of_experts_become_facts(records):
    assert row_of(records, NAMES[3])["expert knowledge"] == {"SPEED": "6.11 m/s"}


def test_halves_share_no_wording():
    first, second = (world_wordings(half) for half in HALVES)
    assert set(first) == set(second) == set(WORLD_FIELDS)
    for field in WORLD_FIELDS:
        assert len(first[field]) == len(second[field]) == 5
        assert not {*first[field]} & {*second[field]}
        assert all(text.count("{}") == 1 for text in [*first[field], *second[field]])
    months = [
        monthly_question("X", "NDVI", "2019 March", half, random.Random(0))
        for half in HALVES
    ]
    assert all("March" in text and "2019" in text and "X" in text for text in months)
    assert "vegetation index" in months[0]
    assert "index of how green it is" in months[1]


def test_sets(records):
    sets = question_sets(ASKED, records, {"Location": ["Map of {}?"]}, None, seed=0)
    assert [q.question for q in sets["world, RSWK's words"]] == [
        "Where is Arlen Bridge?",
        "When was Brook Castle built?",
    ]
    assert [q.question for q in sets["world, given words"]] == ["Map of Arlen Bridge?"]
    assert len(sets["world, held back"]) == 2
    assert len(sets["expert"]) == 1
    assert {q.answer for q in sets["no such field"]} == {None}
    assert all(q.landmark in q.question for q in sets["no such month"])
    assert all(q.landmark in q.question for q in sets["no such name"])
    few = question_sets(ASKED, records, None, 1, seed=0)
    assert len(few["no such field"]) == 1


WIND = ASKED[3].answer


@pytest.mark.parametrize(
    ("said", "value", "direction"),
    [
        (WIND, True, True),
        ("The wind speed is 6.11 m/s.", True, False),
        ("It is 6.11 m/s, which is not suitable.", True, False),
        ("At 4 m/s it is suitable.", False, True),
        ("", False, False),
    ],
)
def test_experts_are_judged_by_value_and_direction(said, value, direction):
    assert expert.value_right(said, WIND) is value
    assert expert.direction_right(said, WIND) is direction
    assert expert.expert_right(said, WIND) is (value and direction)


def test_an_answer_without_value_or_direction_is_judged_by_the_other():
    assert expert.direction_right("any", "The azimuth is 157.58°.") is None
    assert expert.expert_right("It is 157.58 degrees", "The azimuth is 157.58°.")
    assert expert.value_right("any", "Yes, it is dry.") is None
    assert expert.expert_right("Yes, dry land.", "Yes, it is dry.")


def outcome(question, text, refused=False, value=None):
    return QaOutcome(question, text, value=value, refused=refused)


def test_what_is_right():
    asked = ASKED[0]
    assert right(outcome(asked, "It lies in Arles, France [1]."))
    assert right(outcome(asked, "x", value="Arles, France"))
    assert not right(outcome(asked, "It lies in Arles, France", refused=True))
    assert not right(outcome(asked, "word " * 60 + "Arles, France"))
    vain = QaQuestion("X", "unanswerable", "Area", "Which area?", None)
    assert right(outcome(vain, "", refused=True))
    assert not right(outcome(vain, "Arles"))


def test_a_refused_expert_answer_holds_no_value():
    report = set_report([outcome(ASKED[3], f"Nearest: {WIND}", refused=True)])
    assert (report["value_right"], report["direction_right"]) == (0, 0)
    assert headline({"expert": report, "monthly, held back": {"right": 1.0}}) == 0.5


def test_drawn_pictures_are_found_again():
    class Means:
        def encode_images(self, images):
            rows = np.stack([i.mean(axis=(0, 1)) for i in images]).astype(np.float32)
            rows -= 120
            return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    pictures = {name: drawn(name) for name in NAMES}
    assert not np.array_equal(*pictures[NAMES[0]])
    found = find(pictures, Means(), 2, lambda done, of: None)
    assert found.hit_rates((1, 2)) == {"landmark_hit@1": 1, "landmark_hit@2": 1}


def strict(tmp_path, capfd, *words):
    questions = write_rswk(tmp_path / "rswk")
    given = ["--knowledge", str(tmp_path / "rswk"), "--questions", str(questions)]
    code = main(["eval", "qa", *given, "--protocol", "strict", *words])
    out, err = capfd.readouterr()
    return code, out, err


def test_the_command(tmp_path, capfd):
    code, out, err = strict(
        tmp_path, capfd, "--json", "--failures", str(tmp_path / "wrong.jsonl")
    )
    assert code == 0, err
    report = json.loads(out)
    assert set(report["systems"]) == {"rsrag", "name only", "facts' vectors"}
    own = report["systems"]["rsrag"]
    assert own["monthly, RSWK's words"]["right"] == 1
    # Nothing that is not held is answered by whoever reads no name.
    assert report["systems"]["name only"]["no such month"]["right"] == 0
    assert report["picture"]["candidates"] == 3
    assert report["picture"]["landmark_hit@10"] == 1
    assert {"bleu_1", "rouge_l_unstemmed", "cider_d"} <= set(report["picture"]["all"])
    wrong = (tmp_path / "wrong.jsonl").read_text().splitlines()
    assert all(json.loads(line)["condition"] in own for line in wrong)


def test_pictures_that_are_given(tmp_path, capfd):
    from PIL import Image

    for name in NAMES[:2]:
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number, pixels in enumerate(drawn(name)):
            Image.fromarray(pixels).save(folder / f"{number}.png")
    code, out, err = strict(
        tmp_path, capfd, "--pictures", str(tmp_path / "pictures"), "--limit", "1"
    )
    assert code == 0, err
    assert "BY GIVEN PICTURES" in out
    assert "headline" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--protocol", "easy"], "no protocol 'easy'"),
        (["--wordings", "x.json"], "belong to the strict protocol"),
    ],
)
def test_what_makes_no_sense(tmp_path, capfd, words, said):
    questions = write_rswk(tmp_path / "rswk")
    given = ["--knowledge", str(tmp_path / "rswk"), "--questions", str(questions)]
    assert main(["eval", "qa", *given, *words]) == 2
    assert said in capfd.readouterr().err


def test_records_and_wordings_that_are_none(tmp_path, capfd):
    questions = write_rswk(tmp_path / "rswk")
    empty = tmp_path / "empty"
    empty.mkdir()
    words = ["eval", "qa", "--questions", str(questions), "--protocol", "strict"]
    assert main([*words, "--knowledge", str(empty)]) == 1
    assert "no records of RSWK's" in capfd.readouterr().err
    file = tmp_path / "w.json"
    file.write_text('{"Location": ["no name"]}')
    told = ["--knowledge", str(tmp_path / "rswk"), "--wordings", str(file)]
    assert main([*words, *told]) == 1
    assert "without {}" in capfd.readouterr().err


def test_seed_fixes_the_records_whatever_the_hashes_of_texts(tmp_path):
    path = write_rswk(tmp_path / "rswk")
    code = (
        "import json, sys; from pathlib import Path;"
        "from rsrag.evaluation.data.rswk_questions import read_questions as read;"
        "from rsrag.evaluation.rswk.full_records import fill, read_rows;"
        "rows = read_rows(Path(sys.argv[1]));"
        "print(json.dumps(fill(rows, read(Path(sys.argv[2])), {}, 1).rows))"
    )

    def made(seed):
        return subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "rswk"), str(path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout

    assert made("1") == made("2")
