"""Sources over exact stores in a folder of the test's own."""

from contextlib import ExitStack

import pytest
from small_world import small_sources

from rsrag.stores.exact import ExactStore


@pytest.fixture
def sources(tmp_path):
    with ExitStack() as stack:
        numbers = iter(range(100))

        def new_store(dim):
            store = ExactStore.create(tmp_path / str(next(numbers)), dim)
            stack.callback(store.close)
            return store

        yield small_sources(new_store)
