"""Knowledge in Python: asked, shown pictures, and added to."""

import dataclasses

import numpy as np
import pytest

import rsrag
from rsrag.types import Generation


class Echo:
    """A generator that says one thing."""

    name, context_tokens, sees = "echo", 4096, False
    closed = False

    def count_tokens(self, messages) -> int:
        return 10

    def generate(self, messages, *, max_tokens, on_text=None, **_) -> Generation:
        if on_text:
            on_text("1,642 m")
        return Generation("The maximum depth of Lake Baikal is 1,642 m.", 10, 5, "stop")

    def likelihood(self, prompt, continuation) -> float:
        return -1.0

    def close(self) -> None:
        self.closed = True


def test_a_fact(knowledge) -> None:
    answer = knowledge.ask("How deep is Lake Baikal?")
    assert (answer.value, answer.route, answer.refused) == ("1,642 m", "fact", False)
    assert isinstance(answer, rsrag.Answer)
    (cited,) = answer.citations
    assert isinstance(cited.evidence, rsrag.Evidence) and cited.number == 1
    said, note = str(answer).split("\n")
    assert said.endswith("[1].") and note.startswith("[1] fact · Lake Baikal · ")
    page = answer._repr_html_()
    assert page.startswith("<p>The maximum depth") and "<li value=1>fact · " in page


def test_a_page_of_an_answer_holds_no_foreign_html(knowledge) -> None:
    answer = knowledge.ask("How deep is Lake Baikal?")
    evil = dataclasses.replace(answer, text="<script>alert(1)</script> [1].")
    assert "<script>" not in evil._repr_html_()
    assert "&lt;script&gt;" in evil._repr_html_()


def test_a_refusal(knowledge) -> None:
    answer = knowledge.ask("What is the height of the Zorblax Tower?")
    assert answer.refused and "Zorblax" in str(answer) and not answer.citations


def test_a_place_and_a_picture(knowledge, root) -> None:
    there = knowledge.ask("What lies here?", at=(108.0, 53.5))
    assert there.text == knowledge.ask("What lies here?", at="108.0,53.5").text
    assert "Lake Baikal" in there.text
    seen = knowledge.ask("What is this place?", image=root / "seen" / "baikal.tif")
    assert "Lake Baikal" in seen.text
    retrieved: list = []
    like = knowledge.ask(
        "What is this like?",
        image=root / "archive" / "plain.png",
        on_retrieved=retrieved.append,
    )
    assert like.route == "image" and retrieved[0].lane("chips").found


def test_captions_and_labels(knowledge, root, index, sand) -> None:
    path = root / "archive" / "sand-1.png"
    hit = index.search(image=path, top_k=1)[0]
    for given in (path, sand, np.asarray(sand), hit):
        assert knowledge.caption(given).route == "caption"
        result = knowledge.classify(given, ["sand desert", "deep sea"])
        assert result.label == "sand desert" and isinstance(result, rsrag.Classified)
    by_place = knowledge.classify(hit, ["sand", "sea"], index=index)
    assert by_place.geometry == hit.wkb
    assert {one.kind for one in by_place.evidence} == {"chip"}
    alone = knowledge.classify(path, ["sand", "sea"], index="world", exclude_self=True)
    assert hit.id not in {one.id for one in alone.evidence}


def test_a_language_model_is_given_or_named(root) -> None:
    echo = Echo()
    with rsrag.Knowledge(root / "knowledge", llm=echo) as knowledge:
        pieces: list[str] = []
        answer = knowledge.ask("How deep is Lake Baikal?", on_text=pieces.append)
        assert answer.prompt and answer.value == "1,642 m"
    assert not echo.closed
    with pytest.raises(rsrag.QueryError, match="llm is int"):
        rsrag.Knowledge(root / "knowledge", llm=7)
    with pytest.raises(rsrag.GeneratorError, match=r"none\.gguf"):
        rsrag.Knowledge(root / "knowledge", llm="none.gguf")


def test_imports_are_seen_at_once(tmp_path) -> None:
    cards = tmp_path / "cards.csv"
    cards.write_text("name,lon,lat,height\nBlue Tower,1,2,80 m\n")
    folder = tmp_path / "knowledge"
    folder.mkdir()
    with rsrag.Knowledge(folder, indexes=tmp_path) as knowledge:
        with pytest.raises(rsrag.KnowledgeError, match="holds no collection"):
            knowledge.ask("How high is the Blue Tower?")
        told = {"source": "Own survey", "licence": "CC0-1.0"}
        dry = knowledge.import_(cards, name="towers", dry_run=True, **told)
        assert dry["landmarks"] == 1 and not (folder / "towers").exists()
        assert knowledge.import_(cards, name="towers", **told)["facts"] == 1
        assert knowledge.ask("How high is the Blue Tower?").value == "80 m"
        cards.write_text("name,lon,lat,height\nBlue Tower,1,2,81 m\n")
        knowledge.import_([cards], name="more", **told)
        assert "81 m" in knowledge.ask("How high is the Blue Tower?").text


def test_changes_of_others_are_seen(root, tmp_path, monkeypatch) -> None:
    import shutil

    shutil.copytree(root / "knowledge", tmp_path / "knowledge")
    with rsrag.Knowledge(tmp_path / "knowledge", indexes=tmp_path) as knowledge:
        assert knowledge.ask("How deep is Lake Baikal?").value == "1,642 m"
        facts = next((tmp_path / "knowledge").rglob("facts.jsonl"))
        facts.write_text(facts.read_text().replace("1,642", "1,643"))
        knowledge.look_again()
        assert "1,643" in knowledge.ask("How deep is Lake Baikal?").text


def test_wrong_words(knowledge, root) -> None:
    with pytest.raises(rsrag.QueryError, match="ask takes no 'radus'") as caught:
        knowledge.ask("How deep is Lake Baikal?", radus=3)
    assert caught.value.hint == "did you mean radius?"
    for words, message in (
        ({"at": "here"}, "--at is 'here'"),
        ({"bbox": (1, 2)}, "four numbers"),
        ({"radius": -1}, "radius is -1000"),
        ({"image": root / "none.png"}, "none.png"),
        ({"index": "none"}, "No index 'none'"),
    ):
        with pytest.raises(rsrag.RsragError, match=message):
            knowledge.ask("Which seals live in the lake?", **words)
    with pytest.raises(rsrag.QueryError, match="takes no 'folders'"):
        rsrag.Knowledge(folders=root)


def test_what_was_closed_says_so(root) -> None:
    with rsrag.Knowledge(root / "knowledge") as knowledge:
        pass
    with pytest.raises(rsrag.QueryError, match="The knowledge was closed"):
        knowledge.ask("How deep is Lake Baikal?")
