"""``rsrag index build-knowledge`` as it is typed."""

import json
import os
import subprocess
import sys

import pytest
import shapely

from rsrag.commands import main
from rsrag.knowledge.collection import Records, write_collection
from rsrag.records import Landmark, Passage, landmark_id, passage_id


@pytest.fixture
def root(tmp_path):
    about = landmark_id("t", "baikal")
    lake = Landmark(
        about,
        "Lake Baikal",
        "test",
        "CC0-1.0",
        category="lake",
        geometry=shapely.to_wkb(shapely.Point(108, 53.5)),
    )
    text = "It is the deepest lake on Earth."
    told = Passage(
        passage_id(about, "description", text),
        text,
        "description",
        "test",
        "CC0-1.0",
        about,
    )
    write_collection(tmp_path / "knowledge" / "lakes", Records((lake,), (), (told,)))
    return tmp_path


def build(root, *words):
    return main(
        [
            "index",
            "build-knowledge",
            "--knowledge",
            str(root / "knowledge"),
            "--indexes",
            str(root / "indexes"),
            *words,
        ]
    )


def test_build_list_info(root, capsys):
    assert build(root, "--json") == 0
    out, err = capsys.readouterr()
    spaces = json.loads(out)["spaces"]
    assert {n: one["rows"] for n, one in spaces.items()} == {"text": 1, "image_text": 2}
    assert "1 passages, 1 landmarks and 0 images in 'knowledge'" in err
    assert build(root) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "image_text: 2 vectors, 2 of them known already" in err
    indexes = ["--indexes", str(root / "indexes")]
    assert main(["index", "list", *indexes]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split()[:2] == ["knowledge", "knowledge"]
    assert "1 passages, 1 landmarks" in line
    assert main(["index", "info", "knowledge", *indexes]) == 0
    out = capsys.readouterr().out
    assert "text        1 vectors in 1 parts, faiss flat" in out
    assert "encoder     all-MiniLM-L6-v2, dim 384" in out
    assert main(["search", "a lake", "--index", "knowledge", *indexes]) == 1
    assert "holds knowledge, not imagery" in capsys.readouterr().err


def test_without_an_image_text_encoder(root, capsys):
    assert build(root, "--encoder", "none", "--store", "exact", "--name", "texts") == 0
    assert "image_text" not in capsys.readouterr().err
    assert (root / "indexes" / "texts" / "CURRENT").is_file()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--collection", "seas"], 1, "There are: lakes"),
        (["--encoder", "minni"], 2, "There is no encoder 'minni'"),
        (["--text-encoder", "./nothing"], 1, "There is no folder ./nothing"),
        (["--store", "chroma"], 1, "There is no store 'chroma'"),
        (["--name", "../up"], 1, "is not good"),
        (["--threads", "0"], 2, "'--threads': 0 is not"),
    ],
)
def test_wrong_words_are_explained(root, capsys, words, code, said):
    assert build(root, *words) == code
    assert said in capsys.readouterr().err
    assert not (root / "indexes").exists()


def test_no_knowledge_is_explained(tmp_path, capsys):
    assert build(tmp_path) == 1
    assert "rsrag knowledge import" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "taken"), [(None, "1"), ("2", "2")])
def test_words_are_embedded_on_one_thread_unless_told_otherwise(root, given, taken):
    """NumPy reads the number when it is imported: that must come later."""
    code = (
        "import builtins, os, sys; from rsrag.commands import main\n"
        "real = builtins.__import__\n"
        "def seen(name, *more, **words):\n"
        "    if name == 'numpy' and name not in sys.modules:\n"
        "        print('numpy sees', os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        "    return real(name, *more, **words)\n"
        "builtins.__import__ = seen\n"
        "main(sys.argv[1:])\n"
    )
    words = ("index", "build-knowledge", "--knowledge", str(root / "knowledge"))
    words += ("--indexes", str(root / "indexes"), "--encoder", "none")
    environ = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    if given:
        environ["OPENBLAS_NUM_THREADS"] = given
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"numpy sees {taken}"
