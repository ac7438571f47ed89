"""Requests that schemathesis makes of the service's own description."""

import pytest

from bench.serving.fuzz import faults


@pytest.mark.slow
def test_nothing_that_is_made_up_breaks_it(address):
    assert faults(address, examples=4, seed=1, quick=True) == []
