"""The table of docs/searching.md: each command that it shows is run, in its order."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import rasterio
from page_world import furnish, write_tif
from rasterio import Affine

import rsrag
from rsrag.commands import main
from rsrag.commands.options.arguments import normalise

PAGE = Path(__file__).parent.parent / "docs" / "searching.md"
TABLE = PAGE.read_text().partition("## What other tools")[2]
ROWS = [
    (wanted, re.findall(r"`(rsrag [^`]+)`", commands))
    for wanted, commands in re.findall(
        r"^\| (?!wanted|-)(.+?) \| (`.+) \|$", TABLE, re.MULTILINE
    )
]
BEFORE = (
    "rsrag index build imagery --metadata imagery.jsonl --name coast",
    "rsrag index build train-000.tar --metadata train.jsonl --name told",
)


def write_world(home: Path) -> None:
    furnish(home)
    # One place twice, as a lake and as a desert.
    write_tif(home / "imagery" / "scene8.tif", "desert", 90, (-4, 40, -3.5, 40.5))
    rng = np.random.default_rng(0)
    kinds = ("desert", "ice sheet", "lake", "forest")
    rows = [
        {
            "file": f"scene{number}.tif",
            "label": kinds[number % 4],
            "datetime": f"2021-0{number + 1}-01",
            "sensor": "Sentinel-2A",
            "cloud_cover": 10 * number,
        }
        for number in range(9)
    ]
    (home / "imagery.jsonl").write_text("\n".join(map(json.dumps, rows)))
    stored = rng.integers(-127, 128, (64, 48, 48)).astype(np.int8)
    lengths = np.linalg.norm((stored / 127.5) ** 2, axis=0)
    stored = (stored / np.sqrt(lengths)).astype(np.int8)
    place = Affine(10, 0, 440_376, 0, -10, 4_474_850)
    size = {"count": 64, "width": 48, "height": 48, "dtype": "int8", "nodata": -128}
    with rasterio.open(
        home / "alphaearth-2024.tif",
        "w",
        driver="GTiff",
        crs="EPSG:32630",
        transform=place,
        **size,
    ) as file:
        file.write(stored)
        file.descriptions = [f"A{number:02d}" for number in range(64)]
    vector = rng.normal(size=256).astype(np.float32)
    np.save(home / "query.npy", vector / np.linalg.norm(vector))


def test_the_table_is_read() -> None:
    assert len(ROWS) == TABLE.count("\n| ") - 1
    assert all(commands for _, commands in ROWS)
    assert sum(len(commands) for _, commands in ROWS) > 50


@pytest.mark.slow
def test_every_command_of_it_runs(tmp_path, monkeypatch, capfdbinary) -> None:
    write_world(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "HOME": str(tmp_path),
        "RSRAG_HOME": str(tmp_path / "data"),
        "RSRAG_THREADS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    ids: list[str] = []
    for line in [*BEFORE, *(line for _, commands in ROWS for line in commands)]:
        number = iter(range(8))
        words = [ids[next(number)] if w == "ID" else w for w in shlex.split(line)[1:]]
        assert main(normalise(words)) == 0, (line, capfdbinary.readouterr().err)
        out = capfdbinary.readouterr().out
        assert out or "--format gpkg" not in line
        if line == BEFORE[0]:
            with rsrag.open("coast") as index:
                ids = [hit.id for hit in index.browse()]
    for made in ("sheet.png", "lakes.html", "similarity.tif", "chip-of-it.tif"):
        assert (tmp_path / made).stat().st_size > 100
    assert list((tmp_path / "stac").rglob("*.json"))
