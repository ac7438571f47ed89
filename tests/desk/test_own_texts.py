"""Own notes answer by name, whatever collection knows the place."""

import re

import numpy as np
import pytest

import rsrag
from rsrag.config import Settings
from rsrag.desk.asking.sentence_rows import (
    SentenceRows,
    SentenceSearch,
    embed_passages,
    embedded,
)
from rsrag.encoders.text_towers.minilm_memory import shared_minilm
from rsrag.records import Passage

HARBOUR = """# Orrin Harbour

Orrin Harbour is a fishing port. A gale in May 1968 broke the eastern mole, and the
harbour stayed shut for nine weeks. Its ice house is called the Igloo. A second basin
was drawn up in 1971 and shelved because the herring had gone.

**May I bring my dog aboard?**
Only on a lead, and only on the upper deck.

- Crane: 12 m high, painted red (grey before)
- Harbour master: Jo Velden, since 2014
"""
TOWER = """# Notes

The Eiffel Tower is repainted every seven years.
"""


FARM = """# Dreel Farm

Dreel Farm keeps 300 sheep.

| Guest | Price |
|---|---|
| Adult | 4 crowns |
| Child | 2.50 crowns |
"""


VISIT = """**To:** All of us
**Subject:** Notes on the Wend mine

Cold and wet, as ever.

**Dams**

- The upper dam was raised from 20 m to 26 m last year.
"""


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory):
    home = tmp_path_factory.mktemp("own")
    (home / "notes").mkdir()
    (home / "notes" / "harbour.md").write_text(HARBOUR)
    (home / "notes" / "tower.md").write_text(TOWER)
    (home / "notes" / "farm.md").write_text(FARM)
    (home / "notes" / "visit.md").write_text(VISIT)
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
        (
            "Why was the second basin of Orrin Harbour never dug?",
            "the herring had gone",
        ),
        ("Are dogs allowed aboard in Orrin Harbour?", "Only on a lead"),
        ("how many sheep does dreel farm keep?", "^Dreel Farm keeps 300 sheep"),
        ("what does a child pay at dreel farm", "Guest: Child; Price: 2.50 crowns"),
        ("Who is the harbour master of Orrin?", "^Harbour master: Jo Velden"),
    ],
)
def test_questions_about_own_notes(knowledge, question, said):
    answer = knowledge.ask(question)
    assert not answer.refused, answer.text
    assert re.search(said, answer.text)
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

    one, two = passage(1, "A b cup. D e f gull."), passage(2, "H i.")
    rows, left = embedded([one, two], None, "m", counting)
    assert left == 0 and asked == ["T. A b cup.", "T. D e f gull.", "T. H i."]
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


def test_the_rows_of_a_text_are_found_again_while_it_is_the_same(tmp_path):
    one = passage(1, "A b cup. D e f gull.")
    embed_passages(tmp_path, [one, passage(2, "H i.")], [])
    kept = SentenceSearch([tmp_path])
    rows = kept.of("1", "T", one.text)
    assert rows is not None
    made = shared_minilm().encode(["T. A b cup.", "T. D e f gull."])
    assert np.abs(rows - made).max() < 0.01
    for other in (("3", "T", one.text), ("1", "U", one.text), ("1", "T", "A b cup.")):
        assert kept.of(*other) is None


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
    records = read_collection(folder)
    names = {one.id: one.name for one in records.landmarks}
    wanted = {
        one.id: key_of(
            one.title or names.get(one.landmark_id or "", ""), one.text, WEIGHTS.sha256
        )
        for one in records.passages
    }
    assert dict(zip(rows.passages, rows.keys, strict=True)) == wanted, (
        "make them anew: rsrag.desk.asking.sentence_rows.embed_passages"
    )


def test_a_name_may_stand_over_the_whole_text(knowledge):
    answer = knowledge.ask("How high is the upper dam of the Wend mine now?")
    assert not answer.refused and "26 m" in answer.text
