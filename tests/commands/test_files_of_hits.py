"""Files of hits say what they came from; the map has all that it can show."""

import json
import re

import pyarrow.parquet as pq

ABOUT = {"query": "sand", "index": "world", "encoder": "mini", "filter": "sensor S2A"}


def asked(run, *words: str) -> str:
    code, out, err = run("search", "sand", "--sensor", "S2A", "-k", "3", *words)
    assert code == 0, err
    return out


def test_geojson(run) -> None:
    assert json.loads(asked(run, "--format", "geojson"))["rsrag"] == ABOUT


def test_several_queries_have_what_they_share(run, tmp_path) -> None:
    (tmp_path / "q.txt").write_text("sand\nsnow\n")
    code, out, err = run(
        "search", "--queries", str(tmp_path / "q.txt"), "--format", "geojson"
    )
    assert code == 0, err
    found = json.loads(out)
    assert found["rsrag"] == {"index": "world", "encoder": "mini"}
    assert {one["properties"]["query"] for one in found["features"]} == {"sand", "snow"}


def test_geoparquet_and_geopackage(indexes, tmp_path) -> None:
    import subprocess
    import sys

    words = ["search", "sand", "--sensor", "S2A", "--indexes", str(indexes)]
    for format in ("geoparquet", "gpkg"):
        with (tmp_path / format).open("wb") as out:
            command = [sys.executable, "-m", "rsrag", *words, "--format", format]
            subprocess.run(command, stdout=out, check=True)
    metadata = pq.read_schema(tmp_path / "geoparquet").metadata
    assert json.loads(metadata[b"rsrag"]) == ABOUT
    assert (tmp_path / "gpkg").read_bytes().startswith(b"SQLite format 3")


def test_the_map_knows_all_chips_and_where_it_came_from(run, tmp_path) -> None:
    asked(run, "--map", str(tmp_path / "map.html"))
    page = (tmp_path / "map.html").read_text()
    data = json.loads(
        re.search(r'<script id="data"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
    )
    assert data["heading"] == "sand"
    assert data["about"] == [f"{name}: {value}" for name, value in ABOUT.items()]
    assert len(data["every"]) == 9
    assert [10.5, 0.5] in data["every"]
    assert len(data["outlines"]) > 100
    assert all(0 <= hit["probability"] <= 1 for hit in data["sections"][0]["hits"])


def test_a_list_says_it_too(run) -> None:
    _, out, _ = run("list", "world", "--placed", "--format", "geojson")
    assert json.loads(out)["rsrag"]["index"] == "world"
