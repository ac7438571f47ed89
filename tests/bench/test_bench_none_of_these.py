"""The fit of *none of these*, on vectors that can be worked out by hand."""

import numpy as np

from bench import bench_none_of_these as bench
from rsrag.rag.looking.scene import label_vectors, scene_labels
from rsrag.types import EncoderIdentity


class Words:
    """A text is the set of its words; a picture is one of these vectors."""

    identity = EncoderIdentity("words", "0" * 64, "none", 512)

    def encode_texts(self, texts):
        rows = np.zeros((len(texts), 512), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.strip(".").split():
                row[sum(map(ord, word)) % 512] = 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


CLASSES = ("an airport", "a beach", "a church", "a forest")


def test_pictures_of_the_labels_themselves():
    encoder = Words()
    vectors = label_vectors(CLASSES, encoder)
    source = bench.measure("made", vectors, np.arange(4), CLASSES, encoder)
    never, even = source.figures[0.0], source.figures[1.0]
    # Without other scenes one label is always taken; with them, only where it is right.
    assert (never["one right"], never["one refused"]) == (1.0, 0.0)
    assert even["one refused"] == 1.0
    assert set(CLASSES) < set(scene_labels())


def test_odds_come_from_the_other_sources():
    def figures(worth):
        names = [f"{k} {w}" for k in ("one", "many") for w in ("right", "refused")]
        return {
            odds: dict.fromkeys([*names, "many wrong"], worth == odds)
            for odds in bench.ODDS
        }

    here, there = (
        bench.Source(name, 1, figures(odds))
        for name, odds in (("a", 1 / 5), ("b", 1.0))
    )
    rows = bench.left_out([here, there])
    assert [(row[0], row[2]) for row in rows] == [
        ("a", "not"),
        ("a", "1/1 (fitted on the others)"),
        ("a", "1/12"),
        ("b", "not"),
        ("b", "1/5 (fitted on the others)"),
        ("b", "1/12"),
    ]
