"""``rsrag eval dialogue``: turns of conversations, and what they should be."""

import json

import pytest

GOOD = [
    {"turns": [{"said": "find snow and ice"}, {"said": "the second", "of": "hit 2"}]},
    {
        "turns": [
            {"said": "How deep is Lake Baikal?", "value": "1,642 m"},
            {"said": "it?", "asks": False, "about": "Baikal"},
            {"said": "Where is Story Bridge?"},
            {"said": "back to the lake", "back": "Lake Baikal"},
            {"said": "How many seats has it?", "refused": True, "of": "Lake Baikal"},
        ]
    },
    {
        "turns": [
            {"said": "find the sea", "search": {"words": "the sea"}},
            {"said": "more like hit 3", "search": {"like": "hit 3"}},
            {"said": "what is it?", "asks": True},
        ]
    },
]


@pytest.fixture
def evaluate(run, knowledge, tmp_path, monkeypatch):
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))

    def call(*records, json=True):
        file = tmp_path / "talks.jsonl"
        file.write_text("\n".join(map(_line, records)))
        words = ["eval", "dialogue", str(file), "--knowledge", str(knowledge)]
        return run(*words, *(["--json"] if json else []))

    return call


def _line(record):
    return record if isinstance(record, str) else json.dumps(record)


def test_what_is_right_is_counted(evaluate) -> None:
    code, out, err = evaluate(*GOOD)
    assert code == 0, err
    report = json.loads(out)
    assert report["wrong"] == []
    assert (report["dialogues"], report["turns"], report["right"]) == (3, 8, 1.0)
    assert (report["ambiguous"], report["guessed"]) == (1, 0)
    assert report["by"]["of"] == {"turns": 2, "right": 2}


def test_what_is_wrong_is_shown(evaluate) -> None:
    turns = [
        {"said": "find snow and ice"},
        {"said": "the second", "of": "hit 1"},
        {"said": "How deep is Lake Baikal?", "asks": True},
        {"said": "it?", "value": "3 m"},
        {"said": "hit 9", "of": "hit 2"},
    ]
    code, out, err = evaluate({"turns": turns}, json=False)
    assert code == 0, err
    first, second, *wrong = out.splitlines()
    assert first.startswith("4 turns of 1 conversations: right 0.000 (of 0 of 2,")
    assert second == "1 of 1 guessed that had to ask back; 1 asked back needlessly"
    assert wrong[0] == "  line 1: the second"
    assert wrong[1].startswith("    expected {'of': 'hit 1'}, understood 'hit 2, ")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("{", "line 1: no conversation (JSONDecodeError"),
        ({"messages": []}, "line 1: no conversation (KeyError"),
        ({"turns": ["find snow"]}, "a turn has no text under 'said'"),
        ({"turns": [{"said": "a", "off": "hit 2"}]}, "'off', which is none of"),
        ({"turns": [{"said": "a", "of": 2}]}, "'of' is 2"),
        ({"turns": [{"said": "a", "search": {"wrds": ""}}]}, "has 'wrds', which is"),
        ({"turns": [{"said": "a", "pictures": "b.png"}]}, "no list of paths"),
        ({"turns": [{"said": "find snow"}]}, "expects nothing of any turn"),
        ("", "expects nothing of any turn"),
    ],
)
def test_files_that_cannot_be(evaluate, record, words) -> None:
    code, _, err = evaluate(record)
    assert code == 1 and words in err, err
    assert '{"turns": [{"said": "find a harbour"}' in err


def test_no_such_file(run) -> None:
    code, _, err = run("eval", "dialogue", "nowhere.jsonl")
    assert code == 1 and "nowhere.jsonl cannot be read" in err
