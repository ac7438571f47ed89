"""Requests that are made up, and good ones with something changed."""

import pytest

from bench.serving.fuzz import faults
from bench.serving.mutated import mutated_faults


@pytest.mark.slow
def test_nothing_that_is_made_up_breaks_it(address):
    assert faults(address, examples=4, seed=1, quick=True) == []


@pytest.mark.slow
def test_nothing_that_is_changed_breaks_it(address):
    found, statuses = mutated_faults(address, 400, seed=2)
    assert found == [] and statuses[200] > 50 and statuses[400] > 50
