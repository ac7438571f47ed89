"""Lists of classes: names, words, covers, colours, and what cannot be one."""

import json

import pytest

from rsrag.analysis.cover.cover_classes import (
    cover_names,
    parse_classes,
    preset,
    presets,
    read_classes,
    shared_words,
)
from rsrag.errors import ConfigError, QueryError, RsragError, SourceNotFoundError


def test_names_and_words_are_read() -> None:
    found = parse_classes("building, trees=trees|forest|bushes,tennis court").classes
    assert [one.name for one in found] == ["building", "trees", "tennis court"]
    assert found[1].words == ("trees", "forest", "bushes")
    assert [one.covers for one in found] == [("building",), ("trees",), ()]
    assert found[2].words == ("tennis court",)
    assert len({one.colour for one in found}) == 3


@pytest.mark.parametrize("word", ["forest", "Woodland", "the trees"])
def test_a_synonym_means_its_cover(word) -> None:
    assert parse_classes(f"{word},x").classes[0].covers == ("trees",)


def test_a_kind_of_a_cover_is_not_the_cover() -> None:
    """Not all water is a river, so the cover head cannot tell one."""
    assert [
        one.covers for one in parse_classes("a river,the sea,a desert").classes
    ] == [
        (),
        (),
        (),
    ]


def test_a_name_that_is_no_cover_takes_those_of_its_words() -> None:
    (found, _) = parse_classes("nature=forest|grass|water,x").classes
    assert found.covers == ("trees", "low vegetation", "water")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no name"),
        ("road,,water", "no name"),
        ("road,Road", "twice"),
        ("a=grass|lawn,b=lawn", "'lawn' is a word of a and of b"),
        (",".join(f"c{n}" for n in range(255)), "1 to 254"),
    ],
)
def test_what_cannot_be_a_list_is_told(text, words) -> None:
    with pytest.raises(QueryError, match=words):
        parse_classes(text)


def test_two_hundred_classes_are_told_apart_by_colour() -> None:
    found = parse_classes(",".join(f"thing {n}" for n in range(200))).classes
    assert len({one.colour for one in found}) == 200


def test_names_that_share_a_word_are_noted() -> None:
    notes = shared_words(parse_classes("field,sports field,road").classes)
    assert len(notes) == 1 and "share the word field" in notes[0]
    many = parse_classes(",".join(f"thing {n}" for n in range(200))).classes
    (note,) = shared_words(many)
    assert note.startswith("200 classes share the word thing")


@pytest.mark.parametrize("name", presets())
def test_presets_are_lists(name) -> None:
    found = preset(name)
    assert len(found.classes) >= 2
    values = [value for one in found.classes for value in one.values]
    assert len(set(values)) == len(values)
    colours = [colour for one in found.classes for colour in one.mask_colours]
    assert name == "landcover" or values or len({*colours}) >= len(found.classes)
    assert {cover for one in found.classes for cover in one.covers} <= {*cover_names()}


def test_there_is_no_other_preset() -> None:
    with pytest.raises(QueryError, match="no preset 'moon'"):
        preset("moon")


def test_a_file_says_values_colours_and_what_is_ignored(tmp_path) -> None:
    path = tmp_path / "classes.yaml"
    path.write_text(
        "ignore: [9]\nendings: [_label]\nclasses:\n- road\n"
        "- {name: pool, words: [a pool], covers: [water], values: [3],\n"
        '   colour: "#0a0b0c", mask_colours: [[1, 2, 3]]}\n'
    )
    found = read_classes(path)
    assert found.ignore == (9,) and found.endings == ("_label",)
    pool = found.classes[1]
    assert pool.covers == ("water",) and pool.values == (3,)
    assert pool.colour == (10, 11, 12) and pool.mask_colours == ((1, 2, 3),)
    other = tmp_path / "classes.json"
    other.write_text(json.dumps(["road", "water"]))
    assert [one.name for one in read_classes(other).classes] == ["road", "water"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "classes: 3",
        "classes: [{name: a, size: 3}]",
        "classes: [{name: a, covers: [lava]}]",
        "classes: [{name: a, colour: [1, 2]}]",
        "classes: [{name: a, colour: [1, 2, 300]}]",
        "classes: [{name: a, values: [x]}]",
        "classes: [3]",
        "classes: [a]\nsort: true",
        "{",
    ],
)
def test_a_file_that_is_none_is_told(tmp_path, text) -> None:
    path = tmp_path / "classes.yaml"
    path.write_text(text)
    with pytest.raises(RsragError, match=r"classes\.yaml"):
        read_classes(path)


def test_a_file_that_is_not_there_is_told(tmp_path) -> None:
    with pytest.raises(SourceNotFoundError):
        read_classes(tmp_path / "none.yaml")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_classes(tmp_path / "binary.json")
