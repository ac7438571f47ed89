import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rasterio
from affine import Affine
from drawing import chips_of, colours, encoded, read_all, tar_of, write_raster
from PIL import Image

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.imagery.metadata.moments import parse_moment
from rsrag.imagery.metadata.names_of_products import moment_in_name, sensor_in_name
from rsrag.imagery.metadata.scene_metadata import gather_metadata
from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata, read_metadata
from rsrag.imagery.sources.items import SourceItem
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


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2020/01/31 10:00", 10),
        ("2020/01/31 10:00 PM", 22),
        ("2020/01/31 12:00 a.m.", 0),
        ("2020/01/31 12:00:00+02:00", 10),
        ("2020-01-31 10:00 UTC", 10),
        ("2020-01-31T10:00:00.000Z", 10),
        ("31.01.2020 10:00", 10),
        ("1/31/2020 10:00", 10),
        ("31/1/2020 10:00", 10),
        ("31-Jan-2020 10:00:00", 10),
        ("2020-JAN-31T10:00:00", 10),
        ("31 January 2020 10:00 GMT", 10),
        ("2020-01-31T09:59:60Z", 10),  # A leap second, as clocks without them count.
    ],
)
def test_every_part_of_a_time_is_read(text: str, hour: int) -> None:
    assert parse_moment(text) == datetime(2020, 1, 31, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2020/01/31 noon",
        "2020/01/31 10:12:31 or so",
        "2020:01:31 13:00 PM",
        "2020:01:31 25:00:00",
        "2020-01-31T09:59:61Z",
        "03/04/2020",
        "31-Ju-2020",
        "2020-01-31 10:00 CET",
    ],
)
def test_a_time_that_is_not_understood_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


def test_a_day_that_could_be_a_month_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="day or month first"):
        parse_moment("03/04/2020")
    assert parse_moment("03.04.2020") == datetime(2020, 4, 3, tzinfo=UTC)
    assert parse_moment("04/04/2020") == datetime(2020, 4, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "moment", "sensor"),
    [
        (
            "S2A_MSIL2A_20200131T101231_N0213_R022_T32TQM_20200201T120000.SAFE/x.jp2",
            "2020-01-31T10:12:31",
            "Sentinel-2A",
        ),
        ("T32TQM_20200131T101231_B04.jp2", "2020-01-31T10:12:31", None),
        (
            "S2A_OPER_PRD_MSIL1C_PDMC_20160605T194041_R022_V20150817T101020_"
            "20150817T101020.SAFE/a.jp2",
            "2015-08-17T10:10:20",
            "Sentinel-2A",
        ),
        (
            "S2A_OPER_MSI_L1C_TL_SGS__20181231T203637_A018422_T33UUP_B02.jp2",
            None,
            "Sentinel-2A",
        ),
        ("S2B_32TQM_20200131_0_L2A/B04.tif", "2020-01-31", "Sentinel-2B"),
        (
            "S1A_IW_GRDH_1SDV_20180420T063852_20180420T063917_021553_02525F_29E1.tif",
            "2018-04-20T06:38:52",
            "Sentinel-1A",
        ),
        (
            "s1b-iw-grd-vv-20180420t063852-20180420t063917-021553-02525f-001.tiff",
            "2018-04-20T06:38:52",
            "Sentinel-1B",
        ),
        (
            "LC08_L1TP_193026_20200131_20200205_01_T1_B4.TIF",
            "2020-01-31",
            "Landsat 8",
        ),
        (
            "LT05_L2SP_193026_19900131_20200205_02_T1_SR_B3.TIF",
            "1990-01-31",
            "Landsat 5",
        ),
        ("LC80320292016255LGN00_B4.TIF", "2016-09-11", "Landsat 8"),
        ("MOD09GA.A2020123.h18v04.006.2020125034444.hdf", "2020-05-02", "MODIS"),
        ("VNP46A2.A2020123.h18v04.001.tif", "2020-05-02", "VIIRS"),
        ("HLS.S30.T10TET.2020123T190911.v2.0.B04.tif", "2020-05-02T19:09:11", None),
        ("AST_L1T_00301312020101231_20200201.tif", "2020-01-31T10:12:31", None),
        ("m_3907864_sw_17_060_20210912.tif", "2021-09-12", None),
        ("m_3907864_sw_17_060_20210912_20220103.tif", "2021-09-12", None),
        (
            "20170831_172754_101c_3B_AnalyticMS.tif",
            "2017-08-31T17:27:54",
            "PlanetScope",
        ),
        (
            "PSScene_20220101_101010_00_2451_3B.tif",
            "2022-01-01T10:10:10",
            "PlanetScope",
        ),
        ("SkySat_20170831T195552Z_RGB.tif", "2017-08-31T19:55:52", "SkySat"),
        ("17AUG31195552-M1BS-056244128010_01_P001.TIF", "2017-08-31T19:55:52", None),
        (
            "GF2_PMS1_E113.7_N34.8_20190502_L1A0003977441-MSS1.tif",
            "2019-05-02",
            "Gaofen-2",
        ),
        ("ortho_2019-06-05.tif", "2019-06-05", None),
        ("airport_20200131.jpg", "2020-01-31", None),
        ("IMG_20200131_101231.jpg", "2020-01-31T10:12:31", None),
        ("2020_01_31 field.png", "2020-01-31", None),
        ("flight 20200131T101112+0200.tif", "2020-01-31T08:11:12", None),
        ("20200131T231112-0330.tif", "2020-02-01T02:41:12", None),
        ("2020-01-31T10-11-12+05:45.tif", "2020-01-31T04:26:12", None),
        ("20200131_101112-0100.jpg", "2020-01-31T10:11:12", None),  # A number.
        ("20200131T101112+9900.tif", "2020-01-31T10:11:12", None),
        ("mosaic_20200101_20201231.tif", None, None),
        ("delivery_20230105/ortho.tif", None, None),
        ("tile_20201331.png", None, None),
        ("0120200131.png", None, None),
        ("a20200131f.png", None, None),
        ("20200131-1-99.png", "2020-01-31", None),
        ("PXL_20200131_101231123.jpg", "2020-01-31T10:12:31", None),
        ("v20200101_to_20201231.tif", None, None),
        ("2020-01-31_b20200131.tif", "2020-01-31", None),
    ],
)
def test_names_of_products(name: str, moment: str | None, sensor: str | None) -> None:
    found = moment_in_name(f"/data/{name}")
    true = moment and datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert (found and found.moment) == true
    assert sensor_in_name(f"/data/{name}") == sensor


def test_the_time_of_writing_is_not_the_time_of_acquisition(tmp_path: Path) -> None:
    """A program's own date (TIFFTAG_DATETIME, EXIF DateTime) dates no picture."""
    named = tmp_path / "m_3907864_sw_17_060_20210912.tif"
    bare = tmp_path / "bare.tif"
    place = {"crs": "EPSG:32632", "transform": Affine(10, 0, 600_000, 0, -10, 5e6)}
    for path in (named, bare):
        write_raster(path, colours().transpose(2, 0, 1), **place)
        with rasterio.open(path, "r+") as file:
            file.update_tags(TIFFTAG_DATETIME="2024:02:03 04:05:06")
    edited = tmp_path / "edited.jpg"
    exif = Image.Exif()
    exif[0x0132] = "2024:02:03 04:05:06"
    Image.fromarray(colours()).save(edited, exif=exif)
    times = {path.name: chips_of(path)[0].record for path in (named, bare, edited)}
    assert times[named.name].datetime == datetime(2021, 9, 12, tzinfo=UTC)
    assert times["bare.tif"].datetime is None and times["edited.jpg"].datetime is None
    for record in times.values():
        assert record.properties["written"] == "2024-02-03T04:05:06Z"


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
        ("file,label\n1.jpg,a,b\n", ["line 2", "3 cells", "header has 2"]),
        ("file,label\n\n1.jpg\n", ["line 3", "1 cells"]),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_metadata(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_a_table_as_excel_saves_it_in_europe(tmp_path: Path) -> None:
    """Semicolons, decimal commas, cp1252, a day and a clock, empty rows at the end."""
    path = tmp_path / "m.csv"
    text = (
        "sep=;\r\nDatei;file;date;time;gsd;sensor;ort\r\n"
        "a;1.jpg;31.01.2020;10:12:31;0,5;Gaofen-2;Großau, Kärnten\r\n"
        ";;;;;;\r\n;;;;;;;;\r\n"
    )
    path.write_bytes(text.encode("cp1252"))
    table = read_metadata(path)
    row = table.get("/data/1.jpg")
    assert row is not None and len(table) == 1
    assert (row.datetime, row.gsd_m, row.sensor) == (MOMENT, 0.5, "Gaofen-2")
    assert row.properties == {"Datei": "a", "ort": "Großau, Kärnten"}
    assert table.notes == (f"{path} is not UTF-8: read as cp1252",)
    path.write_bytes(text.encode("utf-16"))
    assert read_metadata(path).get("/data/1.jpg") == row


@pytest.mark.parametrize(
    "header",
    [
        "Datei;Datum;Uhrzeit;gsd;Satellit",
        "Fichier;date;Heure;gsd;capteur",
        "archivo;Fecha;hora;gsd;sensor",
    ],
)
def test_a_table_with_columns_in_another_language(tmp_path: Path, header: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(f"{header}\n1.jpg;31.01.2020;10:12:31;0,5;Gaofen-2\n")
    row = read_metadata(path).get("/data/1.jpg")
    assert row is not None
    assert (row.datetime, row.gsd_m, row.sensor) == (MOMENT, 0.5, "Gaofen-2")
    assert row.properties == {}


def test_rows_that_match_nothing_are_known(tmp_path: Path) -> None:
    table = read_metadata(write_rows(tmp_path / "m.csv"))
    assert table.unmatched(["/data/b/1.jpg", "/data/3.jpg"]) == ["2"]
    assert table.unmatched(["/data/2.png", "/data/x.tar!/b/1.jpg"]) == []


def test_sidecars_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError):
        read_metadata(tmp_path / "m.csv")
    for name, data in {
        "m.txt": b"x",
        "a.json": b"{",
        "b.json": b"3",
        "c.json": b"[3]",
        "d.jsonl": b"[]",
        "e.csv": b"",
        "g.csv": b"file,file\n1,2\n",
        "h.csv": b'file,label\n1.jpg,"a\n',
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


def test_a_camera_padded_with_zeros_keeps_its_name() -> None:
    for given, wanted in (("ION230\0F", "ION230"), ("\0\0", None), ("a\x07b ", "ab")):
        item = SourceItem(source="/x/a.tif", name="a.tif", size=1)
        found, _ = gather_metadata(item, None, {"MODEL": given})
        assert found.sensor == wanted


@pytest.mark.parametrize(
    ("name", "tags", "metadata"),
    [
        ("20991231.tif", {}, None),
        ("S2A_MSIL2A_20991231T101231_N0213_R022_T32TQM_x.tif", {}, None),
        ("a.tif", {"ACQUISITION_DATE": "2099-12-31"}, None),
        ("a.tif", {}, "2099-12-31"),
    ],
)
def test_a_time_that_is_yet_to_come_is_told_and_none(name, tags, metadata) -> None:
    row = None
    if metadata:
        row = SceneMetadata(datetime=parse_moment(metadata))
    found, told = gather_metadata(SourceItem(source=name, name=name, size=1), row, tags)
    assert (found.datetime, found.dated_by) == (None, None)
    assert [one.kind for one in told] == ["notice:metadata"]
    assert "2099-12-31" in told[0].reason


def test_who_knows_less_dates_a_scene_of_a_time_to_come() -> None:
    tags = {"ACQUISITION_DATE": "2099-12-31"}
    item = SourceItem(source="a_2020-01-31.tif", name="a", size=1)
    found, told = gather_metadata(item, None, tags)
    assert found.datetime == datetime(2020, 1, 31, tzinfo=UTC)
    assert found.dated_by == "date in the name"
    assert len(told) == 1
