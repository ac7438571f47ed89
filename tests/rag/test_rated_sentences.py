"""Sentences that may answer: which are read closely, and when none is."""

import numpy as np

from rsrag.answers import Evidence
from rsrag.rag.rating.answerable import rated
from rsrag.rag.rating.sentence_features import Candidate


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
