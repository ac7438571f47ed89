"""A small archive on the Earth with an index, and a knowledge of four places."""

import json
from pathlib import Path

import pytest
from PIL import Image

import rsrag
from tests.commands.known_places import (
    COLOURS,
    textured,
    world_file,
    write_knowledge,
    write_pictures,
)


def write_archive(folder: Path) -> Path:
    """Nine placed pictures and a plain one, and ``facts.json`` beside the folder."""
    folder.mkdir(parents=True)
    facts = {}
    for row, (word, colour) in enumerate(COLOURS.items()):
        for column in range(3):
            name = f"{word}-{column}.png"
            textured(colour, 10 * row + column).save(folder / name)
            (folder / name).with_suffix(".pgw").write_bytes(
                world_file(10.0 * column, 10.0 * row + 1)
            )
            facts[name] = {
                "datetime": f"202{column}-06-01T10:00:00Z",
                "gsd_m": 10 * (column + 1),
                "sensor": "S2A" if column else "S2B",
                "label": word,
            }
    textured((20, 120, 30), 99).save(folder / "plain.png")
    (folder.parent / "facts.json").write_text(json.dumps(facts))
    return folder


def build(root: Path) -> rsrag.Index:
    """The archive of :func:`write_archive` as the index ``world``."""
    return rsrag.build(
        root / "archive",
        name="world",
        metadata=root / "facts.json",
        indexes=root / "indexes",
    )


@pytest.fixture(scope="session")
def root(tmp_path_factory) -> Path:
    """Folder of ``archive``, ``indexes`` and ``knowledge``, which tests only read."""
    root = tmp_path_factory.mktemp("desk")
    write_archive(root / "archive")
    write_knowledge(root / "knowledge")
    write_pictures(root / "seen")
    build(root).close()
    return root


@pytest.fixture
def index(root):
    with rsrag.open("world", indexes=root / "indexes") as index:
        yield index


@pytest.fixture
def own(tmp_path) -> Path:
    """The same, for a test that changes it."""
    write_archive(tmp_path / "archive")
    build(tmp_path).close()
    return tmp_path


@pytest.fixture
def knowledge(root):
    with rsrag.Knowledge(root / "knowledge", indexes=root / "indexes") as knowledge:
        yield knowledge


@pytest.fixture
def sand(root) -> Image.Image:
    return Image.open(root / "archive" / "sand-1.png").convert("RGB")
