"""A value that is refused before any work is wrong usage: exit code 2, by option."""

import pytest

from rsrag.commands import main

BUILD = ("index", "build", ".", "--name", "x")
C = ("--collection", "c")
QA = ("eval", "qa", "--knowledge", ".", "--questions", "q.jsonl")


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("search", "x", "--top-k", "0"), "--top-k"),
        (("search", "x", "--min-score", "2"), "--min-score"),
        (("search", "x", "--max-nodata", "-0.1"), "--max-nodata"),
        (("search", "x", "--gsd", "nine"), "--gsd"),
        (("search", "x", "--datetime", "soon"), "soon"),
        (("search", "x", "--format", "xml"), "--format"),
        (("search", "x", "--bbox", "0", "5", "1", "1"), "south"),
        (("search", "x", "--bbox", "0", "0", "1", "1", "--intersects", "a"), "--bbox"),
        (("ask", "x", "--alpha", "2"), "--alpha"),
        (("ask", "x", "--top-k", "0"), "--top-k"),
        (("ask", "x", "--candidates", "0"), "--candidates"),
        (("ask", "x", "--rerank-weight", "1.5"), "--rerank-weight"),
        (("ask", "x", "--radius", "-1"), "--radius"),
        (("ask", "x", "--fusion", "sum"), "--fusion"),
        (("ask", "x", "--lanes", "psychic"), "psychic"),
        (("classify", "x.png", "--unsure", "2"), "--unsure"),
        (("caption", "x.png", "--neighbours", "0"), "--neighbours"),
        ((*QA, "--limit", "0"), "--limit"),
        ((*QA, "--unanswerable", "-1"), "--unanswerable"),
        ((*QA, "--protocol", "odd"), "odd"),
        ((*BUILD, "--max-nodata", "7"), "--max-nodata"),
        ((*BUILD, "--max-cloud", "101"), "--max-cloud"),
        ((*BUILD, "--threads", "0"), "--threads"),
        ((*BUILD, "--batch-size", "0"), "--batch-size"),
        ((*BUILD, "--chip-size", "big"), "big"),
        ((*BUILD, "--store", "mysql"), "mysql"),
        ((*BUILD, "--store", "exact", "--ann", "hnsw"), "--ann"),
        (("index", "prune", "x", "--keep", "0"), "--keep"),
        (("knowledge", "search", "x", "--limit", "0"), "--limit"),
        (("knowledge", "search", "x", "--bbox", "0", "5", "1", "1"), "south"),
        (("ask", "x", "--radius", "inf"), "--radius"),
        (("ask", "x", "--radius", "nan"), "--radius"),
        (("ask", "x", "--llm-context", "0"), "--llm-context"),
        (("index", "export", "x", "--format", "xml", "--out", "o"), "xml"),
        (("index", "export", "x", "--format", "stac"), "--out"),
        (
            ("index", "export", "x", "--format", "stac", "--out", "o", *C),
            "--collection",
        ),
        (("localize", "s.tif", "sea", "--window", "wide"), "wide"),
        (("localize", "s.tif", "sea", "--sensor", "S2A"), "--index"),
        (("localize", "a", "b", "--index", "x"), "--index"),
        # Files to write, before any work is done for them.
        (("index", "audit", "x", "--out", "o.jpg"), ".png"),
        (("index", "audit", "x", "--out", "no/o.png"), "no folder no"),
        (("localize", "s.tif", "sea", "--heat", "o.png"), ".tif or .tiff"),
        (("localize", "s.tif", "sea", "--polygons", "o.shp"), ".gpkg"),
        (("localize", "s.tif", "sea", "--overlay", "o.gif"), ".webp"),
        (("search", "x", "--contact-sheet", "o.tif"), ".webp"),
        (("search", "x", "--map", "no/o.html"), "no folder no"),
        (("search", "x", "--map", "."), "folder"),
        (("ask", "x", "--geojson", "no/o.geojson"), "no folder no"),
        (("caption", "x.png", "--geojson", "no/o.geojson"), "no folder no"),
        (("classify", "x.png", "--geojson", "no/o.geojson"), "no folder no"),
    ],
)
def test_a_value_that_cannot_be_is_usage(capfd, tmp_path, monkeypatch, words, option):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert option in err
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings_are_no_usage(capfd, monkeypatch) -> None:
    monkeypatch.setenv("RSRAG_THREADS", "many")
    assert main(["search", "x", "--indexes", "."]) == 1
    assert "RSRAG_THREADS" in capfd.readouterr().err
