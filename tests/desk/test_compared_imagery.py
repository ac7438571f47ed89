"""Twins and concepts of an index, asked in Python."""

import pytest

import rsrag


@pytest.fixture
def index(root, tmp_path, monkeypatch):
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    with rsrag.open("world", indexes=root / "indexes") as opened:
        yield opened


def test_pairs_that_are_alike(index) -> None:
    seen = []
    found = index.similar(
        min_score=0.5, limit=5, progress=lambda *told: seen.append(told)
    )
    assert isinstance(found, rsrag.Similar)
    assert seen[-1] == ("comparing", len(index), len(index))
    assert len(found.pairs) == 5
    best = found.pairs[0]
    assert isinstance(best, rsrag.SimilarPair)
    assert best.score == max(pair.score for pair in found.pairs)
    assert best.first.pixels().shape[2] == 3
    fewer = index.similar(min_score=0.5, exclude="*-1.png")
    assert fewer.compared < found.compared
    with pytest.raises(rsrag.QueryError, match=r"0\.1"):
        index.similar(min_score=0.1)


def test_a_concept_of_hits_is_kept_and_searched(index) -> None:
    sand = index.browse(filter="label = 'sand'")
    rest = index.browse(filter="label <> 'sand'")
    concept = index.train_concept("mine", sand, [hit.id for hit in rest])
    assert isinstance(concept, rsrag.Concept)
    assert concept.like == tuple(hit.id for hit in sand)
    assert [one.name for one in index.concepts()] == ["mine"]
    best = index.search(add="concept:mine", top_k=len(sand))
    assert {hit.id for hit in best} == {hit.id for hit in sand}
    with pytest.raises(rsrag.QueryError, match="already"):
        index.train_concept("mine", sand)
    with pytest.raises(rsrag.QueryError, match="at least one"):
        index.train_concept("other", [])
