"""A catalogue over a few places."""

import pytest
from places_of_test import open_records, records

from rsrag import Knowledge


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """The user's cache of catalogues stays out of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def catalogue(own_cache, tmp_path_factory):
    opened = open_records(tmp_path_factory.mktemp("knowledge"), records())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def world(own_cache, tmp_path_factory):
    """The knowledge that comes with rsrag."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        with Knowledge() as knowledge:
            yield knowledge
