"""``--min-prob``: hits that are likely, and an honest nothing."""

import json

from test_search_command import hits_of


def test_a_hit_says_how_likely_it_is(run) -> None:
    hits = hits_of(run, "white snow and ice", "-k", "10")
    chances = [hit["probability"] for hit in hits]
    assert all(0 <= chance <= 1 for chance in chances)
    assert chances[0] > chances[-1]
    out = run("search", "white snow and ice", "-k", "2", "--no-preview")[1]
    assert "PROB" in out.splitlines()[0]


def test_only_likely_hits(run) -> None:
    every = hits_of(run, "white snow and ice", "-k", "10")
    # They are printed rounded.
    chances = sorted(hit["probability"] for hit in every)
    least = max(chances[5] - 1e-5, 0)
    kept = hits_of(run, "white snow and ice", "-k", "10", "--min-prob", str(least))
    likely = [hit["id"] for hit in every if hit["probability"] >= least]
    assert [hit["id"] for hit in kept] == likely


def test_nothing_is_told_as_nothing(run) -> None:
    code, out, err = run("search", "a wedding cake", "--min-prob", "1", "--json")
    assert (code, json.loads(out)) == (0, [])
    assert "a wedding cake: nothing in this index looks like that; nearest: " in err
    assert ".png" in err


def test_pictures_have_no_probability(run) -> None:
    chip = hits_of(run, "sand", "-k", "1")[0]["id"]
    assert hits_of(run, "--chip", chip)[0]["probability"] is None
    assert hits_of(run, "sand", "--subtract", "snow")[0]["probability"] is None
    code, out, err = run("search", "--chip", chip, "--min-prob", "0.5")
    assert (code, out) == (1, "")
    assert "Probabilities are of words alone" in err


def test_a_probability_is_0_to_1(run) -> None:
    assert run("search", "sand", "--min-prob", "1.5")[0] == 2
    assert run("search", "sand", "--min-prob", "nan")[0] == 2


def test_an_encoder_without_a_fit_tells_none(run, monkeypatch) -> None:
    from rsrag.retrieval.relevance import relevance

    monkeypatch.setattr(relevance, "relevance_of", lambda identity: None)
    assert hits_of(run, "sand")[0]["probability"] is None
    code, _, err = run("search", "sand", "--min-prob", "0.5")
    assert code == 1
    assert "nothing was fitted for it" in err


def test_marks_move_the_hits(run) -> None:
    every = hits_of(run, "land", "-k", "99")
    snow = [hit["id"] for hit in every if "snow" in hit["source"]]
    sand = [hit["id"] for hit in every if "sand" in hit["source"]]
    found = hits_of(run, "land", "-k", "3", "--like", snow[0], "--unlike", sand[0])
    assert {hit["id"] for hit in found} == set(snow)
    marked = hits_of(run, "-k", "3", "--like", sand[0])
    assert {hit["id"] for hit in marked} == set(sand)


def test_marks_that_contradict_or_are_not_there(run) -> None:
    code, out, err = run("search", "land", "--like", "a", "--unlike", "a")
    assert (code, out) == (2, "")
    assert "marked as like it and as unlike it" in err
    assert run("search", "land", "--like", "nowhere")[0] == 1
