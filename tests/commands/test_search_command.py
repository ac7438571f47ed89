"""``rsrag search`` as a person types it."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import geopandas
import pytest

from rsrag import __version__
from rsrag.commands import main

ROOT = Path(__file__).parents[2]
KEYS = {"id", "score", "source", "window", "bbox", "geometry", "datetime"}


def hits_of(run, *words: str) -> list[dict]:
    code, out, err = run("search", *words, "--json")
    assert code == 0, err
    return json.loads(out)


def names(hits: list[dict]) -> set[str]:
    return {hit["source"].rsplit("/", 1)[1].split("-")[0] for hit in hits}


def test_text_finds_what_it_says(run) -> None:
    hits = hits_of(run, "white snow and ice", "--top-k", "3")
    assert names(hits) == {"snow"}
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_a_hit_says_all_that_a_map_needs(run) -> None:
    hit = hits_of(run, "a sand desert", "--bbox", "-1", "0", "1", "2", "-k", "1")[0]
    assert set(hit) >= KEYS
    assert "world.tar!/sand-0.png" in hit["source"]
    assert hit["window"] == [0, 0, 64, 64]
    assert hit["bbox"] == pytest.approx([0, 0, 1, 1])
    assert hit["geometry"]["type"] == "Polygon"
    assert hit["datetime"] == "2020-06-01T10:00:00Z"
    assert (hit["gsd_m"], hit["sensor"]) == (10.0, "S2B")
    assert hit["properties"] == {"label": "sand"}


def test_short_forms_are_those_that_rclip_has(run) -> None:
    words = ("--add", "snow", "--subtract", "2:sea", "--top-k", "4")
    short = ("-a", "snow", "-s", "2:sea", "-t", "4")
    found = hits_of(run, "sand", *short)
    assert len(found) == 4
    assert found == hits_of(run, "sand", *words)


def test_boxes_select_by_footprint(run) -> None:
    # The box touches only the corner of the picture at 10..11 east, 0..1 north.
    hits = hits_of(run, "sand", "--bbox", "10.9", "0.9", "15", "5")
    assert [hit["source"].rsplit("/", 1)[1] for hit in hits] == ["sand-1.png"]
    assert hits == hits_of(run, "sand", "--bbox=10.9,0.9,15,5")


def test_negative_numbers_are_numbers(run) -> None:
    assert len(hits_of(run, "sand", "--bbox", "-10", "-10", "30", "30")) == 9


def test_areas_may_be_files(run, tmp_path) -> None:
    area = tmp_path / "area.geojson"
    ring = [[9, -1], [12, -1], [12, 2], [9, 2], [9, -1]]
    area.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    by_file = hits_of(run, "sand", "--intersects", str(area))
    assert len(by_file) == 1
    assert by_file == hits_of(run, "sand", "--intersects", area.read_text())


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--datetime", "2021-01-01/.."), 6),
        (("--datetime", "2020"), 3),
        (("--sensor", "S2B"), 3),
        (("--sensor", "S2B", "--sensor", "S2A"), 9),
        (("--gsd", "..20"), 6),
        (("--gsd", "20", "--sensor", "S2A"), 3),
        (("--sensor", "Sentinel-2A"), 6),
        (("--sensor", "sentinel-2", "-k", "99"), 9),
        (("--max-nodata", "0.5", "-k", "99"), 10),
        (("--dedupe", "-k", "99"), 10),
    ],
)
def test_filters(run, words, count) -> None:
    assert len(hits_of(run, "land", *words)) == count


def test_nothing_found_says_why(run) -> None:
    code, out, err = run("search", "sand", "--sensor", "SPOT", "--json")
    assert (code, json.loads(out)) == (0, [])
    assert "no chip of the 10" in err
    assert "sensors there: S2A (6), S2B (3); 1 have none" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--datetime", "2019"),
            ["times there: 2020-06-01 to 2022-06-01; 1 have none"],
        ),
        (("--gsd", "100.."), ["metres a pixel there: 10 to 30; 1 have none"]),
        (("--max-nodata", "0"), []),
        (("--bbox", "-80", "40", "-70", "50"), ["footprints there: 0 "]),
        (("--sensor", "S2A", "--datetime", "2020"), []),
        (
            ("--sensor", "S2C", "--datetime", "2030"),
            ["sensors there: S2A", "times there: 2020-06-01"],
        ),
    ],
)
def test_a_filter_that_misses_hears_what_there_is(run, words, said) -> None:
    code, out, err = run("search", "sand", *words, "--format", "paths")
    lines = [line for line in err.splitlines() if " there: " in line]
    assert code == 0
    assert len(lines) == len(said)
    for line, start in zip(lines, said, strict=True):
        assert line.startswith(start)
    assert bool(out) == (words[0] == "--max-nodata")


def test_a_picture_finds_itself(run, archive, tmp_path) -> None:
    import tarfile

    with tarfile.open(archive) as tar:
        (tmp_path / "q.png").write_bytes(tar.extractfile("sea-1.png").read())
    best = hits_of(run, "--image", str(tmp_path / "q.png"), "-k", "1")[0]
    assert best["source"].endswith("sea-1.png")
    assert best["score"] > 0.99


def test_a_chip_is_a_query_and_can_be_subtracted(run) -> None:
    snow = hits_of(run, "white snow", "-k", "1")[0]
    same = hits_of(run, "--chip", snow["id"], "-k", "1")[0]
    assert (same["id"], round(same["score"], 4)) == (snow["id"], 1.0)
    without = hits_of(run, "white snow", "--subtract", f"2:#{snow['id']}", "-k", "3")
    assert "snow" not in names(without)


def test_many_queries_at_once(run, tmp_path) -> None:
    file = tmp_path / "queries.txt"
    file.write_text("white snow and ice\n\na yellow sand desert\n")
    code, out, _ = run("search", "--queries", str(file), "-k", "2", "--json")
    assert code == 0
    answers = json.loads(out)
    assert [a["query"] for a in answers] == [
        "white snow and ice",
        "a yellow sand desert",
    ]
    assert [names(a["hits"]) for a in answers] == [{"snow"}, {"sand"}]
    code, out, _ = run(
        "search", "--queries", str(file), "-k", "2", "--format", "geojson"
    )
    features = json.loads(out)["features"]
    assert [f["properties"]["query"] for f in features][::2] == [
        a["query"] for a in answers
    ]


def test_every_format(run, tmp_path) -> None:
    _, out, _ = run("search", "sand", "-k", "3", "--format", "jsonl")
    assert len([json.loads(line) for line in out.splitlines()]) == 3
    _, out, _ = run("search", "sand", "-k", "3", "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == 3
    _, out, _ = run("search", "sand", "-k", "3", "--format", "paths")
    assert all("world.tar!/" in line for line in out.splitlines())
    _, out, _ = run("search", "sand", "-k", "3")
    assert "sand-" in out


def test_geoparquet_goes_to_a_file(indexes, tmp_path) -> None:
    out = tmp_path / "hits.parquet"
    words = ["search", "sand", "--indexes", str(indexes), "--format", "geoparquet"]
    with out.open("wb") as file:
        subprocess.run(
            [sys.executable, ROOT / "cli.py", *words], stdout=file, check=True
        )
    assert len(geopandas.read_parquet(out)) == 10


def test_pictures_are_written(run, tmp_path) -> None:
    sheet, page = tmp_path / "sheet.png", tmp_path / "map.html"
    code, _, err = run(
        "search", "sand", "--contact-sheet", str(sheet), "--map", str(page)
    )
    assert code == 0
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert "sand" in page.read_text()
    assert str(sheet) in err
    assert str(page) in err
    assert '"base": {"url": "data:image/jpeg' in page.read_text()
    words = ("search", "sand", "--map", str(page), "--base", "none")
    assert run(*words)[0] == 0
    assert '"base": null' in page.read_text()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("search",), 2, "Nothing to search for"),
        (("search", "  "), 2, "empty"),
        (("search", "x", "--index", "mars"), 1, "There are: world"),
        (("search", "x", "--top-k", "0"), 2, "--top-k"),
        (("search", "x", "--top-k", "many"), 2, "--top-k"),
        (("search", "x", "--bbox", "nan", "0", "1", "1"), 2, "NaN"),
        (("search", "x", "--bbox", "0", "5", "1", "1"), 2, "south"),
        (("search", "x", "--bbox", "0", "5", "1"), 2, "--bbox"),
        (("search", "x", "--bbox", "0", "-95", "1", "1"), 2, "±90"),
        (("search", "x", "--intersects", "nowhere.geojson"), 2, "nowhere.geojson"),
        (("search", "x", "--datetime", "soon"), 2, "soon"),
        (("search", "x", "--format", "xml"), 2, "xml"),
        (("search", "x", "--nonsense"), 2, "--nonsense"),
        (("search", "--image", "gone.jpg"), 1, "gone.jpg"),
        (("search", "--chip", "00"), 1, "00"),
        (("search", "x", "--encoder", "minni"), 2, "mini"),
        (("search", "x", "--base", "none"), 2, "no map is asked for"),
        (("search", "x", "--map", "m.html", "--base", "gone.jpg"), 2, "gone.jpg"),
        (("search", "x", "--queries", "gone.txt"), 2, "not both"),
        (("search", "--queries", "gone.txt"), 2, "gone.txt"),
        (("index", "info", "mars"), 1, "mars"),
        (("index", "build", "gone", "--name", "x"), 1, "gone"),
        (("index", "build", ".", "--name", "../x"), 2, "Index name"),
        (("index", "build", ".", "--name", "x", "--chip-size", "big"), 2, "big"),
        (("index", "build", ".", "--name", "x", "--store", "mysql"), 2, "mysql"),
        (
            ("index", "build", ".", "--name", "x", "--store", "qdrant"),
            2,
            "--qdrant-url",
        ),
        (("index", "build", ".", "--name", "x", "--threads", "0"), 2, "--threads"),
    ],
)
def test_errors_say_what_is_wrong(run, monkeypatch, words, code, message) -> None:
    monkeypatch.delenv("QDRANT_URL", raising=False)
    got, out, err = run(*words)
    assert (got, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


def test_version_and_help(capfd) -> None:
    assert main(["--version"]) == 0
    assert __version__ in capfd.readouterr().out
    for words in ([], ["index"], ["models"]):
        main([*words, "--help"])
        assert "Usage" in capfd.readouterr().out


def test_three_doors_lead_to_one_house(indexes) -> None:
    outputs = {
        subprocess.run(
            [sys.executable, *door, "index", "list", "--indexes", indexes],
            capture_output=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for door in (["cli.py"], ["-m", "rsrag"])
    }
    assert len(outputs) == 1
    assert b"world" in outputs.pop()


def test_a_text_search_loads_no_torch(indexes) -> None:
    code = (
        "import sys; from rsrag.commands import main; "
        f"main(['search', 'sand', '--indexes', {str(indexes)!r}, '--json']); "
        "heavy = {"
        "'torch', 'open_clip', 'transformers', 'rasterio', 'geopandas', 'PIL'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
