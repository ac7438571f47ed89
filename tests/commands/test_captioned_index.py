"""A captioned archive becomes an index whose hits carry their captions."""

import json

import numpy as np
from PIL import Image

from rsrag.commands import main
from rsrag.config import Settings
from rsrag.factory import open_index
from rsrag.rag.looking.consensus import captions_of
from rsrag.retrieval.chip_hit import ChipHit


def test_captions_come_back_with_a_hit(tmp_path, monkeypatch) -> None:
    rng = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    folder.mkdir()
    said = {
        "sea.png": ["blue sea .", "waves, \u201cbig\u201d ones"],
        "sand.png": ["Sand"],
    }
    for name in said:
        pixels = rng.integers(0, 255, (48, 48, 3), np.uint8)
        Image.fromarray(pixels).save(folder / name)
    table = tmp_path / "captions.jsonl"
    table.write_text(
        "\n".join(json.dumps({"file": f, "captions": c}) for f, c in said.items())
    )
    indexes = str(tmp_path / "indexes")
    words = ["index", "build", str(folder), "--metadata", str(table)]
    assert main([*words, "--name", "captioned", "--indexes", indexes]) == 0
    monkeypatch.setenv("RSRAG_INDEXES", indexes)
    opened = open_index("captioned", Settings.from_environment())
    query = np.zeros((1, opened.store.dim), np.float32)
    query[0, 0] = 1
    hits = map(ChipHit.of, opened.store.search(query, 5)[0])
    found = {hit.file_name: hit.properties for hit in hits}
    opened.store.close()
    assert {name: list(captions_of(p)) for name, p in found.items()} == said
