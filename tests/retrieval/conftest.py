"""Sources over exact stores, under a stand-in catalogue and under the real one."""

from contextlib import ExitStack

import pytest
from small_world import FACTS, LANDMARKS, PASSAGES, ListCatalogue, small_sources

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.collection import Records, write_collection
from rsrag.stores.rows import ExactStore


@pytest.fixture(scope="session")
def real_catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("knowledge")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        write_collection(folder / "small", Records(LANDMARKS, FACTS, PASSAGES))
        catalogue = Catalogue.open(folder / "small")
        yield catalogue
        catalogue.close()


@pytest.fixture(params=["stand-in", "catalogue"])
def sources(request, tmp_path):
    with ExitStack() as stack:
        numbers = iter(range(100))

        def new_store(dim):
            store = ExactStore.create(tmp_path / str(next(numbers)), dim)
            stack.callback(store.close)
            return store

        if request.param == "stand-in":
            yield small_sources(new_store, ListCatalogue())
        else:
            yield small_sources(new_store, request.getfixturevalue("real_catalogue"))
