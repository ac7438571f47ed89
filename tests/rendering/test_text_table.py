"""The one printer of tables."""

import pytest
from hypothesis import given, strategies as st

from rsrag.rendering.text_table import columns_wide, text_table

HEAD = ("NAME", "COUNT", "PATH")
ROWS = [("sea", "7", "/a/b/harbour.tif"), ("山", "1,234", "x")]


def test_numbers_stand_at_the_right_and_wide_letters_count_twice():
    assert text_table(HEAD, ROWS, right=("COUNT",)) == (
        "NAME  COUNT  PATH\nsea       7  /a/b/harbour.tif\n山    1,234  x\n"
    )


def test_all_but_the_first_column_is_of_numbers_by_default():
    assert text_table(("a", "b"), [("c", "1"), ("d", "12")]) == "a   b\nc   1\nd  12\n"


def test_nothing_drives_a_terminal():
    text = text_table(("a",), [("\x1b[2J\n\u202e",)])
    assert text == "a\n\\x1b[2J\\n\\u202e\n"
    assert text_table(("a",), [("ä…",)], ascii_only=True) == "a\n\\xe4\\u2026\n"


def test_cells_are_cut_where_they_say_least():
    rows = [("/a/long/path/to/file.tif", "a long sentence")]
    assert text_table(("P", "T"), rows, right=(), widest=10, paths=("P",)) == (
        "P           T\n…/file.tif  a long se…\n"
    )
    assert text_table(("P",), rows[:0], widest=10) == "P\n"


def test_columns_give_way_in_order():
    steps = (("PATH", 6), ("COUNT", 0), ("NAME", 2))
    options = {"right": ("COUNT",), "give_up": steps, "paths": ("PATH",)}
    assert text_table(HEAD, ROWS, width=22, **options).splitlines()[1] == (
        "sea       7  …bour.tif"
    )
    assert text_table(HEAD, ROWS, width=15, **options).splitlines() == [
        "NAME  PATH",
        "sea   …r.tif",
        "山    x",
    ]
    assert text_table(HEAD, ROWS, width=10, **options).splitlines() == [
        "N…  PATH",
        "s…  …r.tif",
        "山  x",
    ]


@given(
    rows=st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=6),
    width=st.integers(8, 60),
)
def test_no_line_is_wider_than_asked(rows, width):
    text = text_table(
        ("A", "B", "C"), rows, width=width, give_up=(("C", 2), ("B", 0), ("A", 4))
    )
    assert len(text.splitlines()) == len(rows) + 1
    assert max(map(columns_wide, text.splitlines())) <= width


def test_ragged_rows_are_an_error():
    with pytest.raises(ValueError, match=r"shorter|longer"):
        text_table(HEAD, [("a", "b")])
