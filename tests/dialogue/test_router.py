"""What instructions are taken for."""

import numpy as np
import pytest

from rsrag.dialogue.router.instruction_router import (
    EVERY,
    EXPERTS,
    KINDS,
    known_instructions,
    read_instructions,
    route,
)


@pytest.mark.parametrize(
    ("text", "kind", "experts"),
    [
        ("Describe the image in one sentence.", "caption", ("theme", "objects")),
        ("Describe the image in detail.", "detailed", EVERY),
        ("How many ships are there?", "count", ("objects",)),
        ("How many houses are next to the river?", "count", ("objects", "relations")),
        ("Is there a water area?", "presence", ("objects",)),
        ("Is there a road at the left of a lake?", "presence", EVERY[1:]),
        ("Are there more roads than buildings?", "comparison", ("objects",)),
        ("Is it a rural or an urban area?", "scene", ("theme",)),
        ("Where is the stadium?", "where", ("objects",)),
        ("[grounding] the white plane", "where", ("objects",)),
        ("What is next to the river?", "relation", EVERY[1:]),
        ("Describe the changes between these two images in detail.", "change", ()),
        ("How many new buildings appeared?", "change", ()),
        ("Why is the water brown?", "why", EVERY),
    ],
)
def test_rules(text, kind, experts) -> None:
    got = route(text)
    assert (got.kind, got.experts, got.by) == (kind, experts, "rule")
    assert got.confidence == 1.0


def test_known_instructions_are_of_all_kinds_and_none_stands_twice() -> None:
    known = known_instructions()
    assert {kind for _, kind in known} == set(KINDS)
    assert len({text for text, _ in known}) == len(known)


def test_what_no_rule_fits_is_what_it_is_like() -> None:
    """Vectors that put a text beside the known ones of one kind."""
    kinds = [kind for _, kind in known_instructions()]

    def encode(texts):
        if len(texts) > 1:
            return np.eye(len(KINDS), dtype=np.float32)[[KINDS.index(k) for k in kinds]]
        return np.eye(len(KINDS), dtype=np.float32)[[KINDS.index("where")]]

    got = route("zzz", encode)
    assert (got.kind, got.by, got.confidence) == ("where", "likeness", 1.0)
    assert got.experts == EXPERTS["where"]


def test_what_is_like_nothing_goes_to_all_experts() -> None:
    def encode(texts):
        rows = np.zeros((len(texts), 2), np.float32)
        rows[:, 0 if len(texts) > 1 else 1] = 1
        return rows

    for got in (route("zzz", encode), route("zzz")):
        assert (got.kind, got.experts, got.confidence) == ("caption", EVERY, 0.0)
        assert got.by == "nothing"


def test_files_of_instructions() -> None:
    text = "# count\nHow many?\n\n# where\nWhere, and beside what? | relations\n"
    assert read_instructions(text) == [
        ("How many?", "count", False),
        ("Where, and beside what?", "where", True),
    ]
    with pytest.raises(ValueError, match="'birds' is no kind"):
        read_instructions("# birds\nx\n")
