"""Questions over the knowledge that comes with rsrag, in many wordings."""

import pytest

from rsrag import Knowledge


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        with Knowledge() as knowledge:
            yield knowledge


RANKS = [
    ("What's the highest mountain?", "Mount Everest"),
    ("What is the second highest mountain?", "K2"),
    ("What is the third longest river in the world?", "Yangtze"),
    ("2nd deepest lake", "Lake Tanganyika"),
    ("Which is the highest mountain outside Asia?", "Aconcagua"),
    ("which is the highest mountain not in asia", "Aconcagua"),
    ("what is the highest peak in south america", "Aconcagua"),
    ("what's the longest river in europe", "Volga"),
    ("What is the deepest lake in Africa?", "Lake Tanganyika"),
    ("Which bridge has the longest main span?", "1915 Çanakkale Bridge"),
    ("Which is the saltiest lake?", "Lake Assal"),
]


@pytest.mark.parametrize(("question", "value"), RANKS)
def test_ranks(world, question, value):
    answer = world.ask(question)
    assert (answer.route, answer.value) == ("list", value)
