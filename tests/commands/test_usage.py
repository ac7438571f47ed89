"""A value that is refused before any work is wrong usage: exit code 2, by option."""

import json
import os
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["search", "sea", "--encoder", "nope"], "There is no encoder 'nope'"),
        (["classify", "a.png", "--encoder", "minni"], "Did you mean mini"),
        ([*BUILD, "--encoder", "nope"], "There is no encoder"),
        (["eval", "zeroshot", "--images", ".", "--encoder", "nope"], "no encoder"),
        (["ask", "How deep?", "--template", "nope"], "nope"),
        (["search"], "Nothing to search for"),
        (["segment", "a.tif", "--preset", "nope"], "There is no preset 'nope'"),
        (["segment", "a.tif"], "Say what to tell apart"),
        (["models", "pull", "nope"], "There is no encoder 'nope'"),
        (["models", "export", "nope"], "There is no encoder 'nope'"),
        (["models", "verify", "nope"], "There is no encoder 'nope'"),
        (["ask", " "], "The question is blank"),
    ],
)
def test_what_can_only_be_mistyped_is_wrong_usage(capsys, words, said) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", ["localize", "segment", "ground"])
def test_scene_and_words_the_wrong_way_round(capsys, tmp_path, command) -> None:
    scene = tmp_path / "scene.tif"
    scene.write_bytes(b"")
    assert main([command, "a river", str(scene)]) == 2
    err = capsys.readouterr().err
    assert "the scene comes first" in err
    assert f'rsrag {command} {scene} "a river"' in err


@pytest.mark.parametrize("command", ["localize", "segment", "ground"])
def test_a_scene_that_is_not_there(capsys, tmp_path, command) -> None:
    assert main([command, str(tmp_path / "gone.tif"), "a river"]) == 1
    err = capsys.readouterr().err
    assert "There is no scene at" in err
    assert "build the index again" not in err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ask", "How deep?", "--after", "{}"], 1),
        (["ask", "How deep?", "--query", "{}"], 1),
        (["eval", "localize", "--images", ".", "--annotations", "{}"], 1),
        (["search", "x", "--intersects", "{}"], 2),
        ([*BUILD, "--metadata", "{}"], 2),
    ],
)
def test_json_that_is_nested_without_end_is_refused(
    capsys, tmp_path, words, code
) -> None:
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000 + "]" * 100_000)
    assert main([str(deep) if word == "{}" else word for word in words]) == code
    err = capsys.readouterr().err
    assert "error:" in err
    assert len(err) < 1000


@pytest.mark.parametrize("coding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_letters_that_a_terminal_lacks_stop_nothing(coding, tmp_path) -> None:
    folder = tmp_path / "Ł…"
    folder.mkdir()
    run = [sys.executable, "-c", "from rsrag.commands import main; exit(main())"]
    done = subprocess.run(
        [*run, "index", "list", "--json", "--indexes", str(folder)],
        env={**os.environ, "PYTHONIOENCODING": coding},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    done = subprocess.run(
        [*run, "doctor", "--json", "--indexes", str(folder)],
        env={**os.environ, "PYTHONIOENCODING": coding},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert str(folder) in json.dumps(
        json.loads(done.stdout.decode(coding)), ensure_ascii=False
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", [["models", "list"], ["config", "show", "--json"]])
def test_a_full_disk_behind_stdout_is_told(words) -> None:
    run = [sys.executable, "-c", "from rsrag.commands import main; exit(main())"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*run, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("error: The output cannot be written")
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
