"""Passages are cut where it hurts least, and nothing of them is lost."""

import re

from hypothesis import given, strategies as st

from rsrag.encoders.text_towers.minilm_memory import shared_minilm
from rsrag.indexing.knowledge.knowledge_pieces import pieces_of, split_text


class Words:
    """An encoder that reads so many words, and counts them with two marks."""

    def __init__(self, limit):
        self.max_tokens = limit

    def count_tokens(self, texts):
        return [len(re.findall(r"\w+|[^\w\s]", text)) + 2 for text in texts]


def texts_of(pieces):
    return [piece.text for piece in pieces]


def split(text, limit):
    return split_text(text, Words(limit).count_tokens, limit)


def test_what_fits_stays_whole():
    (pieces,) = pieces_of(["A lake. It is deep."], [None], Words(9))
    assert [(p.ordinal, p.text, p.embedded) for p in pieces] == [
        (0, "A lake. It is deep.", "A lake. It is deep.")
    ]


def test_sentences_are_packed_and_not_cut():
    # Tokens: 3, 4, 4, 2. Of eight, two are marks.
    text = "A lake. It is deep! Is it cold? Yes."
    assert split(text, 9) == ["A lake. It is deep!", "Is it cold? Yes."]
    assert split(text, 6) == ["A lake.", "It is deep!", "Is it cold?", "Yes."]


def test_quotes_and_brackets_stay_with_their_sentence():
    text = 'He said "go." (She went.) Then rain.'
    assert split(text, 8) == ['He said "go."', "(She went.)", "Then rain."]


def test_a_decimal_point_ends_nothing():
    assert split("It is 3.5 km long. Good.", 11) == ["It is 3.5 km long.", "Good."]


def test_a_long_sentence_is_cut_between_words():
    assert split("one two three four five. Six.", 5) == [
        "one two three",
        "four five.",
        "Six.",
    ]


def test_a_long_word_is_cut_anywhere():
    assert "".join(split("." * 10 + " a", 5)) == "." * 10 + "a"
    assert all(len(part) <= 3 for part in split("." * 10, 5))


def test_sentences_without_spaces_are_cut_too():
    count = lambda texts: [len(text) + 2 for text in texts]  # noqa: E731
    assert split_text("湖很深。水很冷。", count, 6) == ["湖很深。", "水很冷。"]
    assert split_text("湖很深水很冷吗", count, 5) == ["湖很深", "水很冷", "吗"]


def test_the_landmark_is_said_where_the_text_does_not():
    about = ["Lake Baikal", "Lake Baikal", None]
    texts = ["It is deep.", "lake baikal is deep.", "It is deep."]
    found = pieces_of(texts, about, Words(20))
    assert [pieces[0].embedded for pieces in found] == [
        "Lake Baikal: It is deep.",
        "lake baikal is deep.",
        "It is deep.",
    ]
    assert [pieces[0].text for pieces in found] == texts


def test_every_piece_says_the_landmark_and_still_fits():
    words = Words(14)
    (pieces,) = pieces_of(["It is deep. It is cold. " * 4], ["Baikal"], words)
    assert len(pieces) == 4
    assert all(piece.embedded.startswith("Baikal: It") for piece in pieces)
    assert max(words.count_tokens([p.embedded for p in pieces])) <= 14


def test_a_name_that_would_take_the_room_is_left_out():
    name = "The Very Long Name Of A Lake"
    (pieces,) = pieces_of(["It is deep and cold."], [name], Words(12))
    assert pieces[0].embedded == "It is deep and cold."


@given(
    st.text(
        st.sampled_from("abc .!?\n\"'é。湖") | st.characters(exclude_categories=["Cs"]),
        max_size=120,
    ).filter(str.strip),
    st.integers(4, 12),
)
def test_nothing_is_dropped_and_all_fits(text, limit):
    parts = split(text, limit)
    squeezed = re.sub(r"\s", "", text)
    assert re.sub(r"\s", "", "".join(parts)) == squeezed
    assert all(part == part.strip() != "" for part in parts)
    counts = Words(limit).count_tokens(parts)
    assert all(n <= limit or len(p) == 1 for p, n in zip(parts, counts, strict=True))


def test_minilm_reads_every_piece_to_its_end():
    model = shared_minilm()
    text = "The lake froze in the winter of 1893, they say. " * 60
    parts = split_text(text, model.count_tokens, 77)
    assert len(parts) > 5
    assert max(model.count_tokens(parts)) <= 77
    assert " ".join(parts) == text.strip()
