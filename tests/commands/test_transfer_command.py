"""``rsrag index export`` and ``import`` as a person types them."""

import json
import re

import duckdb
import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rsrag.commands import main


def steady(text: str, folder) -> str:
    """The text without what differs from run to run."""
    text = text.replace(str(folder), "DIR")
    text = re.sub(r"in \d+\.\d s", "in T s", text)
    return re.sub(r"\d+(\.\d)? (k|M)?B\b", "SIZE", text)


@pytest.fixture
def call(run, tmp_path, capfd):
    """Run a command over ``world`` into a folder of its own."""

    def go(*words: str):
        code, out, err = run(*words)
        return code, steady(out, tmp_path), steady(err, tmp_path)

    return go


def test_export_says_what_it_wrote(call, tmp_path):
    out = tmp_path / "world.parquet"
    words = ("index", "export", "world", "--format", "geoparquet", "--out", str(out))
    code, text, err = call(*words)
    assert (code, err) == (0, "")
    assert text == (
        "10 chips of 'world', generation 1, float32 embeddings of dim 256, in T s.\n"
        "wrote DIR/world.parquet (1 file, SIZE)\n"
        "open it: duckdb -c \"from read_parquet('DIR/world.parquet') limit 5\"\n"
    )
    found = duckdb.sql(f"select count(*), count(geometry) from '{out}'").fetchall()
    assert found == [(10, 9)]
    code, text, err = call(*words)
    assert (code, text) == (1, "")
    assert err == (
        "error: DIR/world.parquet is there already.\n next: --force replaces it\n"
    )
    assert call(*words, "--force")[0] == 0


def test_export_of_a_part(call, tmp_path):
    code, text, err = call(
        "index", "export", "world", "--format", "stac", "--out", str(tmp_path / "s"),
        "--bbox=-1,-1,12,2", "--sensor", "S2A", "--float16",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert text == (
        "1 of 10 chips of 'world', generation 1, float16 embeddings of dim 256, in "
        "T s.\n"
        "wrote DIR/s (6 files, SIZE)\n"
        "open it: DIR/s/catalog.json\n"
    )
    (item,) = (tmp_path / "s" / "items").iterdir()
    properties = json.loads(item.read_text())["properties"]
    assert properties["platform"] == "S2A" and properties["gsd"] == 20


def test_export_in_json(run, tmp_path):
    code, out, _ = run(
        "index", "export", "world", "--format", "npy", "--out", str(tmp_path / "n"),
        "--json",
    )  # fmt: skip
    assert code == 0
    data = json.loads(out)
    assert (data["chips"], data["of"], data["files"]) == (10, 10, 4)
    assert (data["embeddings"], data["dim"]) == ("float32", 256)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--format", "shp", "--out", "x"), "There is no export format 'shp'."),
        (("--format", "npy"), "--out PATH says where to write."),
        (
            ("--format", "npy", "--out", "x", "--no-embeddings"),
            "--format npy is the embeddings; --no-embeddings leaves nothing of it.",
        ),
        (
            ("--format", "stac", "--out", "x", "--float16", "--no-embeddings"),
            "--float16 and --no-embeddings do not go together.",
        ),
        (
            ("--format", "stac", "--out", "x", "--collection", "c"),
            "--collection goes with --format qdrant --qdrant-url URL.",
        ),
        (
            ("--format", "stac", "--out", "x", "--sensor", "SPOT"),
            "No chip of the 10 in 'world' passes the filters: there is nothing to "
            "export.",
        ),
    ],
)
def test_exports_that_make_no_sense(call, tmp_path, monkeypatch, words, error):
    monkeypatch.chdir(tmp_path)
    code, out, err = call("index", "export", "world", *words)
    usage = not error.startswith(("No chip", "--format npy is"))
    assert (code, out) == (1 + usage, "")
    assert err.splitlines()[0] == f"error: {error}"
    assert not list(tmp_path.iterdir())


@pytest.fixture
def own(tmp_path, capfd):
    """Run a command over a folder of indexes of this test's own."""

    def go(*words: str):
        capfd.readouterr()
        code = main([*words, "--indexes", str(tmp_path / "own")])
        out, err = capfd.readouterr()
        return code, steady(out, tmp_path), steady(err, tmp_path)

    return go


def test_a_text_finds_what_was_exported_and_imported(run, own, tmp_path):
    path = str(tmp_path / "world.parquet")
    run("index", "export", "world", "--format", "geoparquet", "--out", path)
    code, text, err = own("index", "import", path, "--name", "again")
    assert (code, err) == (0, "")
    assert text == (
        "10 chips of 1 file in 'again', generation 1, in T s.\n"
        "layout: an export of rsrag.\n"
        "encoder: mini, dim 256; vectors are unit.\n"
        "store: faiss flat: flat: 10 vectors, exact search takes under 10 ms.\n"
        'search it: rsrag search "a harbour" --index again\n'
    )
    query = ("search", "white snow and ice", "-k", "3", "--json")
    before, after = run(*query, "--index", "world")[1], own(*query)[1]
    assert json.loads(after) == json.loads(before)
    assert own("index", "verify", "again")[0] == 0
    # The archive is still there, so its pictures are.
    sheet = tmp_path / "sheet.png"
    _, _, err = own("search", "snow", "-k", "2", "--contact-sheet", str(sheet))
    assert err == "wrote DIR/sheet.png\n"


@pytest.fixture
def foreign(tmp_path):
    """Six vectors of nobody known, four of them placed."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(6, 32)).astype(np.float32)
    vectors[5] = 0
    table = pa.table(
        {
            "tile_id": [f"17SNB_{i}" for i in range(6)],
            "embedding": pa.array(vectors.tolist(), pa.list_(pa.float32())),
            "geometry": [f"POINT ({i} 1)" if i < 4 else None for i in range(6)],
        }
    )
    pq.write_table(table, tmp_path / "tiles.parquet")
    np.save(tmp_path / "query.npy", vectors[2] * 3)
    return tmp_path / "tiles.parquet"


def test_vectors_of_an_encoder_that_is_not_here(own, foreign, tmp_path):
    code, text, err = own(
        "index", "import", str(foreign), "--name", "tiles", "--encoder", "external:dino"
    )
    assert (code, err) == (0, "")
    low, high = re.search(r"of length (\S+) to (\S+) made", text).groups()
    assert 3 < float(low) < float(high) < 9
    assert text.replace(low, "LOW").replace(high, "HIGH") == (
        "5 chips of 1 file in 'tiles', generation 1, in T s.\n"
        "layout: earth-index (id=tile_id, embedding=embedding, geometry=geometry).\n"
        "encoder: external:dino, dim 32; vectors of length LOW to HIGH made unit.\n"
        "store: faiss flat: flat: 5 vectors, exact search takes under 10 ms.\n"
        "rows left out: 1\n"
        "  DIR/tiles.parquet: vectors of zeros, which have no direction: 1, the first "
        "in row 5\n"
        "search it: rsrag search --chip ID --index tiles (texts need the encoder, "
        "which is not here)\n"
    )
    assert own("search", "a harbour")[::2] == (
        1,
        "error: The vectors were made by external:dino, which is not here: texts "
        "cannot be embedded.\n"
        " next: rsrag search --chip ID, or --vector FILE.npy with a vector of that "
        "encoder\n",
    )
    code, out, _ = own("search", "--vector", str(tmp_path / "query.npy"), "--json")
    hits = json.loads(out)
    assert code == 0 and len(hits) == 5
    assert hits[0]["properties"]["tile_id"] == "17SNB_2"
    assert hits[0]["score"] == pytest.approx(1, abs=1e-5)
    chip = json.loads(own("search", "--chip", "17SNB_2", "-k", "1", "--json")[1])
    assert chip[0]["id"] == hits[0]["id"]
    near = own("search", "--chip", "17SNB_2", "--bbox", "-1", "0", "1", "2", "--json")
    found = {hit["properties"]["tile_id"] for hit in json.loads(near[1])}
    assert found == {"17SNB_0", "17SNB_1"}
    code, _, err = own("search", "--chip", "17SNB_9")
    assert code == 1 and "No such chip" in err and "'17SNB_9'" in err


def test_pictures_of_imported_chips_say_they_are_not_here(own, foreign, tmp_path):
    own("index", "import", str(foreign), "--name", "t", "--encoder", "external:x")
    sheet, page = tmp_path / "s.png", tmp_path / "m.html"
    code, _, err = own(
        "search", "--chip", "17SNB_0", "-k", "2", "--contact-sheet", str(sheet),
        "--map", str(page),
    )  # fmt: skip
    assert code == 0
    assert "wrote DIR/s.png (2 chips could not be read again)" in err
    with Image.open(sheet) as picture:
        assert picture.size[0] > 400
    assert "are not here: its vector was imported" in page.read_text()


def test_an_imported_index_says_how_rows_are_added(own, foreign):
    own("index", "import", str(foreign), "--name", "t", "--encoder", "external:x")
    code, _, err = own("index", "update", "t")
    assert code == 1 and "index 't' were made elsewhere: it has no archive" in err
    assert f"rsrag index import DIR/{foreign.name} --name t --force" in err
    assert "new rows" in err and "embeds nothing" not in err


def test_checks_and_exports_of_an_imported_index(own, foreign, tmp_path):
    own("index", "import", str(foreign), "--name", "t", "--encoder", "external:x")
    code, out, err = own("index", "verify", "t", "--sources")
    assert (code, err) == (0, "")
    assert "imported vectors, whose pictures' bytes are not known: 1" in out
    words = "imported    layout earth-index, pictures not here\n"
    assert words in own("index", "info", "t")[1]
    out = str(tmp_path / "back.parquet")
    assert own("index", "export", "t", "--format", "geoparquet", "--out", out)[0] == 0
    assert (
        geopandas.read_parquet(out)
        .geometry[3]
        .equals_exact(geopandas.points_from_xy([3], [1])[0], 0)
    )
    code, text, _ = own("index", "import", out, "--name", "back")
    assert code == 0 and "encoder: external:x, dim 32" in text
    ids = [
        sorted(h["id"] for h in json.loads(own(*words, "--index", name)[1]))
        for name in ("t", "back")
        for words in [("search", "--chip", "17SNB_1", "-k", "9", "--json")]
    ]
    assert ids[0] == ids[1] and len(ids[0]) == 5
    stac = str(tmp_path / "stac")
    assert own("index", "export", "t", "--format", "stac", "--out", stac)[0] == 0


def test_there_is_no_archive_to_update_from(own, tmp_path):
    vectors = np.random.default_rng(0).normal(size=(5, 256))
    np.save(tmp_path / "five.npy", vectors)
    five = str(tmp_path / "five.npy")
    assert own("index", "import", five, "--name", "five", "--encoder", "mini")[0] == 0
    code, _, err = own("index", "update", "five")
    assert code == 1 and "were made elsewhere: it has no archive" in err
    assert "rsrag index import DIR/five.npy --name five --force" in err
    code, _, err = own("index", "rebuild", "five", "--from-archive")
    assert code == 1 and "made elsewhere" in err
    code, out, _ = own("search", "a yellow desert", "-k", "9", "--json")
    assert code == 0 and len(json.loads(out)) == 5


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--encoder", "external:"), "--encoder external: has no name."),
        ((), "The files do not say which encoder made the vectors."),
        (
            ("--encoder", "mini"),
            "The vectors have 32 numbers, mini makes 256.",
        ),
        (
            ("--encoder", "external:x", "--map", "tile=tile_id"),
            "--map tile=tile_id: there is no field 'tile'.",
        ),
        (
            ("--encoder", "external:x", "--map", "id=tyle_id"),
            "DIR/tiles.parquet has no column 'tyle_id' for id. It has: tile_id "
            "(string), embedding (list<element: float>), geometry (string).",
        ),
        (
            ("--encoder", "external:x", "--map", "datetime=tile_id"),
            "DIR/tiles.parquet, column tile_id, near row 0: '17SNB_0' is no time: "
            "Invalid isoformat string: '17SNB_0'",
        ),
    ],
)
def test_imports_that_make_no_sense(own, foreign, tmp_path, words, error):
    code, out, err = own("index", "import", str(foreign), "--name", "t", *words)
    assert (code, out) == (1, "")
    assert err.splitlines()[0] == f"error: {error}"
    assert err.splitlines()[1].startswith(" next: ")
    assert not list(tmp_path.glob("own/*"))


def test_a_bad_vector_file_is_named(own, foreign, tmp_path):
    own("index", "import", str(foreign), "--name", "t", "--encoder", "external:x")
    np.save(tmp_path / "short.npy", np.ones(3))
    _, _, err = own("search", "--vector", str(tmp_path / "short.npy"))
    assert err == (
        "error: --vector DIR/short.npy has (3,); this index takes one vector of 32 "
        "numbers.\n next: rsrag search --help\n"
    )
    np.save(tmp_path / "zero.npy", np.zeros(32))
    assert "all zero" in own("search", "--vector", str(tmp_path / "zero.npy"))[2]
    (tmp_path / "text.npy").write_text("1 2 3")
    assert "cannot be read" in own("search", "--vector", str(tmp_path / "text.npy"))[2]
