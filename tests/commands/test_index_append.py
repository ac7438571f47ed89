"""``rsrag index append``: chips of indexes and files put into an imported index."""

import json
import shutil

import numpy as np
import pytest
from known_places import textured

from rsrag.commands import main
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.indexing.generations.index_directory import IndexDirectory


@pytest.fixture
def ask(indexes, tmp_path, capfd):
    """Commands over indexes: ``world``, the same ``brought`` from a file, ``more``."""
    root = tmp_path / "indexes"
    shutil.copytree(indexes / "world", root / "world")

    def call(*words):
        capfd.readouterr()
        code = main([*words, "--indexes", str(root)])
        return code, *capfd.readouterr()

    (tmp_path / "more").mkdir()
    for number in range(3):
        textured((240, 240, 250), 70 + number).save(tmp_path / f"more/{number}.png")
    assert call("index", "build", str(tmp_path / "more"), "--name", "more")[0] == 0
    words = ("--format", "geoparquet", "--out", str(tmp_path / "world.parquet"))
    assert call("index", "export", "world", *words)[0] == 0
    words = (str(tmp_path / "world.parquet"), "--name", "brought")
    assert call("index", "import", *words)[0] == 0
    return call


def ids(ask, name):
    code, out, err = ask("list", name, "--limit", "99", "--format", "json")
    assert code == 0, err
    return [hit["id"] for hit in json.loads(out)]


def test_chips_of_another_index_come_to_those_there(ask) -> None:
    before, more = ids(ask, "brought"), ids(ask, "more")
    code, out, err = ask("index", "append", "brought", "more", "--json")
    assert code == 0, err
    assert json.loads(out)["generation"] == 2
    assert sorted(ids(ask, "brought")) == sorted(before + more)
    assert ids(ask, "more") == more
    words = ("--index", "brought", "-k", "99", "--json")
    code, out, _ = ask("search", "white ice", *words)
    assert code == 0
    assert set(more) <= {hit["id"] for hit in json.loads(out)}
    assert ask("index", "verify", "brought")[0] == 0
    # Once more changes nothing.
    assert ask("index", "append", "brought", "more")[0] == 0
    assert sorted(ids(ask, "brought")) == sorted(before + more)
    assert ask("index", "rollback", "brought")[0] == 0


def test_files_of_the_same_encoder_are_taken(ask, tmp_path) -> None:
    words = ("--format", "geoparquet", "--out", str(tmp_path / "more.parquet"))
    assert ask("index", "export", "more", *words)[0] == 0
    before = ids(ask, "brought")
    code, _, err = ask("index", "append", "brought", str(tmp_path / "more.parquet"))
    assert code == 0, err
    assert sorted(ids(ask, "brought")) == sorted(before + ids(ask, "more"))


def test_vectors_of_an_encoder_that_is_not_here(ask, tmp_path) -> None:
    rows = np.random.default_rng(0).normal(size=(9, 16)).astype(np.float32)
    for number, part in enumerate((rows[:5], rows[5:], rows[:, :8])):
        np.save(tmp_path / f"{number}.npy", part)
        names = [f"{number}-{row}" for row in range(len(part))]
        (tmp_path / f"{number}.ids.txt").write_text("\n".join(names))
    words = ("--name", "own", "--encoder", "external:own", "--store", "exact")
    assert ask("index", "import", str(tmp_path / "0.npy"), *words)[0] == 0
    code, _, err = ask("index", "append", "own", str(tmp_path / "1.npy"))
    assert code == 0, err
    assert len(ids(ask, "own")) == 9
    directory = IndexDirectory(tmp_path / "indexes", "own")
    assert directory.read_manifest(IMAGERY).image.store.kind == "exact"
    code, _, err = ask("index", "append", "own", str(tmp_path / "2.npy"))
    assert code == 1
    assert "16" in err
    assert len(ids(ask, "own")) == 9


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("world", "more"), "follows its archives"),
        (("brought", "nowhere"), "nowhere"),
        (("nowhere", "more"), "nowhere"),
        (("brought", "brought"), "two indexes"),
    ],
)
def test_what_cannot_be(ask, words, said) -> None:
    before = ids(ask, "brought")
    code, out, err = ask("index", "append", *words)
    assert (code, out) == (1, "")
    assert said in err
    assert ids(ask, "brought") == before
