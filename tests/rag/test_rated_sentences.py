"""Sentences that may answer: which are read closely, and when none is."""

from dataclasses import replace

import numpy as np

from rsrag.answers import Evidence
from rsrag.rag.rating.answerable import rated
from rsrag.rag.rating.candidates import Candidate


class Counting:
    """Vectors that are all the same, and how many texts were read."""

    def __init__(self):
        self.read = 0

    def encode(self, texts):
        self.read += len(texts)
        return np.ones((len(texts), 1), np.float32)

    def encode_pieces(self, texts):
        self.read += len(texts)
        return [([(0, len(text))], np.ones((1, 1), np.float32)) for text in texts]


def candidates(*texts):
    piece = Evidence("passage", "p", "all of it", "here", "CC0-1.0")
    return [Candidate(text, piece) for text in texts]


def test_no_sentence_is_read_where_none_has_such_an_answer():
    reader = Counting()
    given = candidates("The house is red.", "It was built in 1932.")
    got = rated("How many floors does it have?", given, reader)
    assert got == given and reader.read == 0
    assert {one.probability for one in got} == {0.0}


def test_all_are_read_where_one_has_it():
    reader = Counting()
    given = candidates("The house is red.", "It has four floors.")
    first, second = rated("How many floors does it have?", given, reader)
    assert first.text == "It has four floors." and reader.read
    assert first.probability > second.probability == 0.0


def test_nothing_to_rate():
    assert rated("How many floors does it have?", (), Counting()) == []
    assert rated("What is it?", (), Counting()) == []


def test_what_cannot_answer_is_not_read_closely():
    reader = Counting()
    given = candidates("The house is red.", "It has four floors.", "It was sold.")
    rated("How many floors does it have?", given, reader)
    # Question and sentences for their vectors; question and one sentence closely.
    assert reader.read == 4 + 2


def test_vectors_that_are_kept_are_not_made_again():
    reader = Counting()
    kept = np.ones(1, np.float32)
    given = [
        replace(one, vector=kept) for one in candidates("Red.", "It has 4 floors.")
    ]
    rated("How many floors does it have?", given, reader)
    assert reader.read == 1 + 2


def test_the_sentence_of_an_unnamed_landmark_gives_way_to_a_text_that_may_be_meant():
    notes, known = candidates("The mill closed in 1931.", "The pit closed in 1914.")
    known = replace(known, piece=replace(known.piece, id="q", landmark="Big Hole"))
    asked = "In what year was it closed?"
    first, second = rated(asked, [known, notes], Counting())
    assert (first.text, second.text) == (notes.text, known.text)
    named, _ = rated("In what year was the hole closed?", [known, notes], Counting())
    assert named.probability > second.probability
