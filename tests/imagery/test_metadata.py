import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from drawing import chips_of, colours, encoded, read_all, tar_of, write_raster
from PIL import Image

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.imagery.facts.moments import moment_in_name, parse_moment, sensor_in_name
from rsrag.imagery.facts.sidecar_metadata import read_metadata
from rsrag.types import Skip

MOMENT = datetime(2020, 1, 31, 10, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-31T10:12:31Z",
        "2020-01-31 10:12:31",
        "2020-01-31T12:12:31+02:00",
        "20200131T101231",
        "20200131T101231Z",
        "2020:01:31 10:12:31",
        "2020:01:31 10:12:31\0",
    ],
)
def test_moments(text: str) -> None:
    assert parse_moment(text) == MOMENT
    assert parse_moment(text).tzinfo is UTC


def test_parts_of_moments() -> None:
    assert parse_moment("2020-01-31") == datetime(2020, 1, 31, tzinfo=UTC)
    assert parse_moment("20200131") == datetime(2020, 1, 31, tzinfo=UTC)
    assert parse_moment("2020-02") == datetime(2020, 2, 1, tzinfo=UTC)
    assert parse_moment("2020") == datetime(2020, 1, 1, tzinfo=UTC)
    assert parse_moment("2020:01:31 12:12:31", "+02:00") == MOMENT


@pytest.mark.parametrize("text", ["", "yesterday", "0000:00:00 00:00:00", "2020-13-01"])
def test_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


def test_names_of_satellites() -> None:
    s2 = "S2A_MSIL2A_20200131T101231_N0213_R022_T32TQM_20200131T120000.SAFE/x.jp2"
    landsat = "LC08_L1TP_193026_20200131_20200205_01_T1_B4.TIF"
    assert moment_in_name(s2) == MOMENT
    assert moment_in_name("T32TQM_20200131T101231_B04.jp2") == MOMENT
    assert moment_in_name(landsat) == datetime(2020, 1, 31, tzinfo=UTC)
    assert moment_in_name("airport_20200131.jpg") is None
    assert sensor_in_name(s2) == "Sentinel-2A"
    assert sensor_in_name(landsat) == "Landsat 8"


ROWS = [
    {
        "file": "b/1.jpg",
        "datetime": "2020-01-31T10:12:31Z",
        "gsd": 0.5,
        "platform": "Gaofen-2",
        "label": "Airport",
    },
    {"file": "2", "captions": ["a", "b"], "west": 1, "south": 2, "east": 3, "north": 4},
]


def write_rows(path: Path) -> Path:
    if path.suffix == ".csv":
        path.write_text(
            "\ufefffile,datetime,gsd,platform,label,west,south,east,north\n"
            "b/1.jpg,2020-01-31T10:12:31Z,0.5,Gaofen-2,Airport,,,,\n"
            "2,,,,,1,2,3,4\n"
        )
    elif path.suffix == ".json":
        path.write_text(json.dumps(ROWS))
    else:
        path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
    return path


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
def test_sidecars(tmp_path: Path, kind: str) -> None:
    table = read_metadata(write_rows(tmp_path / f"m.{kind}"))
    assert len(table) == 2
    row = table.get("/data/x.tar!/b/1.jpg")
    assert row is not None
    assert (row.datetime, row.gsd_m, row.sensor) == (MOMENT, 0.5, "Gaofen-2")
    assert row.properties == {"label": "Airport"} and row.bounds is None
    second = table.get("/data/2.png")
    assert second is not None and second.bounds == (1, 2, 3, 4)
    if kind != "csv":
        assert second.properties == {"captions": ["a", "b"]}
    assert table.get("/data/c/1.jpg") is None


def test_json_object_by_file_name(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"1.jpg": {"label": "x"}}))
    row = read_metadata(tmp_path / "m.json").get("/a/1.jpg")
    assert row is not None and row.properties == {"label": "x"}


def test_captioned_data_sets(tmp_path: Path) -> None:
    sentences = [{"raw": "a sea", "tokens": ["a", "sea"]}]
    rows = [{"filename": "1.jpg", "split": "train", "sentences": sentences}]
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps({"images": rows, "dataset": "x"}))
    row = read_metadata(path).get("/data/1.jpg")
    assert row is not None
    assert row.properties == {"split": "train", "sentences": sentences}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,gsd_m\n1.jpg,wide\n", ["line 2", "gsd_m", "wide"]),
        ("file,gsd_m\n1.jpg,-1\n", ["line 2", "gsd_m"]),
        ("file,gsd_m\n1.jpg,nan\n", ["line 2", "gsd_m"]),
        ("file,date\n0.jpg,2020\n1.jpg,soon\n", ["line 3", "date", "soon"]),
        ("file,west\n1.jpg,3\n", ["line 2", "bounds"]),
        ("file,west,south,east,north\n1.jpg,0,5,1,inf\n", ["line 2", "bounds"]),
        ("file,west,south,east,north\n1.jpg,0,5,1,4\n", ["line 2", "box"]),
        ("label\nx\n", ["line 2", "which file"]),
        ("file,label\n1.jpg,a\n1.jpg,b\n", ["line 3", "twice"]),
        ("file,label\n1.jpg,a,b\n", ["line 2", "columns"]),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_metadata(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_sidecars_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError):
        read_metadata(tmp_path / "m.csv")
    for name, data in {
        "m.txt": b"x",
        "a.json": b"{",
        "b.json": b"3",
        "c.json": b"[3]",
        "d.jsonl": b"[]",
        "e.csv": b"file\n\xff\n",
        "f.json": b"[" * 100_000,
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ConfigError):
            read_metadata(tmp_path / name)


def test_facts_reach_the_chip(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "x.tar", {"b/1.jpg": encoded(colours())})
    table = read_metadata(write_rows(tmp_path / "m.csv"))
    (chip,) = chips_of(path, table)
    record = chip.record
    assert (record.datetime, record.gsd_m, record.sensor) == (MOMENT, 0.5, "Gaofen-2")
    assert record.properties == {"label": "Airport"}
    (tmp_path / "2.jpg").write_bytes(encoded(colours()))
    (chip,) = chips_of(tmp_path / "2.jpg", table)
    assert chip.record.bbox == (1, 2, 3, 4)


def test_json_beside_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(colours()))
    stac = {
        "type": "Feature",
        "properties": {"datetime": "2020-01-31T10:12:31Z", "gsd": 3, "platform": "x"},
    }
    (tmp_path / "a.json").write_text(json.dumps(stac))
    (chip,) = chips_of(path)
    assert (chip.record.datetime, chip.record.gsd_m) == (MOMENT, 3)
    (tmp_path / "a.json").write_text(json.dumps({"label": "x", "shapes": [{"a": 1}]}))
    (chip,) = chips_of(path)
    assert chip.record.properties == {"label": "x"}
    (tmp_path / "a.json").write_text("{")
    notice, chip = read_all(path)
    assert isinstance(notice, Skip) and notice.kind == "notice:metadata"


def test_tags_of_a_geotiff(tmp_path: Path) -> None:
    path = write_raster(
        tmp_path / "a.tif",
        colours().transpose(2, 0, 1),
        tags={
            "TIFFTAG_DATETIME": "2021:05:05 00:00:00",
            "ACQUISITIONDATETIME": "2020-01-31T10:12:31",
            "GSD": "0.3",
            "SATELLITEID": "WV03",
        },
    )
    (chip,) = chips_of(path)
    record = chip.record
    assert (record.datetime, record.gsd_m, record.sensor) == (MOMENT, 0.3, "WV03")


def test_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = "DJI FC6310"
    exif.get_ifd(0x8769)[0x9003] = "2020:01:31 12:12:31"
    exif.get_ifd(0x8769)[0x9011] = "+02:00"
    (tmp_path / "a.jpg").write_bytes(encoded(colours(), exif=exif))
    (chip,) = chips_of(tmp_path / "a.jpg")
    assert (chip.record.datetime, chip.record.sensor) == (MOMENT, "DJI FC6310")
