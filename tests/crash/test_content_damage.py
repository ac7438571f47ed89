"""Damage to every file of an index and of knowledge, through the command line.

A sample; ``python -m bench.damage`` runs every case there is.
"""

import random

import pytest

from bench.damage.__main__ import all_cases
from bench.damage.kinds import damages
from bench.damage.trying import Trials
from bench.damage.world import make, own_home

SAMPLE = 10


@pytest.mark.slow
def test_damage_is_told_or_mended(tmp_path):
    """One case of each file that is damaged, another one on each."""
    with own_home(tmp_path):
        world = make(tmp_path / "world")
        trials = Trials(world, tmp_path / "cases")
        cases = all_cases(world)
        random.Random(16).shuffle(cases)
        by_file = {case[0]: case for case in cases}
        assert len(cases) > 1500 and len(by_file) > 20
        drawn = sorted(by_file.values(), key=str)
        bad, told = [], 0
        for file, damage, data in random.Random(1).sample(drawn, SAMPLE):
            case = trials.run(file, damage, data)
            bad += [f"{file}: {damage}: {problem}" for problem in case.problems]
            told += bool(case.told)
    assert not bad, "\n".join(bad)
    assert told > 2  # Damage that nothing notices tests nothing.


def test_each_kind_of_damage_is_another():
    data = b'{"a": 1, "b": ["x", 2.5], "c": {"d": null}}'
    found = dict(damages(data, "some.json", [b"{ }", data]))
    assert found.pop("gone") is None
    assert len(found) == len({*found.values()}) == len({*found})
    assert data not in found.values()
    for words, changed in {
        "c/d removed": b'{"a": 1, "b": ["x", 2.5], "c": {}}',
        "b/0 removed": b'{"a": 1, "b": [2.5], "c": {"d": null}}',
        "a 2": b'{"a": 2, "b": ["x", 2.5], "c": {"d": null}}',
        "cut at 2/4": data[: len(data) // 2],
        "that of another, 0": b"{ }",
    }.items():
        assert found[words] == changed
