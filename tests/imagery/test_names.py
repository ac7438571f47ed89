import pytest
from hypothesis import given, strategies as st

from rsrag.imagery.archives.archive_names import (
    archive_marks,
    clean_member,
    escape,
    is_hidden,
    unescape,
    unsafe_member,
)


@given(st.binary(max_size=12))
def test_any_file_name_becomes_one_line_of_utf8_and_back(raw: bytes) -> None:
    name = raw.decode("utf-8", errors="surrogateescape")
    text = escape(name)
    text.encode("utf-8")
    assert len(text.splitlines()) <= 1
    assert unescape(text) == name


def test_hand_worked_names() -> None:
    assert escape("a\nb\udcff\\c.jpg") == "a\\x0ab\\xff\\\\c.jpg"
    assert escape("höher.jpg") == "höher.jpg"


@pytest.mark.parametrize(
    "name",
    ["/etc/a.jpg", "a/../../b.jpg", "..", "C:\\a.jpg", "a\\..\\b", "\\\\host\\a"],
)
def test_unsafe(name: str) -> None:
    assert unsafe_member(name)


def test_safe() -> None:
    assert unsafe_member("a/b..c/d.jpg") is None
    assert clean_member("././/a/b.jpg") == "a/b.jpg"
    assert is_hidden("a/._b.jpg") and is_hidden("__MACOSX/a.jpg")
    assert not is_hidden("a/b.jpg")


def test_where_an_archive_may_end() -> None:
    source = "/odd!/a.zip!/in!side.tif"
    ends = [source[:at] for at in archive_marks(source)]
    assert ends == ["/odd", "/odd!/a.zip"]
    assert list(archive_marks("/plain.tif")) == []
