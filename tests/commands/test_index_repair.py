"""``rsrag index verify`` and ``rebuild`` as they are typed."""

import json
import os
import shutil

import pyarrow.parquet as pq
import pytest

from rsrag.commands import main

PART = "generations/000001/parts/image/part-00000.parquet"


@pytest.fixture
def root(indexes, tmp_path):
    """A copy of the index ``world``, to break."""
    return shutil.copytree(indexes, tmp_path / "indexes")


@pytest.fixture
def type_(root, capfd):
    """Type a command over the copy: exit code, stdout, stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*words, "--indexes", str(root)])
        return code, *capfd.readouterr()

    return call


def test_a_good_index(type_) -> None:
    code, out, err = type_("index", "verify", "world", "--sources")
    first, second = out.splitlines()
    assert first.startswith("'world', generation 1: 10 rows in 1 part (")
    assert first.endswith(
        "; store of image finds 100.0% of the true 10 nearest; 10 sources compared."
    )
    assert second.startswith("all is as it was written (")
    assert (code, err) == (0, "")


def test_a_bad_index(type_, root) -> None:
    os.truncate(root / "world" / PART, 1000)
    code, out, err = type_("index", "verify", "world")
    lines = out.splitlines()
    size = (root / "world" / PART).stat().st_size
    assert size == 1000
    assert lines[1].startswith(
        "PROBLEM  parts/image/part-00000.parquet: has 1,000 bytes, the manifest says "
    )
    assert lines[2] == (
        "          next: rsrag index rebuild world --part part-00000.parquet"
    )
    assert lines[-1] == "2 problems, 1 warning."
    assert code == 1
    assert err.splitlines()[0].startswith(
        "error: Index 'world' has 2 problems, the first: parts/image/part-00000."
    )
    assert err.splitlines()[1] == (
        " next: rsrag index rebuild world --part part-00000.parquet"
    )


def test_json(type_, root) -> None:
    code, out, _ = type_("index", "verify", "world", "--json", "--sample", "0")
    data = json.loads(out)
    assert (code, data["ok"], data["recall"]) == (0, True, {"image": None})
    (root / "world" / PART).unlink()
    code, out, _ = type_("index", "verify", "world", "--json")
    data = json.loads(out)
    assert (code, data["ok"]) == (1, False)
    assert data["findings"][0] == {
        "severity": "problem",
        "where": "parts/image/part-00000.parquet",
        "what": "is missing",
        "next": "rsrag index rebuild world --part part-00000.parquet",
    }


def test_the_command_of_a_finding_repairs(type_, root) -> None:
    os.truncate(root / "world" / PART, 1000)
    _, out, _ = type_("index", "verify", "world", "--json")
    words = json.loads(out)["findings"][0]["next"].split()[1:]
    code, out, err = type_(*words)
    assert (code, err) == (0, "")
    assert out.startswith("'world' is generation 2: 10 vectors embedded, 0 kept, in ")
    assert out.splitlines()[-1] == "check it: rsrag index verify world"
    assert type_("index", "verify", "world")[0] == 0


def test_another_store(type_, root) -> None:
    code, out, _ = type_("index", "rebuild", "world", "--ann", "hnsw")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith(
        "'world' is generation 2: 10 vectors kept, none embedded"
    )
    assert lines[1].startswith("store: faiss hnsw: ")
    assert lines[2].startswith("left out: 1; ")
    # The same once more keeps what was asked for.
    _, out, _ = type_("index", "rebuild", "world")
    assert out.splitlines()[1].startswith("store: faiss hnsw: ")
    _, out, _ = type_("index", "rebuild", "world", "--store", "exact", "--json")
    assert json.loads(out)["generation"] == 4
    assert type_("index", "verify", "world")[0] == 0
    code, out, _ = type_("search", "sand", "--index", "world", "--json")
    assert code == 0


def test_other_chips(type_, root) -> None:
    words = ("--chip-size", "32", "--stride", "16")
    code, _, _ = type_("index", "rebuild", "world", *words)
    assert code == 0
    _, out, _ = type_("index", "info", "world", "--json")
    data = json.loads(out)
    assert (data["spaces"]["image"]["rows"], data["generation"]) == (90, 2)
    assert data["origin"]["options"]["stride"] == "16px"
    assert data["origin"]["options"]["metadata"].endswith("table.csv")
    assert type_("index", "verify", "world", "--sources")[0] == 0


def test_all_from_the_archive(type_) -> None:
    _, before, _ = type_("index", "info", "world", "--json")
    code, out, _ = type_("index", "rebuild", "world", "--from-archive", "--json")
    assert code == 0
    assert json.loads(out)["encoded"] == 10
    _, after, _ = type_("index", "info", "world", "--json")
    rows = [json.loads(text)["spaces"]["image"]["rows"] for text in (before, after)]
    assert rows == [10, 10]


def test_sources_that_are_gone(type_, root) -> None:
    manifest = root / "world" / "generations" / "000001" / "manifest.json"
    data = json.loads(manifest.read_text().replace("world.tar", "lost.tar"))
    del data["digest"]
    manifest.write_text(json.dumps(data))
    code, _, err = type_("index", "rebuild", "world", "--from-archive")
    assert code == 1
    lines = err.splitlines()
    assert lines[0] == (
        "error: Index 'world' cannot be rebuilt without its sources; gone are:"
    )
    assert lines[1].endswith("lost.tar")
    assert lines[2] == (
        " next: put them back; or `rsrag index update world` forgets the chips of what "
        "is gone"
    )


@pytest.mark.parametrize(
    ("words", "error", "next_"),
    [
        (
            ("--part", "x.parquet"),
            "error: Index 'world' has no part 'x.parquet'.",
            " next: --part part-00000.parquet; rsrag index verify world names those "
            "that are damaged",
        ),
        (
            ("--part", "part-00000.parquet", "--chip-size", "32"),
            "error: --part mends one file as it was; it goes with no option that "
            "changes the index.",
            " next: rsrag index rebuild world --part part-00000.parquet",
        ),
        (
            ("--store", "exact", "--ann", "hnsw"),
            "error: --ann hnsw chooses among FAISS indexes; the store is exact.",
            " next: --store faiss --ann hnsw",
        ),
        (
            ("--encoder", "minni"),
            "error: There is no encoder 'minni'. Did you mean mini?",
            " next: rsrag models list; or open_clip:ARCHITECTURE with --checkpoint "
            "FILE",
        ),
    ],
)
def test_wrong_words(type_, words, error, next_) -> None:
    code, out, err = type_("index", "rebuild", "world", *words)
    assert (code, out) == (2 if "minni" in words else 1, "")
    assert err.splitlines() == [error, next_]


@pytest.fixture
def knowing(tmp_path, type_):
    """An index of knowledge, and its folder of records."""
    source = tmp_path / "lakes.md"
    source.write_text("# Lake Baikal\n\nIt is the deepest lake on Earth.\n")
    folder = tmp_path / "knowledge"
    words = ["knowledge", "import", str(source), "--name", "lakes", "--source", "me"]
    assert main([*words, "--licence", "CC0-1.0", "--knowledge", str(folder)]) == 0
    words = ["index", "build-knowledge", "--knowledge", str(folder)]
    assert type_(*words, "--encoder", "mini")[0] == 0
    return folder


def test_knowledge(knowing, type_, root) -> None:
    code, out, _ = type_("index", "verify", "knowledge", "--sources")
    assert code == 0
    assert "store of text finds 100.0%" in out
    assert "1 collection compared" in out
    code, out, _ = type_("index", "rebuild", "knowledge", "--store", "exact")
    assert code == 0
    assert out.splitlines()[0].startswith(
        "'knowledge' is generation 2: 2 vectors kept, none embedded, in "
    )
    assert type_("index", "verify", "knowledge")[0] == 0
    code, _, err = type_("index", "rebuild", "knowledge", "--from-archive")
    assert code == 1
    assert err.splitlines()[1] == (
        f" next: rsrag index build-knowledge --name knowledge --knowledge {knowing}"
    )
    path = next((root / "knowledge").rglob("parts/text/*.parquet"))
    os.truncate(path, 100)
    # The old generation has another name of the same file.
    code, out, _ = type_("index", "verify", "knowledge", "--json")
    findings = json.loads(out)["findings"]
    assert code == 1
    assert findings[0]["where"] == "parts/text/part-00000.parquet"
    command = f"rsrag index build-knowledge --name knowledge --knowledge {knowing}"
    assert findings[0]["next"] == command
    assert type_(*command.split()[1:])[0] == 0
    assert type_("index", "verify", "knowledge", "--sources")[0] == 0


def test_a_flipped_bit_of_knowledge_is_not_taken_over(knowing, type_, root) -> None:
    path = next((root / "knowledge").rglob("parts/text/*.parquet"))
    data = bytearray(path.read_bytes())
    vector = pq.read_table(path)["embedding"][0].values.to_numpy()
    place = bytes(data).index(vector.tobytes())
    data[place] ^= 1
    path.write_bytes(data)
    code, out, _ = type_("index", "verify", "knowledge", "--json")
    next_ = json.loads(out)["findings"][0]["next"]
    assert code == 1
    assert type_(*next_.split()[1:])[0] == 0
    assert type_("index", "verify", "knowledge")[0] == 0


def test_knowledge_that_changed(knowing, type_) -> None:
    records = next(knowing.rglob("passages.jsonl"))
    text = records.read_text().replace("deepest", "oldest")
    records.write_text(text)
    code, out, _ = type_("index", "verify", "knowledge", "--sources")
    assert code == 0
    assert f"warning  {knowing}: changed since it was indexed" in out
    code, out, _ = type_("doctor")
    assert code == 0
    assert "changed since it was indexed" in out
