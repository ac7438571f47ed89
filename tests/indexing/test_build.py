"""From an archive to an index, with an encoder whose vectors can be worked out."""

import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pytest
from PIL import Image

from rsrag.config import Settings
from rsrag.errors import ImageryError, SourceNotFoundError
from rsrag.factory import open_index
from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.imagery.metadata.sidecar_metadata import read_metadata
from rsrag.indexing.build.build import build_index
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
from rsrag.store_factory import drop_store, store_creator
from rsrag.types import EncoderIdentity
from rsrag.vectors import unit_rows


class MeanColour:
    """Embeds a picture as its mean colour, and texts not at all."""

    identity = EncoderIdentity("mean-colour", "cd" * 32, "mean", 3)

    def __init__(self) -> None:
        self.encoded = 0
        self.break_after: int | None = None

    def prepare_image(self, image):
        return image.mean(axis=(0, 1), keepdims=True).round().astype(np.uint8)

    def encode_prepared(self, batch):
        if self.break_after is not None and self.encoded >= self.break_after:
            raise KeyboardInterrupt
        self.encoded += len(batch)
        return unit_rows(batch.reshape(len(batch), 3).astype(np.float64) + 1)

    def encode_images(self, images):
        return self.encode_prepared(np.stack([self.prepare_image(i) for i in images]))

    def encode_texts(self, texts):
        raise NotImplementedError


def jpeg(colour, size=(16, 16), format="PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, format)
    return buffer.getvalue()


def colour_of(number: int) -> tuple[int, int, int]:
    return (number * 7 % 256, 255 - number, number * 3 % 256)


@pytest.fixture
def archive(tmp_path) -> Path:
    """A tar of 20 pictures and one broken file."""
    path = tmp_path / "pictures.tar"
    with tarfile.open(path, "w") as tar:
        for number in range(20):
            add(tar, f"{number:02}.png", jpeg(colour_of(number)))
        add(tar, "broken.png", b"\x89PNG not really")
    return path


def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def request_for(tmp_path, sources, *, encoder=None, store="exact", **changes):
    settings = Settings.from_environment({"RSRAG_INDEXES": str(tmp_path / "indexes")})
    options = changes.pop("options", ImageryOptions())
    defaults = {"batch_size": 4, "strict": False, "metadata": None}
    return BuildRequest(
        directory=IndexDirectory(tmp_path / "indexes", "test"),
        sources=tuple(sources),
        options=options,
        encoder=encoder or MeanColour(),
        encoder_source={"name": "mean-colour"},
        create_stores=store_creator(store, "auto", "test", settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=2,
        **{**defaults, **changes},
    )


def silent(stage, done, skipped) -> None:
    pass


def table_of(tmp_path):
    parts = (
        IndexDirectory(tmp_path / "indexes", "test").current_path() / "parts" / "image"
    )
    return ds.dataset(parts, format="parquet").to_table()


@pytest.mark.parametrize("store", ["exact", "faiss", "qdrant-edge"])
def test_an_archive_becomes_an_index(tmp_path, archive, store) -> None:
    report = build_index(request_for(tmp_path, [archive], store=store), silent)
    assert (report.rows, report.counts["scenes"], report.encoded) == (20, 20, 20)
    assert [skip.kind for skip in report.skipped] == ["ImageReadError"]
    assert report.skipped[0].source.endswith("pictures.tar!/broken.png")

    settings = Settings.from_environment({"RSRAG_INDEXES": str(tmp_path / "indexes")})
    opened = open_index(None, settings)
    wanted = np.float64([[c + 1 for c in colour_of(5)]])
    hit = opened.store.search(unit_rows(wanted), 1)[0][0]
    assert hit.score == pytest.approx(1, abs=1e-5)
    assert hit.payload["source"].endswith("pictures.tar!/05.png")
    assert opened.manifest.rows == len(opened.store) == 20
    opened.store.close()


def test_rows_keep_the_archives_order(tmp_path, archive) -> None:
    build_index(request_for(tmp_path, [archive]), silent)
    names = [s.rsplit("/", 1)[1] for s in table_of(tmp_path)["source"].to_pylist()]
    assert names == [f"{number:02}.png" for number in range(20)]


def test_building_twice_changes_nothing(tmp_path, archive) -> None:
    digests = []
    for _ in range(2):
        build_index(request_for(tmp_path, [archive]), silent)
        folder = IndexDirectory(tmp_path / "indexes", "test").current_path()
        part = (folder / "parts" / "image" / "part-00000.parquet").read_bytes()
        digests.append(hashlib.sha256(part).hexdigest())
    assert digests[0] == digests[1]


def test_the_same_pictures_elsewhere_have_the_same_ids(tmp_path, archive) -> None:
    build_index(request_for(tmp_path, [archive]), silent)
    before = table_of(tmp_path)["id"].to_pylist()
    zipped = tmp_path / "other.zip"
    with zipfile.ZipFile(zipped, "w") as file:
        for number in range(20):
            file.writestr(f"deep/{number:02}.png", jpeg(colour_of(number)))
    build_index(request_for(tmp_path, [zipped]), silent)
    assert table_of(tmp_path)["id"].to_pylist() == before


def test_duplicates_are_counted_once(tmp_path, archive) -> None:
    copy = tmp_path / "copy.tar"
    shutil.copy(archive, copy)
    report = build_index(request_for(tmp_path, [archive, copy]), silent)
    assert report.rows == 20
    assert report.skipped_by_kind() == {"duplicate": 20, "ImageReadError": 2}


def test_a_stopped_build_is_taken_up(tmp_path, archive, monkeypatch) -> None:
    monkeypatch.setattr("rsrag.indexing.build.batches.WRITE_ROWS", 4)
    whole = build_index(request_for(tmp_path, [archive]), silent)
    expected = table_of(tmp_path)

    encoder = MeanColour()
    encoder.break_after = 8
    with pytest.raises(KeyboardInterrupt):
        build_index(request_for(tmp_path, [archive], encoder=encoder), silent)
    assert table_of(tmp_path).equals(expected), "readers still see the old index"

    second = MeanColour()
    report = build_index(request_for(tmp_path, [archive], encoder=second), silent)
    assert second.encoded == report.encoded == 20 - encoder.encoded == 12
    assert report.generation == whole.generation + 1
    assert table_of(tmp_path).equals(expected)


def test_other_options_do_not_take_up_a_stopped_build(tmp_path, archive) -> None:
    encoder = MeanColour()
    encoder.break_after = 8
    with pytest.raises(KeyboardInterrupt):
        build_index(request_for(tmp_path, [archive], encoder=encoder), silent)
    options = ImageryOptions(chip_size=Size.parse("8"))
    report = build_index(request_for(tmp_path, [archive], options=options), silent)
    assert report.rows == report.encoded == 80


def test_strict_fails_and_leaves_the_old_index(tmp_path, archive) -> None:
    build_index(request_for(tmp_path, [archive]), silent)
    with pytest.raises(ImageryError, match=r"broken\.png") as error:
        build_index(request_for(tmp_path, [archive], strict=True), silent)
    assert "--strict" in error.value.hint
    directory = IndexDirectory(tmp_path / "indexes", "test")
    assert directory.current() == 1
    assert not directory.building.exists()


@pytest.mark.parametrize("kind", ["nothing there", "empty folder", "only rubbish"])
def test_nothing_to_index_leaves_no_index(tmp_path, kind) -> None:
    source = tmp_path / "source"
    if kind != "nothing there":
        source.mkdir()
    if kind == "only rubbish":
        (source / "a.jpg").write_bytes(b"")
    with pytest.raises(SourceNotFoundError, match="source"):
        build_index(request_for(tmp_path, [source]), silent)
    assert list_indexes(tmp_path / "indexes") == []
    assert not (tmp_path / "indexes" / "test").exists()


def test_a_large_scene_is_cut_in_grid_order(tmp_path) -> None:
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:, :48] = (255, 0, 0)
    Image.fromarray(pixels).save(tmp_path / "scene.png")
    options = ImageryOptions(
        chip_size=Size.parse("16"), bounds=(0.0, 0.0, 9.6, 6.4), crs=None
    )
    request = request_for(tmp_path, [tmp_path / "scene.png"], options=options)
    report = build_index(request, silent)
    assert (report.rows, report.counts["scenes"]) == (24, 1)
    rows = table_of(tmp_path).to_pylist()
    offsets = [(r["window"]["row_off"], r["window"]["col_off"]) for r in rows]
    assert offsets == [(y, x) for y in range(0, 64, 16) for x in range(0, 96, 16)]
    first = rows[0]["bbox"]
    assert [round(first[k], 6) for k in ("xmin", "ymin", "xmax", "ymax")] == [
        0,
        4.8,
        1.6,
        6.4,
    ]
    manifest = request.directory.read_manifest()
    assert np.allclose(manifest.imagery.bbox, (0, 0, 9.6, 6.4))
    assert ImageryOptions.from_json(manifest.imagery.options) == options


def test_the_report_is_written_beside_the_manifest(tmp_path, archive) -> None:
    report = build_index(request_for(tmp_path, [archive]), silent)
    data = json.loads((Path(report.path) / "report.json").read_text())
    assert data["rows"] == 20
    assert data["skipped"][0]["reason"]
    assert {"forward", "decode", "store", "total"} <= set(data["seconds"])


def test_empty_chips_are_counted_once_a_scene(tmp_path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:16, :16] = 255
    Image.fromarray(pixels).save(tmp_path / "scene.png")
    options = ImageryOptions(chip_size=Size.parse("16"))
    request = request_for(tmp_path, [tmp_path / "scene.png"], options=options)
    report = build_index(request, silent)
    assert report.rows == 1
    assert [(s.kind, s.count) for s in report.skipped] == [("nodata", 15)]
    assert report.skips == request.directory.read_manifest().skipped == 15


def test_what_is_passed_over_is_told(tmp_path) -> None:
    """Files of no kind that is read, in folders and archives; companions count not."""
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.png").write_bytes(jpeg((1, 2, 3)))
    for name in ("a.pgw", "a.png.aux.xml", "a.prj"):
        (folder / name).write_text("")
    for name in ("plan.pdf", "points.xyz", "deep/old.xyz", "README", ".hidden"):
        (folder / name).write_text("x")
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        archive.writestr("b.png", jpeg((4, 5, 6)))
        archive.writestr("notes.txt", b"x")
    report = build_index(request_for(tmp_path, [folder]), silent)
    (notice,) = [one for one in report.notices if one.kind == "notice:passed-over"]
    assert notice.count == 6 and notice.source == str(folder)
    said = notice.reason.partition(": ")[2].split(", ")
    assert said[0] == "2 .xyz"
    assert set(said[1:]) == {"1 .pdf", "1 without ending", "1 hidden", "1 .txt"}


def test_a_scene_of_a_catalogue_counts_by_the_file_that_tells_of_it(tmp_path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b.2020"):
        (folder / f"{name}.png").write_bytes(jpeg((len(name), 2, 3)))
        asset = {"href": f"{name}.png", "type": "image/png", "roles": ["data"]}
        (folder / f"{name}.json").write_text(
            json.dumps(
                {
                    "type": "Feature",
                    "stac_version": "1.0.0",
                    "id": name,
                    "properties": {"datetime": "2020-01-01T00:00:00Z"},
                    "geometry": None,
                    "links": [],
                    "assets": {"a": asset},
                }
            )
        )
    sources = sorted(folder.glob("*.json"))
    report = build_index(request_for(tmp_path, sources), silent)
    assert report.scenes_by["format"] == {".json": 2}


def test_rows_of_metadata_without_a_picture_are_told(tmp_path, archive) -> None:
    table = tmp_path / "m.csv"
    table.write_text("file,label\n00.png,a\n0O.png,b\nC:\\data\\01.png,c\n")
    request = request_for(tmp_path, [archive], metadata=read_metadata(table))
    (notice,) = [n for n in build_index(request, silent).notices if n.count == 2]
    assert notice.kind == "notice:metadata" and "0O.png" in notice.reason
    labels = [p for p in table_of(tmp_path)["properties"].to_pylist() if p]
    assert len(labels) == 1 and "label" in labels[0]
