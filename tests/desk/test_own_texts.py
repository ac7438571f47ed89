"""Own notes answer by name, whatever collection knows the place."""

import numpy as np
import pytest

import rsrag
from rsrag.config import Settings
from rsrag.desk.asking.sentence_rows import SentenceRows, embedded
from rsrag.records import Passage

HARBOUR = """# Orrin Harbour

Orrin Harbour is a fishing port. A gale in May 1968 broke the eastern mole, and the
harbour stayed shut for nine weeks. Its ice house is called the Igloo.
"""
TOWER = """# Notes

The Eiffel Tower is repainted every seven years.
"""


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory):
    home = tmp_path_factory.mktemp("own")
    (home / "notes").mkdir()
    (home / "notes" / "harbour.md").write_text(HARBOUR)
    (home / "notes" / "tower.md").write_text(TOWER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        settings = Settings.from_environment(
            {"RSRAG_HOME": str(home), "HOME": str(home)}
        )
        with rsrag.Knowledge(settings=settings) as opened:
            attribution = {"source": "mine", "licence": "CC0-1.0"}
            opened.import_(home / "notes", name="notes", **attribution)
            yield opened


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Why was Orrin Harbour closed in 1968?", "broke the eastern mole"),
        ("why was orrin harbour closed", "broke the eastern mole"),
        ("What is the ice house of Orrin Harbour called?", "the Igloo"),
        ("How often is the Eiffel Tower repainted?", "every seven years"),
    ],
)
def test_questions_about_own_notes(knowledge, question, said):
    answer = knowledge.ask(question)
    assert not answer.refused, answer.text
    assert said in answer.text
    assert answer.citations[0].evidence.source == "mine"


@pytest.mark.parametrize(
    "question",
    [
        "How many boats lie in Orrin Harbour?",
        "Which king opened Orrin Harbour?",
        "How deep is Orrin Harbour?",
        "Which airline flies to Orrin?",
    ],
)
def test_what_no_note_says_is_refused(knowledge, question):
    answer = knowledge.ask(question)
    assert answer.refused, answer.text


def test_a_quote_says_the_title_of_its_text(knowledge):
    (citation, *_) = knowledge.ask("Why was Orrin Harbour closed?").citations
    assert citation.evidence.title == "Orrin Harbour"


def test_texts_are_linked_to_the_landmarks_they_name(knowledge):
    with knowledge.catalogue() as catalogue:
        (tower,) = catalogue.named("Eiffel Tower")
        assert [one.title for one in catalogue.naming(tower.id)] == ["Notes"]
        (baikal,) = catalogue.named("Lake Baikal")
        assert catalogue.naming(baikal.id) == []


def passage(number, text):
    return Passage(str(number), text, "document", "x", "CC0-1.0", None, "T")


def encode(texts):
    """Rows that tell which text they are of."""
    return np.array([[len(text), 1.0] for text in texts], np.float32) / 100


def test_only_new_texts_are_embedded(tmp_path):
    asked = []

    def counting(texts):
        asked.extend(texts)
        return encode(texts)

    one, two = passage(1, "A b c. D e f g."), passage(2, "H i.")
    rows, left = embedded([one, two], None, "m", counting)
    assert left == 0 and asked == ["T. A b c.", "T. D e f g.", "T. H i."]
    assert list(rows.passages) == ["1", "1", "2"]
    rows.write(tmp_path)
    asked.clear()
    again, _ = embedded(
        [passage(2, "Other."), one], SentenceRows.read(tmp_path), "m", counting
    )
    assert asked == ["T. Other."]
    assert (again.rows[:2] == rows.rows[:2]).all()
    other, _ = embedded([one], again, "another model", counting)
    assert len(asked) == 3 and len(other.rows) == 2


def test_too_many_texts_are_counted():
    passages = [passage(n, f"Sentence {n}.") for n in range(5)]
    rows, left = embedded(passages, None, "m", encode, most=3)
    assert (len(rows.rows), left) == (3, 2)


def test_the_nearest_passages_come_once():
    rows = np.array([[0, 127], [127, 0], [90, 90]], np.int8)
    found = SentenceRows(np.array(["a", "a", "b"]), np.array(["k", "k", "l"]), rows)
    near = list(found.nearest(np.array([1.0, 0.0], np.float32)))
    assert near == [("a", 1.0), ("b", pytest.approx(90 / 127))]


def test_a_damaged_file_is_made_anew(tmp_path):
    (tmp_path / "sentences.npz").write_bytes(b"PK" + bytes(100))
    assert SentenceRows.read(tmp_path) is None
    assert SentenceRows.read(tmp_path / "none") is None


def test_the_curated_texts_come_with_their_vectors():
    from rsrag.config.homes import PACKAGED_KNOWLEDGE
    from rsrag.desk.asking.sentence_rows import key_of
    from rsrag.encoders.text_towers.minilm import WEIGHTS
    from rsrag.knowledge.collection import read_collection

    folder = PACKAGED_KNOWLEDGE / "world"
    rows = SentenceRows.read(folder)
    assert rows is not None
    wanted = {
        one.id: key_of(one, WEIGHTS.sha256) for one in read_collection(folder).passages
    }
    assert dict(zip(rows.passages, rows.keys, strict=True)) == wanted, (
        "make them anew: rsrag.desk.asking.sentence_rows.embed_passages"
    )
