import random
import string
import sys

import pytest
from hypothesis import example, given, settings, strategies as st

from rsrag.encoders.text_towers.clip_tokenizer import (
    MERGES,
    ClipTokenizer,
    clean,
    open_clip_merges,
    read_merges,
    split_words,
)
from rsrag.errors import CheckpointError

TEXTS = [
    "a river",
    "  Many   PLANES are parked\tat an\nairport!! ",
    "it's a harbour; they're the ships' own docks, I'll say: we've 3 of 'em, I'D go",
    "42 buildings, 3.14 km², 1,000,000 trees, ½ of them green",
    "a café, naïve façade, São Paulo, Ærøskøbing, Łódź, İstanbul, STRASSE straße",
    "a decomposed cafe\u0301 and a long \u017fhip's \u017f, it'\u017f",
    "москва с воздуха; 東京の空港; مطار دولي; विमान; 🛩️🌍🏝 emoji 👨‍👩‍👧‍👦",
    "&lt;b&gt;bold&lt;/b&gt; fields &amp;amp; meadows &eacute; &notanentity; &",
    "schÃ¶n â€œquotedâ€\x9d texts, â€™ and ’curly‘ “quotes”",
    "<start_of_text> in the middle <end_of_text> and after, !<end_of_text>x",
    "<START_OF_TEXT>x<|endoftext|>",
    "no\u00a0break\u2003spaces\u200bzero\u200dwidth\ufeff\u3000wide",
    "control \x07 chars \x1b[31m red \x1c\x1f and \x85 next",
    "... --- ''' \"\"\" ??? @#$%^&*()_+-=[]{}|\\;:,./<>?`~",
    "under_score camelCase x86_64 v1.2.3-rc4 N51.5W0.12",
    " ".join(f"word{i} and a runway" for i in range(70)),
    "supercalifragilisticexpialidocious" * 9,
    "ﬁne ﬂow ﬃ ① Ⅷ ㎢ ｆｕｌｌｗｉｄｔｈ ǅ ",
    "’s it’s ´s `s 's'S'T'Re'vE",
]


@pytest.fixture(scope="module")
def merges():
    return open_clip_merges()


@pytest.fixture(scope="module")
def ours(merges):
    return ClipTokenizer(merges, 77)


@pytest.fixture(scope="module")
def theirs():
    import open_clip

    return open_clip.get_tokenizer("ViT-B-32-quickgelu")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("context", [3, 16, 77])
def test_ids_are_those_of_open_clip(merges, theirs, text, context):
    row = theirs([text], context_length=context)[0].tolist()
    ids = ClipTokenizer(merges, context).tokens(text)
    assert ids + [0] * (context - len(ids)) == row


def test_whole_texts_are_counted(ours, theirs):
    for text in TEXTS:
        assert ours.encode(text) == theirs.encode(text)
        assert ours.count(text) == len(theirs.encode(text)) + 2
    assert ours.count(TEXTS[15]) > 77 == len(ours.tokens(TEXTS[15]))


@settings(max_examples=300)
@given(st.text(max_size=40))
@example("\x00")
@example("")
def test_any_text_has_the_ids_of_open_clip(ours, theirs, text):
    assert ours.encode(text) == theirs.encode(text)


@settings(max_examples=300)
@given(st.text(alphabet=string.printable + "éß’&;", max_size=60))
def test_plain_text_has_them_too(ours, theirs, text):
    assert ours.encode(text) == theirs.encode(text)


def test_every_character_has_them(ours, theirs):
    """Each of Unicode's, in blocks that put it beside letters, digits and marks."""
    from open_clip.tokenizer import whitespace_clean

    codes = [c for c in range(1, sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]
    random.Random(0).shuffle(codes)
    for start in range(0, len(codes), 40_000):
        text = "".join(f"a{chr(c)}'{chr(c)}1 " for c in codes[start : start + 40_000])
        text = whitespace_clean(text).lower()
        assert split_words(text) == theirs.pat.findall(text)


@settings(max_examples=300)
@given(st.text(alphabet=string.printable.replace("&", ""), max_size=80))
def test_the_short_cut_cleans_as_the_long_way(text):
    from open_clip.tokenizer import get_clean_fn

    assert clean(text) == get_clean_fn("lower")(text)


def test_a_vocabulary_of_another_kind_is_refused(merges, tmp_path):
    for wrong in (merges[:-1], ["a b"] * MERGES, [*merges[:-1], "abc"]):
        with pytest.raises(CheckpointError, match="48894"):
            ClipTokenizer(wrong, 77)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_merges(tmp_path / "none.txt")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_merges(tmp_path / "bytes.txt")
