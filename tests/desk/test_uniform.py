"""Chips that are one colour all over: in the index, and not among the hits."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

import rsrag
from rsrag.commands import main
from rsrag.desk.imagery.generation import VariedStore
from rsrag.filters import Filter
from rsrag.stores.rows import ExactStore
from rsrag.vectors import unit_rows
from tests.commands.known_places import textured


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Three black masks and a grey one, and two pictures of the sea."""
    folder = tmp_path_factory.mktemp("masks")
    archive = folder / "archive"
    archive.mkdir()
    for number in range(4):
        colour = (0, 0, 0) if number < 3 else (90, 90, 90)
        # Of other sizes: equal bytes would be one chip.
        Image.new("RGB", (60 + number, 64), colour).save(archive / f"m{number}.png")
    for number in range(2):
        textured((10, 40, 110), number).save(archive / f"sea-{number}.png")
    made = rsrag.build(archive, name="masks", indexes=folder / "indexes")
    yield made
    made.close()


def names(hits) -> set[str]:
    return {hit.file_name for hit in hits}


def test_they_are_left_out_unless_asked_for(index) -> None:
    assert (len(index), index.manifest.imagery.uniform) == (6, 4)
    assert names(index.search("a mask")) == {"sea-0.png", "sea-1.png"}
    assert len(index.search("a mask", uniform=True)) == 6
    assert len(index.search("a mask", max_nodata=0.5)) == 2
    assert index.count() == len(index.browse()) == 6


@pytest.mark.parametrize("near", [0, 1, 30])
def test_an_unfiltered_search_drops_them_and_filters_only_where_many_are_near(
    tmp_path, near
) -> None:
    """So that one black chip does not make every search of a large index slower."""
    rng = np.random.default_rng(3)
    vectors = unit_rows(rng.normal(size=(60, 8)))
    query = unit_rows(rng.normal(size=(1, 8)))
    order = np.argsort(-(vectors @ query[0]))
    contrast = np.full(60, 20.0)
    contrast[order[:near]] = 0.1
    contrast[order[40]] = 0.2
    store = ExactStore.create(tmp_path / "store", 8)
    ids = [f"{number:02}" for number in range(60)]
    store.upsert(vectors, pa.table({"id": ids, "contrast": contrast}))
    wheres = []

    class Watched:
        def search(self, vectors, top_k, where=None):
            wheres.append(where)
            return store.search(vectors, top_k, where)

    varied = VariedStore(Watched(), near + 1)
    filtered = Filter(ranges={"contrast": (0.5, None)})
    for top_k in (1, 7, 59, 60, 70):
        assert varied.search(query, top_k) == store.search(query, top_k, filtered)
    assert [where for where in wheres if where] == ([filtered] * 2 if near > 20 else [])
    some = Filter(exclude=frozenset({ids[order[50]]}))
    found = varied.search(query, 60, some)[0]
    assert len(found) == 60 - near - 2
    store.close()


def test_where_all_are_they_are_hits(index, tmp_path) -> None:
    with rsrag.build(
        Path(index.manifest.imagery.sources[0]) / "m0.png",
        name="one",
        indexes=tmp_path,
    ) as one:
        assert len(one.search("a mask")) == 1


def test_an_empty_answer_says_so(index, capsys) -> None:
    words = ["search", "mask", "--index", "masks", "--min-score", "0.99"]
    assert main([*words, "--indexes", str(index.settings.indexes)]) == 0
    assert (
        "no chip of the 6 in 'masks' passes --min-score and as more than one colour "
        "(--uniform)."
    ) in capsys.readouterr().err


def test_filters_by_what_placed_and_dated(index, tmp_path, capsys) -> None:
    assert index.count(placed_by="affine") == 0
    archive = tmp_path / "archive"
    archive.mkdir()
    for number, name in enumerate(("a_2020-01-31.png", "b.png")):
        textured((10, 40, 110), number).save(archive / name)
    with rsrag.build(archive, name="two", indexes=tmp_path) as two:
        (hit,) = two.search("sea", dated_by=["date in the name", "catalogue"])
        assert (hit.file_name, hit.dated_by) == ("a_2020-01-31.png", "date in the name")
        assert hit.placed_by is None and hit.bands == "1,2,3 (colours of the bands)"
    words = ["search", "sea", "--index", "two", "--dated-by", "catalogue"]
    assert main([*words, "--indexes", str(tmp_path)]) == 0
    told = capsys.readouterr().err
    assert "ways of dating there: date in the name (1); 1 have none" in told
