"""``rsrag ask`` as a person types it."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
import shapely
from known_places import TEXT

from rsrag.commands import main

sys.path.append(str(Path(__file__).parent.parent / "generators"))
from fake_server import running

FACT = """\
The maximum depth of Lake Baikal is 1,642 m [1].

[1] fact · Lake Baikal · Own notes · CC0-1.0
"""
PLACE = """\
The picture lies within Lake Baikal [1]. The picture shows Olkhon, at least in part [2].

[1] landmark · Lake Baikal · Own notes · CC0-1.0

[2] landmark · Olkhon · Own notes · CC0-1.0
"""
REFUSAL = """\
Not in the knowledge base: it holds no NDVI of Lake Baikal in May 2020. Nearest: (1) The
NDVI of Lake Baikal in January 2019 was 0.45. (2) The maximum depth of Lake Baikal is
1,642 m.
"""
KEYS = {
    "question", "text", "value", "route", "grounded", "refused", "confidence",
    "citations", "nearest", "removed", "notes", "understood", "context",
    "generator", "seconds", "asks_back",
}  # fmt: skip
EVIDENCE_KEYS = {
    "kind", "id", "text", "landmark", "landmark_id", "source", "licence", "geometry",
    "score", "scores",
}  # fmt: skip
DRIVES_A_TERMINAL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.fixture
def ask(know):
    """Ask without a language model: exit code, stdout, stderr."""

    def call(*words):
        return know("ask", "--no-llm", *words)

    return call


@pytest.fixture
def look(listen):
    """The same, with an index of imagery."""

    def call(*words):
        return listen("ask", "--no-llm", *words)

    return call


def answer_of(ask, *words):
    code, out, err = ask(*words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_a_fact(ask):
    assert ask("How deep is Lake Baikal?") == (0, FACT, "")


def test_a_refusal_is_an_answer(ask):
    assert ask("What was the NDVI of Lake Baikal in May 2020?") == (0, REFUSAL, "")


@pytest.mark.parametrize("question", ["How deep is this lake?", "How deep is it here?"])
def test_a_place_that_is_pointed_at_and_not_given(ask, question):
    code, out, _ = ask(question)
    assert code == 0
    assert " ".join(out.split()).startswith(
        "Not in the knowledge base: it is not said which place is meant; name it, or "
        "give a point or a picture."
    )


def test_every_sentence_of_a_record_cites(ask):
    code, out, _ = ask("What is Olkhon?")
    assert (code, out.split("\n")[0]) == (
        0,
        "Olkhon is an island at 53.15° N 107.40° E [1].",
    )
    code, out, _ = ask("Tell me about Lake Baikal")
    blocks = out.split("\n\n")
    assert code == 0
    assert "Seals live in its water [2]. A fifth of" in " ".join(blocks[0].split())
    # What stands in the answer word for word is not said again below it.
    assert [len(block.strip().splitlines()) for block in blocks[1:]] == [1] * 3
    code, out, _ = ask("Compare Olkhon and Biarritz")
    assert " ".join(out.split("\n\n")[0].split()) == (
        "Olkhon is an island at 53.15° N 107.40° E [1]. Biarritz is a town at 43.48° N "
        "1.56° W [2]."
    )


def test_a_picture_that_carries_its_place(ask, pictures):
    image = ["--image", str(pictures / "baikal.tif")]
    assert ask("What is here?", *image) == (0, PLACE, "")
    assert ask("How deep is this lake?", *image) == (0, FACT, "")


def test_a_picture_beside_all_that_is_known(ask, pictures):
    code, out, _ = ask("What is here?", "--image", str(pictures / "ocean.tif"))
    assert code == 0
    assert out == (
        "Not in the knowledge base: it holds no landmark within 100 km of the "
        "picture.\n"
    )


def test_a_picture_without_a_place(look, captioned):
    image = ["--index", "captioned", "--image", str(captioned / "sand-0.png")]
    answer = answer_of(look, "What is this?", *image)
    assert answer["route"] == "image"
    # Both captions are as good, and the last bits of a product choose between them.
    assert re.match(
        r"The picture looks like a sand desert \[1\]\. "
        r"(Bare sand lies under the sun|A desert of yellow sand) \[2\]\. "
        r"Most of it looks like bare ground \[3\]\. ",
        answer["text"],
    )
    assert "A picture like it: chip sand-0.png, similarity 1" in answer["text"]
    assert {one["kind"] for one in answer["citations"]} == {"chip"}
    others = answer_of(look, "What is this?", *image, "--exclude-self")
    assert "sand-0.png" not in others["text"]
    assert "sand-1.png" in others["text"]


def test_a_value_of_a_picture_that_cannot_be_placed_is_refused(look, captioned):
    image = ["--index", "captioned", "--image", str(captioned / "sand-0.png")]
    answer = answer_of(look, "How deep is it?", *image)
    assert answer["refused"]
    assert "cannot be tied to one landmark" in answer["text"]


def test_json_has_every_key(ask):
    answer = answer_of(ask, "How deep is Lake Baikal?")
    assert set(answer) == KEYS
    assert (answer["value"], answer["route"]) == ("1,642 m", "fact")
    assert answer["grounded"] is True
    assert answer["refused"] is False
    assert answer["generator"] is None
    (cited,) = answer["citations"]
    assert set(cited) == EVIDENCE_KEYS | {"number"}
    assert cited["geometry"]["type"] == "Polygon"
    refused = answer_of(ask, "What was the NDVI of Lake Baikal in May 2020?")
    assert set(refused) == KEYS
    assert refused["refused"] is True
    assert refused["citations"] == []
    assert {frozenset(one) for one in refused["nearest"]} == {frozenset(EVIDENCE_KEYS)}


def test_geojson_is_the_evidence_on_a_map(ask, tmp_path, pictures):
    file = tmp_path / "evidence.geojson"
    words = ["--image", str(pictures / "baikal.tif"), "--geojson", str(file)]
    code, out, err = ask("What is here?", *words)
    assert (code, out) == (0, PLACE)
    assert err == f"wrote {file}: 2 with a place\n"
    collection = json.loads(file.read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    lake, island = collection["features"]
    assert shapely.from_geojson(json.dumps(lake["geometry"])).equals(
        shapely.box(103.5, 51.4, 110.0, 55.9)
    )
    assert island["geometry"] == {"type": "Point", "coordinates": [107.4, 53.15]}
    assert [one["properties"]["citation"] for one in (lake, island)] == [1, 2]


def test_geojson_of_a_refusal_and_of_a_place_unknown(ask, tmp_path):
    file = tmp_path / "evidence.geojson"
    words = ["--geojson", str(file)]
    assert ask("What was the NDVI of Lake Baikal in May 2020?", *words)[0] == 0
    features = json.loads(file.read_text())["features"]
    assert [one["properties"]["citation"] for one in features] == [None, None]
    code, _, err = ask("Where is Story Bridge?", *words)
    assert code == 0
    assert err == f"wrote {file}: 0 with a place\n"
    (bridge,) = json.loads(file.read_text())["features"]
    assert bridge["geometry"] is None


def test_geojson_that_cannot_be_written(ask, tmp_path):
    file = tmp_path / "nowhere" / "evidence.geojson"
    code, out, err = ask("How deep is Lake Baikal?", "--geojson", str(file))
    # Refused before any work.
    assert (code, out) == (2, "")
    assert f"'--geojson': there is no folder {file.parent} to write to" in err


def test_a_query_is_taken_as_it_is_edited(ask, tmp_path):
    answer = answer_of(ask, "How deep is Lake Baikal?")
    file = tmp_path / "query.json"
    file.write_text(json.dumps(answer["understood"]))
    assert answer_of(ask, "Tell me", "--query", str(file))["value"] == "1,642 m"
    (query,) = answer["understood"]
    for edit, said in (
        ({"deeper": True}, "A query has no 'deeper'"),
        ({"entities": ["Lake Zorblax"]}, "No landmark is called 'Lake Zorblax'"),
        ({"op": "rank", "variables": []}, "A query to rank needs 'variables'"),
        ({"op": "distance"}, "needs 2 'entities', not 1"),
        ({"time": ["soon"]}, "'time' cannot be 'soon'"),
    ):
        file.write_text(json.dumps({**query, **edit}))
        code, _, err = ask("Tell me", "--query", str(file))
        assert code == 1
        assert said in err
    code, _, err = ask("Tell me", "--query", str(tmp_path / "none.json"))
    assert code == 1
    assert "The query cannot be read" in err


def test_show_prompt_without_a_model(ask):
    code, out, _ = ask("How deep is Lake Baikal?", "--show-prompt")
    assert (code, out) == (0, f"No model was asked.\n\n{FACT}")
    assert answer_of(ask, "How deep is Lake Baikal?", "--show-prompt")["prompt"] is None


def test_explain(ask):
    code, out, _ = ask("How deep is Lake Baikal?", "--explain")
    assert code == 0
    understood, rest = out.split("\n", 1)
    assert rest == f"No lane ran: the answer was looked up.\n\n{FACT}"
    query = json.loads(understood.removeprefix("understood: "))
    assert (query["op"], query["entities"]) == ("value", ["Lake Baikal"])
    code, out, _ = ask("Which animals live in Lake Baikal?", "--explain")
    assert code == 0
    assert out.splitlines()[1].startswith("RANK")
    assert "BM25" in out.splitlines()[1]
    assert TEXT in out
    lanes = answer_of(ask, "Which animals live in Lake Baikal?", "--explain")["lanes"]
    assert [row["rank"] for row in lanes] == list(range(1, len(lanes) + 1))
    assert answer_of(ask, "How deep is Lake Baikal?", "--explain")["lanes"] == []


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["", "--at", "107,53"], "The question is blank.", "rsrag ask"),
        (["  \n "], "The question is blank.", "rsrag ask"),
        (["x " * 50_000], "The question has 100,000 characters", "10,000"),
        (["What is here?", "--at", "abc"], "--at is 'abc'", "--at 108.0,53.5"),
        (["What is here?", "--at", "1,2,3"], "--at is '1,2,3'", "--at 108.0,53.5"),
        (["What is here?", "--at", "53,107"], "--at 53,107 is no", "--at 107,53"),
        (["What is here?", "--at", "nan,5"], "no point on the Earth", None),
        (["What is here?", "--at", "1,inf"], "no point on the Earth", None),
        (["What is here?", "--bbox", "0,9,1,2"], "south is not below", "W S E N"),
        (["How deep?", "--fusion", "x"], "no fusion 'x'", "rrf or alpha"),
        (["How deep?", "--lanes", "x"], "no lane 'x'", "bm25"),
        (["How deep?", "--lanes", ""], "no lane ''", "bm25"),
        (["How deep?", "--reranker", "llm"], "needs a language model", "--llm"),
        (["How deep?", "--knowledge-index", "x"], "No knowledge index 'x'", "rsrag"),
        (["What is it?", "--image", "/no.png"], "/no.png is not a file", "path"),
    ],
)
def test_what_makes_no_sense_is_an_error_with_a_hint(ask, words, message, hint):
    code, out, err = ask(*words)
    read = {"--at", "--bbox", "--fusion", "--lanes"} & set(words)
    usage = bool(read) or message.startswith("The question ")
    assert (code, out) == (2 if usage else 1, "")
    assert err.startswith("error: ")
    assert message in err
    assert hint is None or hint in err.split(" next: ")[1]


def test_a_reranker_that_is_nowhere_is_refused_where_nothing_is_reread(ask, tmp_path):
    code, out, err = ask("How deep is Lake Baikal?", "--reranker", "no/such/model")
    assert (code, out) == (1, "")
    assert "no/such/model" in err and "give llm" in err


def test_an_endless_radius(ask):
    code, out, err = ask("What?", "--at", "1,2", "--radius", "inf")
    assert (code, out) == (2, "")
    assert "'--radius': inf is no finite number" in err


def test_a_broken_picture(ask, pictures):
    code, out, err = ask("What is this?", "--image", str(pictures / "broken.png"))
    assert (code, out) == (1, "")
    assert "broken.png is no picture" in err


def test_no_knowledge(capfd, tmp_path):
    words = ["ask", "--no-llm", "How deep is Lake Baikal?", "--knowledge"]
    code = main([*words, str(tmp_path / "none")])
    out, err = capfd.readouterr()
    assert (code, out) == (1, "")
    assert "no knowledge at" in err
    assert " next: import some: rsrag knowledge import" in err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["How deep?", "--radius", "-1"],
        ["How deep?", "--radius", "nan"],
        ["How deep?", "--bbox", "1", "2"],
        ["How deep?", "--nonsense"],
    ],
)
def test_wrong_usage(capfd, words):
    assert main(["ask", *words]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "Error: " in err


@pytest.mark.parametrize("words", [("--alpha", "2"), ("--top-k", "0")])
def test_numbers_that_make_no_sense(capfd, words):
    assert main(["ask", "How deep?", *words]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert f"'{words[0]}'" in err and f"{words[1]}" in err


@pytest.mark.parametrize(
    "question",
    [
        "What is the paint of Story Bridge?",
        "How deep is \x1b[31mLake \x07Baikal\x9b?",
        "How tall is \x1b]0;owned\x07 Zorblax Tower\x9b?",
        "How deep is \u202eLake Baikal\u202c?",
        "Which animals\x00 live in Lake Baikal?",
    ],
)
def test_nothing_drives_the_terminal(ask, question):
    code, out, err = ask(question, "--explain", "--show-prompt")
    assert code == 0
    assert not DRIVES_A_TERMINAL.search(out + err)


def test_nor_does_an_error(ask):
    code, _, err = ask("What?", "--image", "/no\x1b[31m\x9b.png")
    assert code == 1
    assert "\\x1b[31m" in err
    assert not DRIVES_A_TERMINAL.search(err)


def test_a_long_name_is_not_said_in_full(ask):
    code, out, _ = ask("How deep is " + "Zorblax " * 1000 + "Lake?")
    assert code == 0
    assert "Not in the knowledge base: it knows no landmark called 'Zorblax" in out
    assert len(out) < 400


def test_leaving_out(ask):
    answer = answer_of(ask, "How deep is Lake Baikal?")
    lake = answer["citations"][0]["landmark_id"]
    without = answer_of(ask, "How deep is Lake Baikal?", "--exclude", lake)
    assert without["refused"]
    fact = answer["citations"][0]["id"]
    assert answer_of(ask, "How deep is Lake Baikal?", "--exclude", fact)["refused"]


@pytest.fixture(scope="module")
def smol():
    """The language model that ships, as the command loads it."""
    from rsrag.generators.generator_registry import load_generator

    generator = load_generator(context=2048, threads=1)
    yield generator
    generator.close()


def test_the_model_that_ships_changes_no_value(know, smol, monkeypatch):
    monkeypatch.setattr(
        "rsrag.generators.generator_registry.load_generator", lambda **_: smol
    )
    monkeypatch.setattr(smol, "close", lambda: None)
    words = ["How deep is Lake Baikal?", "--llm", "--show-prompt", "--json"]
    code, out, _ = know("ask", *words)
    answer = json.loads(out)
    assert code == 0
    assert "1,642 m" in answer["text"]
    assert answer["text"].endswith("[1].")
    assert "The maximum depth of Lake Baikal is 1,642 m." in answer["prompt"]
    assert {"read", "retrieve", "generate", "total"} <= set(answer["seconds"])
    code, out, _ = know("ask", "How deep is Zorblax Lake?", "--show-prompt", "--llm")
    assert (code, out.split("\n")[0]) == (0, "No model was asked.")


def test_a_question_that_follows(ask, tmp_path, monkeypatch):
    file = tmp_path / "answer.json"
    file.write_text(ask("Where is Lake Baikal?", "--json")[1])
    assert ask("How deep is it?", "--after", str(file))[1] == FACT
    monkeypatch.setattr("sys.stdin", io.StringIO(file.read_text()))
    assert ask("And the depth?", "--after", "-")[1] == FACT


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "holds no answer"), ("[]", "holds no answer"), ("{}", "has no context")],
)
def test_what_follows_on_no_answer(ask, tmp_path, text, said):
    file = tmp_path / "answer.json"
    file.write_text(text)
    code, _, err = ask("How deep is it?", "--after", str(file))
    assert code == 1
    assert said in err
    assert "rsrag ask --json" in err


def test_an_answer_before_that_is_not_there(ask, tmp_path):
    code, _, err = ask("How deep is it?", "--after", str(tmp_path / "none.json"))
    assert (code, "none.json holds no answer" in err) == (1, True)


def test_a_server_reads_the_question_too(know):
    """A stub says the same to all: a query, which words no fact."""
    read = {"op": "value", "entities": ["Lake Baikal"], "variables": ["ndvi"]}
    message = {"role": "assistant", "content": json.dumps(read)}
    done = {"choices": [{"message": message, "finish_reason": "stop"}]}
    with running() as server:
        server.script = (200, "application/json", json.dumps(done).encode())
        words = ["--llm-url", server.url, "--json"]
        answer = json.loads(know("ask", "How deep is Lake Baikal?", *words)[1])
    assert answer["text"].startswith("Read as value by maximum depth: The maximum")
    assert "Read as value by NDVI: The NDVI of Lake Baikal" in answer["text"]
    assert answer["value"] is None
    assert answer["confidence"] <= 0.6
    schemas = [b["response_format"] for b in server.chat() if "response_format" in b]
    assert len(schemas) == 1
    choices = schemas[0]["json_schema"]["schema"]["properties"]
    assert "maximum_depth" in choices["variables"]["items"]["enum"]
