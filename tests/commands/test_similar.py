"""``rsrag similar``: near-duplicates of an index as a report."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from rsrag.commands import main


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """An index of four pictures: one, the same resized and compressed, and others."""
    root = tmp_path_factory.mktemp("twins")
    folder = root / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "other"):
        small = Image.fromarray(rng.integers(0, 255, (12, 12, 3), np.uint8))
        small.resize((128, 128), Image.Resampling.BICUBIC).save(folder / f"{name}.png")
    one = Image.open(folder / "a.png")
    one.save(folder / "b.jpg", quality=70)
    one.resize((96, 96)).save(folder / "c.png")
    Image.new("RGB", (128, 128), "navy").save(folder / "flat-1.png")
    Image.new("RGB", (128, 128), "navy").save(folder / "flat-2.png")
    indexes = ["--indexes", str(root / "indexes")]
    assert main(["index", "build", str(folder), "--name", "twins", *indexes]) == 0
    return root


@pytest.fixture
def ask(twins, capfd):
    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["similar", *words, "--indexes", str(twins / "indexes")])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def test_pairs_and_what_was_done_to_them(ask) -> None:
    code, out, err = ask("--json", "--min-score", "0.8")
    assert code == 0, err
    found = json.loads(out)
    kinds = {}
    for pair in found["pairs"]:
        ends = (pair["first"]["source"][-5:], pair["second"]["source"][-5:])
        kinds[tuple(sorted(ends))] = pair["kind"]
    assert kinds[("a.png", "b.jpg")] == "recompressed"
    assert kinds[("a.png", "c.png")] == "resized"
    assert not any("flat" in str(pair) for pair in found["pairs"])
    assert found["compared"] == 4
    assert all(pair["kind"] != "alike" for pair in found["pairs"])


def test_a_table_csv_and_a_page(ask, tmp_path) -> None:
    page = tmp_path / "pairs.html"
    code, out, _ = ask("--sheet", str(page))
    assert code == 0
    assert out.startswith("4 chips compared: ")
    assert "recompressed" in out
    text = page.read_text()
    assert text.count("data:image/jpeg") >= 4
    assert 'src="http' not in text
    code, out, _ = ask("--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["kind"] for row in rows} >= {"recompressed"}
    assert rows[0]["first_id"] != rows[0]["second_id"]


def test_a_limit_is_told_of(ask) -> None:
    code, _, err = ask("--limit", "1")
    assert code == 0
    assert "only the 1 closest pairs were looked at" in err


def test_a_filter_leaves_chips_out(ask) -> None:
    code, out, _ = ask("--exclude", "b.jpg", "--json")
    assert code == 0
    assert json.loads(out)["compared"] == 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--min-score", "0.1"), 1, "at least 0.5"),
        (("--csv", "--json"), 2, "give one of them"),
        (("--limit", "0"), 2, "limit"),
        (("nowhere",), 1, "nowhere"),
        (("--filter", "colour = 'red'"), 1, "colour"),
    ],
)
def test_what_cannot_be(ask, words, code, said) -> None:
    found, out, err = ask(*words)
    assert (found, out) == (code, "")
    assert said in err
