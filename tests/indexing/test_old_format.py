"""An index of an older format: refused, with the command that makes it again."""

import json
import shlex
from pathlib import Path

import pytest
from PIL import Image

from rsrag.commands import main
from rsrag.config import Settings
from rsrag.errors import IndexMismatchError
from rsrag.factory import open_index
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.generations.listing_indexes import index_summary
from rsrag.knowledge.collection import Records, write_collection
from rsrag.records import Passage, passage_id

ENCODER = {"id": "mini", "weights_sha256": "ab" * 32, "preprocessing": "x", "dim": 4}
STORE = {"kind": "faiss", "ann": "flat", "reason": "few", "url": None}


def old_index(root: Path, **values) -> IndexDirectory:
    """What an rsrag of version 1 has left, as far as anybody looks."""
    directory = IndexDirectory(root, values["name"])
    folder = directory.generation_path(1)
    folder.mkdir(parents=True)
    data = {"generation": 1, "created": "2025-01-01T00:00:00Z", "format_version": 1}
    data |= {"rsrag_version": "0.1.0", "skipped": 0, **values}
    (folder / "manifest.json").write_text(json.dumps(data))
    (directory.path / "CURRENT").write_text("000001\n")
    return directory


def imagery(sources: list[str], **values) -> dict:
    return {
        "name": "earth",
        "encoder": ENCODER,
        "encoder_source": {"name": "mini", "precision": "auto"},
        "imagery": {"chip_size": "8px", "stretch": "auto", "max_nodata": 0.5},
        "sources": sources,
        "chips": 0,
        "scenes": 0,
        "bbox": None,
        "time": None,
        "parts": [],
        "store": STORE,
        **values,
    }


def knowledge(folder: Path) -> dict:
    return {
        "name": "lakes",
        "kind": "knowledge",
        "knowledge": str(folder),
        "collections": ["own"],
        "fingerprint": "",
        "passages": 1,
        "landmarks": 0,
        "images": 0,
        "text_encoder": {"name": "minilm"},
        "image_text_encoder": None,
        "spaces": {},
    }


def settings_of(root: Path) -> Settings:
    return Settings.from_environment({"RSRAG_INDEXES": str(root)})


def refusal(root: Path, name: str, kind: str | None) -> IndexMismatchError:
    with pytest.raises(IndexMismatchError) as caught:
        open_index(name, settings_of(root), kind)
    assert "has format version 1, this rsrag reads 3" in str(caught.value)
    return caught.value


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a space in its name, and in it a picture of four chips of 8 px."""
    monkeypatch.setenv("RSRAG_INDEXES", str(tmp_path / "indexes"))
    folder = tmp_path / "my pictures"
    folder.mkdir()
    Image.new("RGB", (16, 16), (10, 90, 30)).save(folder / "a.png")
    return folder


def test_imagery_is_built_again_by_the_command(folder, capsys) -> None:
    root = folder.parent / "indexes"
    directory = old_index(root, **imagery([str(folder)]))
    hint = refusal(root, "earth", "imagery").hint
    assert hint == (
        f"rsrag index build '{folder}' --name earth --encoder mini --chip-size 8px "
        "--max-nodata 0.5"
    )
    assert "format version 1" in index_summary(directory)["error"]
    assert main(shlex.split(hint)[1:]) == 0, capsys.readouterr().err
    with open_index("earth", settings_of(root)) as opened:
        assert (opened.manifest.generation, opened.manifest.rows) == (2, 4)
        assert opened.imagery_options().max_nodata == 0.5


def test_every_option_of_reading_is_spelled_out(tmp_path) -> None:
    options = {
        "bands": ["B04", "B03", "B02"],
        "bounds": [-10.5, 1, 2, 3],
        "crs": None,
        "remote": True,
        "max_pixels": 9,
        "nodata": "nan",
        "strict_metadata": False,
        "exclude": ["*_mask.tif", "old"],
    }
    source = {"name": "open_clip:X", "precision": "bf16", "checkpoint": "/w.pt"}
    values = imagery(["/a.tar", "/b"], imagery=options, encoder_source=source)
    old_index(tmp_path, **values)
    assert refusal(tmp_path, "earth", None).hint == (
        "rsrag index build /a.tar /b --name earth --encoder open_clip:X --checkpoint "
        "/w.pt --precision bf16 --bands B04,B03,B02 --bounds -10.5 1 2 3 --remote "
        "--nodata nan --exclude '*_mask.tif' --exclude old"
    )


def test_an_import_is_made_again_from_its_files(tmp_path) -> None:
    said = {"layout": "clay", "pixels": False}
    old_index(tmp_path, **imagery(["/a.parquet"], imported=said))
    hint = refusal(tmp_path, "earth", "imagery").hint
    assert hint == "rsrag index import /a.parquet --name earth --force"


def test_knowledge_is_built_again_by_the_command(folder, capsys) -> None:
    root, records = folder.parent / "indexes", folder.parent / "knowledge"
    text = "It is deep."
    one = Passage(passage_id(None, "note", text), text, "note", "me", "CC0-1.0")
    write_collection(records / "own", Records((), (), (one,)))
    old_index(root, **knowledge(records))
    hint = refusal(root, "lakes", "knowledge").hint
    assert hint == (
        f"rsrag index build-knowledge --name lakes --knowledge {records} --encoder none"
    )
    assert main(shlex.split(hint)[1:]) == 0, capsys.readouterr().err
    with open_index("lakes", settings_of(root), "knowledge") as opened:
        assert opened.manifest.generation == 2
        assert list(opened.stores) == ["text"]


def test_an_old_manifest_that_tells_nothing_says_what_to_do(tmp_path) -> None:
    old_index(tmp_path, name="earth", sources=None)
    assert "make the index again" in refusal(tmp_path, "earth", None).hint


@pytest.mark.parametrize("kind", ["imagery", "knowledge"])
def test_version_two_is_built_again_by_the_command(folder, capsys, kind) -> None:
    records = folder.parent / "knowledge"
    text = "It is deep."
    one = Passage(passage_id(None, "note", text), text, "note", "me", "CC0-1.0")
    write_collection(records / "own", Records((), (), (one,)))
    again = {
        "imagery": ["build", str(folder), "--name", "old", "--chip-size", "8px"],
        "knowledge": [
            *("build-knowledge", "--name", "old", "--knowledge", str(records)),
            *("--encoder", "none"),
        ],
    }[kind]
    assert main(["index", *again]) == 0, capsys.readouterr().err
    directory = IndexDirectory(folder.parent / "indexes", "old")
    path = directory.current_path() / "manifest.json"
    data = json.loads(path.read_text())
    data["format_version"] = 2
    data["origin"].pop("uniform", None)
    path.write_text(json.dumps(data))
    with pytest.raises(IndexMismatchError, match="version 2, this rsrag reads 3") as e:
        open_index("old", settings_of(directory.path.parent), kind)
    assert e.value.hint == shlex.join(["rsrag", "index", *again]).replace(
        " --chip", " --encoder mini --chip"
    )
    assert main(shlex.split(e.value.hint)[1:]) == 0, capsys.readouterr().err
    with open_index("old", settings_of(directory.path.parent), kind) as opened:
        assert opened.manifest.generation == 2
