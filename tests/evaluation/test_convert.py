"""Published data sets from one form into another, and back."""

import contextlib
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from rsrag.commands import main
from rsrag.errors import ConfigError, RsragError, SourceNotFoundError
from rsrag.evaluation.data.interchange import json_stream
from rsrag.evaluation.data.interchange.converting import Converted, convert
from rsrag.evaluation.data.interchange.plain_pickles import load_plain
from rsrag.evaluation.data.interchange.written_rows import write_rows

LLAVA = {
    "id": "000001",
    "image": "a.jpg",
    "conversations": [
        {"from": "human", "value": "<image>\nDescribe the image."},
        {"from": "gpt", "value": "Two boats at {<10><20><30><40>}.", "weight": 1},
        {"from": "human", "value": "How many?"},
        {"from": "gpt", "value": "2"},
    ],
    "task": {"of": ["captions", None]},
}
CHANGE = {
    "id": 0,
    "image": ["A/1.png", "B/1.png"],
    "changeflag": 0,
    "conversations": [
        {"from": "human", "value": "<image> <image> What changed?"},
        {"from": "gpt", "value": "There is no difference."},
    ],
}
GAIA = {
    "id": "7",
    "image_src": "https://example.org/7.png",
    "image_alt": "Smoke over a forest",
    "captions": [f"smoke {n}" for n in range(5)],
    "credits": "someone",
    "location": "Greece",
    "lat": 38.5,
    "lon": 23.25,
    "tag": "wildfire",
    "resolution": "10 m",
    "satellite": "Sentinel-2",
    "sensor": "MSI",
    "modalities": ["optical"],
}
RSICAP = {"filename": "P0001.png", "text_output": "A long text.", "more": 1}
RSIEVAL = {
    "filename": "P1.png",
    "qa_pairs": [
        {"ques_id": 1, "question": "Is it day?", "type": "presence", "answer": "yes"},
        {"ques_id": 2, "question": "How many?", "type": "count", "answer": "3"},
    ],
}
VRSBENCH = {
    "image_id": "P1.png",
    "question": "How many ships are there?",
    "ground_truth": "4",
    "question_id": 9,
    "type": "object quantity",
}


def rows_of(path: Path, into: str, source: str | None = None) -> list[dict[str, Any]]:
    return list(convert(path, into, source, None, Converted("")))


def written(folder: Path, value: Any, name: str = "in.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value, ensure_ascii=True))
    return path


@pytest.mark.parametrize("lines", [False, True], ids=["list", "lines"])
@pytest.mark.parametrize("through", ["llava", "messages"])
@pytest.mark.parametrize(
    ("form", "row"),
    [
        ("llava", LLAVA),
        ("llava", CHANGE),
        ("gaia", GAIA),
        ("rsicap", RSICAP),
        ("rsieval", RSIEVAL),
        ("vrsbench", VRSBENCH),
        ("captions", {"file": "a.jpg", "captions": ["one", "two"], "split": "test"}),
        ("skyscript", {"filepath": "a.jpg", "title": "t", "title_multi_objects": "m"}),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_published_records_come_home_as_they_were(
    form, row, through, lines, tmp_path
) -> None:
    path = tmp_path / "in.jsonl"
    if lines:
        path.write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    else:
        path.write_text(json.dumps([row, row], indent=2))
    away = tmp_path / "away.json"
    write_rows(convert(path, through, None, None, Converted("")), away)
    assert rows_of(away, form) == [row, row]


def test_a_conversation_as_messages(tmp_path) -> None:
    path = written(tmp_path, [CHANGE])
    assert rows_of(path, "messages") == [
        {
            "messages": [
                {"role": "user", "content": "<image> <image> What changed?"},
                {"role": "assistant", "content": "There is no difference."},
            ],
            "images": ["A/1.png", "B/1.png"],
            "id": 0,
            "changeflag": 0,
        }
    ]


def test_parts_of_a_message_keep_their_order(tmp_path) -> None:
    parts = [
        {"type": "text", "text": "First"},
        {"type": "image", "image": "a.png"},
        {"type": "image_url", "image_url": {"url": "b.png"}},
        {"type": "text", "text": "then what?"},
    ]
    path = written(tmp_path, [{"messages": [{"role": "user", "content": parts}]}])
    assert rows_of(path, "llava") == [
        {
            "image": ["a.png", "b.png"],
            "conversations": [
                {"from": "human", "value": "First\n<image>\n<image>\nthen what?"}
            ],
        }
    ]


def test_five_captions_of_gaia_for_evaluation_and_its_card(tmp_path) -> None:
    path = written(tmp_path, [GAIA])
    (row,) = rows_of(path, "captions")
    assert (row["file"], row["image_src"]) == ("7.png", GAIA["image_src"])
    assert row["captions"] == GAIA["captions"]
    assert row["satellite"] == "Sentinel-2"
    (card,) = rows_of(path, "cards")
    assert card["name"] == "Greece (7)"
    assert (card["lat"], card["lon"], card["category"]) == (38.5, 23.25, "wildfire")
    assert card["facts"]["satellite"] == "Sentinel-2"
    assert card["text"] == "Smoke over a forest\nsmoke 0"


def test_cards_of_gaia_become_knowledge(tmp_path, capsys) -> None:
    """They are read, and the satellite of a picture's place is a fact."""
    path = written(tmp_path, [GAIA])
    out = tmp_path / "cards.jsonl"
    assert main(["data", "convert", str(path), "--to", "cards", "--out", str(out)]) == 0
    home = ["--knowledge", str(tmp_path / "known")]
    told = ["knowledge", "import", str(out), "--name", "gaia", "--source", "GAIA"]
    assert main([*told, "--licence", "MIT", *home]) == 0
    capsys.readouterr()
    assert main(["ask", "Which satellite took Greece (7)?", *home]) == 0
    assert "Sentinel-2" in capsys.readouterr().out


def test_rsieval_as_questions(tmp_path) -> None:
    path = written(tmp_path, {"annotations": [RSIEVAL], "info": {"year": 2023}})
    assert rows_of(path, "questions") == [
        {
            "id": "1/1",
            "file": "P1.png",
            "question": "Is it day?",
            "answer": "yes",
            "type": "presence",
        },
        {
            "id": "2/2",
            "file": "P1.png",
            "question": "How many?",
            "answer": "3",
            "type": "count",
        },
    ]


def test_rsvqa_joins_its_files_and_skips_what_is_not_in_use(tmp_path) -> None:
    questions = [
        {
            "id": 0,
            "img_id": 5,
            "type": "count",
            "question": "How many?",
            "active": True,
        },
        {"id": 1, "active": False},
        {"id": 2, "img_id": 6, "type": "comp", "question": "Any?", "active": True},
    ]
    answers = [{"id": 0, "question_id": 0, "answer": "3", "active": True}]
    path = written(tmp_path, {"questions": questions}, "LR_questions.json")
    with pytest.raises(SourceNotFoundError, match="LR_answers"):
        rows_of(path, "llava")
    written(tmp_path, {"answers": answers}, "LR_answers.json")
    done = Converted("")
    (row,) = convert(path, "llava", None, None, done)
    assert row["image"] == "5.tif"
    assert [turn["value"] for turn in row["conversations"]] == [
        "<image>\nHow many?",
        "3",
    ]
    assert (done.read, done.refused) == (2, 1)
    assert "no answer" in done.reasons[0]


def test_skyscript_csv_there_and_back(tmp_path) -> None:
    path = tmp_path / "train.csv"
    path.write_text('filepath,title,title_multi_objects\na.jpg,"a road, long",x\n')
    away, home = tmp_path / "away.jsonl", tmp_path / "home.csv"
    write_rows(convert(path, "messages", None, None, Converted("")), away)
    write_rows(convert(away, "skyscript", None, None, Converted("")), home)
    assert home.read_text() == path.read_text()


META = {
    "box": (7.0, 47.0, 7.1, 47.1),
    "time": (2019, 5, 1, 0, 0),
    "center_tags": {"landuse": "farmland"},
    "surrounding_tags": [{"highway": "track"}],
}


class Danger:
    def __reduce__(self) -> Any:
        return print, ("run",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_metadata_is_read_and_code_is_refused(
    protocol, tmp_path, capsys
) -> None:
    (tmp_path / "a1_CH_19.pickle").write_bytes(pickle.dumps(META, protocol))
    (tmp_path / "bad.pickle").write_bytes(pickle.dumps({"box": Danger()}, protocol))
    (tmp_path / "other.pickle").write_bytes(pickle.dumps([1], protocol))
    done = Converted("")
    (row,) = convert(tmp_path, "json", None, None, done)
    assert row == {"file": "a1_CH_19", **json.loads(json.dumps(META))}
    assert (done.read, done.refused) == (3, 2)
    assert "more than plain values" in done.reasons[0]
    assert capsys.readouterr().out == ""


def test_pickles_in_a_zip(tmp_path) -> None:
    path = tmp_path / "meta.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta1/a.pickle", pickle.dumps(META))
    assert rows_of(path, "json")[0]["file"] == "a"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        b"r\xff\xff\xff\x7f.",
        b"\x80\x04N",
        b"(" * 10_000 + b".",
        b"]" * 5_000 + b"a" * 4_999 + b".",
        b"}]q\x00h\x00as.",
        b"]q\x00h\x00a.",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7fx.",
    ],
)
def test_broken_pickles_are_refused_in_a_sentence(data) -> None:
    with pytest.raises(ConfigError, match="x"):
        load_plain(data, "x")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 200), st.sampled_from([0, 2, 4]))
def test_no_damaged_pickle_does_more_than_be_refused(junk, at, protocol) -> None:
    whole = pickle.dumps(META, protocol)
    with contextlib.suppress(ConfigError):
        load_plain(whole[:at] + junk + whole[at + len(junk) :], "x")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.text(max_size=6) | st.sampled_from(
    ["id", "images", "messages", "role", "content", "rsrag:kept", "file", "captions"]
)
EXTRA = st.dictionaries(KEYS, VALUES, max_size=3)


@st.composite
def conversations(draw: st.DrawFn) -> dict[str, Any]:
    images = draw(st.lists(st.text(min_size=1).filter(str.strip), max_size=3))
    turns = []
    for number in range(draw(st.integers(1, 5))):
        who = "gpt" if number % 2 else "human"
        text = draw(st.text(max_size=20).filter(lambda t: "<image>" not in t))
        shown = "<image>\n" * (len(images) if number == 0 else 0)
        extra = draw(EXTRA)
        for key in ("from", "value", "rsrag:kept"):
            extra.pop(key, None)
        turns.append({"from": who, "value": shown + text, **extra})
    row = {k: v for k, v in draw(EXTRA).items() if k not in ("image", "rsrag:kept")}
    if images:
        row["image"] = images[0] if len(images) == 1 else images
    return {**row, "conversations": turns}


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(conversations(), min_size=1, max_size=4),
    st.sampled_from(["a.json", "a.jsonl"]),
)
def test_any_conversation_comes_home_through_messages(tmp_path, rows, name) -> None:
    write_rows(rows, tmp_path / name)
    away = tmp_path / f"away-{name}"
    write_rows(convert(tmp_path / name, "messages", "llava", None, Converted("")), away)
    assert rows_of(away, "llava", "messages") == rows


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(conversations() | VALUES, max_size=3),
    st.binary(max_size=8),
    st.integers(0, 300),
    st.sampled_from(["a.json", "a.jsonl", "a_questions.json", "a.csv", "a.pickle"]),
    st.sampled_from(["llava", "messages", "captions", "questions", "cards", "json"]),
)
def test_no_damaged_file_does_more_than_be_told(tmp_path, rows, junk, at, name, into):
    path = tmp_path / name
    data = json.dumps(rows).encode()
    path.write_bytes(data[:at] + junk + data[at + len(junk) :])
    try:
        write_rows(convert(path, into, None, None, Converted("")), tmp_path / "out")
    except RsragError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"conversations": []}, "no turns"),
        ({"conversations": [{"from": "gpt", "value": "x"}]}, "where it is the user's"),
        ({"conversations": [{"from": "bird", "value": "x"}]}, "from is 'bird'"),
        ({"conversations": [{"from": "human", "value": 3}]}, "'3' is no text"),
        ({"conversations": [{"from": "human", "value": "<image>"}]}, "1 times <image>"),
        ({"image": 5, "conversations": [{"from": "human", "value": "x"}]}, "no text"),
        ({"conversations": ["x"]}, "is no object"),
        ({"conversations": [{"from": "system", "value": "x"}]}, "nobody asks"),
    ],
)
def test_wrong_records_are_told_and_the_rest_goes_on(row, told, tmp_path) -> None:
    done = Converted("")
    path = written(tmp_path, [LLAVA, row, CHANGE])
    assert len(list(convert(path, "messages", None, None, done))) == 2
    assert (done.read, done.written, done.refused) == (3, 2, 1)
    assert told in done.reasons[0] and "record 2" in done.reasons[0]


def test_records_whose_pictures_are_missing_are_told(tmp_path, capsys) -> None:
    (tmp_path / "a.jpg").touch()
    path = written(tmp_path, [LLAVA, CHANGE])
    typed = ["data", "convert", str(path), "--to", "llava", "--images", str(tmp_path)]
    assert main(typed) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out) == LLAVA
    assert "the picture A/1.png is not in" in shown.err
    assert "1 of 2 records were left out" in shown.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no keys"),
        ("[1, 2]", "no keys"),
        ('{"a": 1}', "its first record has a"),
        ("[{]", "is not JSON"),
        ('[{"conversations": 1} {}]', "lacks a comma after record 1"),
        ('[{"conversations": 1}] x', "goes on after its end"),
        ('{"a": NaN}', "is not JSON"),
    ],
)
def test_files_of_no_form(text, told, tmp_path) -> None:
    path = tmp_path / "in.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=told):
        rows_of(path, "llava")


def test_a_folder_without_pickles_is_told(tmp_path) -> None:
    with pytest.raises(ConfigError, match="holds no record of skyscript-meta"):
        rows_of(tmp_path, "json")


def test_forms_that_are_none(tmp_path, capsys) -> None:
    path = written(tmp_path, [LLAVA])
    assert main(["data", "convert", str(path), "--to", "rsvqa"]) == 1
    assert "llava, messages, gaia" in capsys.readouterr().err
    assert main(["data", "convert", str(path), "--to", "llava", "--from", "x"]) == 1
    assert "'x' cannot be read" in capsys.readouterr().err
    assert main(["data", "convert", str(tmp_path / "no"), "--to", "llava"]) == 1


def test_a_file_that_breaks_off_leaves_no_half_of_another(tmp_path) -> None:
    path = tmp_path / "in.json"
    path.write_text("[" + json.dumps(LLAVA) + ",\n" + json.dumps(LLAVA)[:40])
    out = tmp_path / "out.json"
    assert main(["data", "convert", str(path), "--to", "llava", "--out", str(out)]) == 1
    assert not out.exists()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_values_are_read_whatever_is_read_at_once(size, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", size)
    value = {"info": {"x": [1, 22]}, "n": 123, "data": [{"a": "é"}, {}, 17, 2.5, "b"]}
    path = written(tmp_path, value)
    read = [row for _, row in json_stream.stream_json(path, ("data",))]
    assert read == value["data"]


def test_a_value_without_end_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", 64)
    monkeypatch.setattr(json_stream, "LARGEST", 1000)
    path = tmp_path / "in.json"
    path.write_text('["' + "x" * 9000 + '"]')
    with pytest.raises(ConfigError, match="more than 1,000 characters"):
        list(json_stream.stream_json(path))
