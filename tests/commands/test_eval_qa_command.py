"""``rsrag eval qa`` as a person types it."""

import json

import pytest

from rsrag.commands import main

QUESTIONS = [
    ("Lake Baikal", "world", "maximum_depth", "How deep is this place?", "1,642 m"),
    (
        "Lake Baikal",
        "monthly",
        "ndvi 2019-01",
        "What was the NDVI of this place in January 2019?",
        "0.45",
    ),
    (
        "Story Bridge",
        "world",
        "location",
        "Where is the landmark in the remote image?",
        "Paris, France",
    ),
]
FIELDS = ("landmark", "kind", "field", "question", "answer")


def drop_times(value):
    """Take out all timings of a report; whether there was any."""
    if not isinstance(value, dict):
        return False
    found = [value.pop(key) for key in list(value) if "second" in key or "_ms" in key]
    inner = [drop_times(one) for one in value.values()]
    return bool(found) or any(inner)


@pytest.fixture
def questions(tmp_path):
    file = tmp_path / "questions.jsonl"
    rows = [dict(zip(FIELDS, row, strict=True)) for row in QUESTIONS]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return file


@pytest.fixture
def qa(knowledge, questions, capfd):
    def call(*words, told=knowledge):
        capfd.readouterr()
        given = ["--knowledge", str(told), "--questions", str(questions)]
        code = main(["eval", "qa", *given, *words])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def test_figures(qa):
    code, out, err = qa("--unanswerable", "3", "--json")
    assert code == 0, err
    report = json.loads(out)
    assert report["world"]["n"] == 2
    assert report["world"]["exact_match"] == 0.5
    assert report["monthly"]["exact_match"] == 1
    assert report["overall"]["exact_match"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["overall"]["refusals"] == 0
    assert {"token_f1", "landmark_hit@1"} <= set(report["overall"])
    assert report["unanswerable"]["refusals"] == 1
    assert list(report["conditions"]) == ["retrieval", "oracle"]
    settings = report["settings"]
    assert (settings["asked"], settings["unanswerable"]) == (3, 3)
    assert settings["generator"] is None


def test_the_table(qa):
    code, out, _ = qa("--unanswerable", "0", "--condition", "oracle")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:4] == ["ORACLE", "N", "EXACT", "EXACT|IN"]
    assert lines[1].split()[:3] == ["world", "2", "0.500"]
    assert any(line.startswith("refusals: precision -") for line in lines)
    assert lines[-1].startswith("3 questions and 0 without answer in ")
    assert lines[-1].endswith("language model: none")


def test_without_the_landmark_all_is_refused(qa):
    code, out, _ = qa("--exclude-self", "--unanswerable", "0", "--json")
    assert code == 0
    report = json.loads(out)
    assert report["overall"]["refusals"] == 1
    assert report["settings"]["exclude_self"] is True


def test_the_same_seed_draws_the_same(qa):
    words = ["--unanswerable", "3", "--limit", "2", "--seed", "4", "--json"]
    reports = [json.loads(qa(*words)[1]) for _ in range(2)]
    for report in reports:
        report["settings"].pop("elapsed_s")
        assert drop_times(report)
    assert reports[0] == reports[1]
    assert reports[0]["settings"]["asked"] == 2


def test_failures_are_written_down(qa, tmp_path):
    file = tmp_path / "failures.jsonl"
    code, _, err = qa("--unanswerable", "2", "--failures", str(file))
    assert code == 0
    assert err.endswith(f"wrote {file}: 2 answers\n")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["condition"] for row in rows] == ["retrieval", "oracle"]
    assert {row["value"] for row in rows} == {"Brisbane, Australia"}
    assert {row["answer"] for row in rows} == {"Paris, France"}


def test_a_folder_of_other_files_is_imported_for_the_time_being(qa, tmp_path):
    folder = tmp_path / "cards"
    folder.mkdir()
    card = {"name": "Lake Baikal", "facts": {"maximum_depth": "1,642 m"}}
    card |= {"source": "Own notes", "licence": "CC0-1.0"}
    (folder / "cards.json").write_text(json.dumps([card]))
    code, out, err = qa("--unanswerable", "0", "--json", told=folder)
    assert code == 0, err
    report = json.loads(out)
    assert report["overall"]["exact_match"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["overall"]["refusals"] == pytest.approx(2 / 3, abs=1e-4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--condition", "none-such"], "There is no condition 'none-such'"),
        (["--unanswerable", "9"], "9 questions without answer cannot be made: only"),
        (["--failures", "/no/where.jsonl"], "/no/where.jsonl cannot be written"),
    ],
)
def test_what_cannot_be(qa, words, message):
    code, _, err = qa("--unanswerable", "0", *words)
    assert code == 1
    assert message in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no question"),
        ("{", "line 1 is not JSON"),
        ('{"landmark": "X"}', "line 1: kind is None"),
        ("[1]", "line 1 is not an object"),
    ],
)
def test_questions_that_are_none(qa, questions, text, message):
    questions.write_text(text)
    code, out, err = qa()
    assert (code, out) == (1, "")
    assert message in err


def test_missing_files(qa, questions, tmp_path):
    assert qa(told=tmp_path / "none")[0] == 1
    questions.unlink()
    code, _, err = qa()
    assert code == 1
    assert f"There is no file {questions}" in err


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--limit", "0"], 2), (["--unanswerable", "-1"], 2), (["--seed", "x"], 2)],
)
def test_wrong_usage(qa, words, code):
    assert qa(*words)[0] == code
