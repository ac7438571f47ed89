"""Prefixes of buckets as archives: read, kept up with, read again."""

import io
import tarfile

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from updating import Archive, Colours, Index, png, world_file

from rsrag.errors import BucketError, ConfigError, ImageReadError, SourceNotFoundError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import read_chip
from rsrag.imagery.sources import remote
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.imagery.sources.sources import iter_sources
from rsrag.imagery.sources.urls import source_text
from rsrag.indexing.format.parts import read_parts
from rsrag.objects.bucket import Bucket
from rsrag.objects.open_place import open_objects
from rsrag.types import Window


class BucketArchive:
    """A place of objects whose files are written over as one likes."""

    def __init__(self, address: str) -> None:
        self.address, self.place = address, open_objects(address)

    def write(self, key: str, data: bytes) -> None:
        self.place.remove(key)
        assert self.place.create(key, data)


def tar(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def cog(side: int = 1536, seed: int = 0) -> bytes:
    """More than is read at once, in blocks of 512."""
    rng = np.random.default_rng(seed)
    memory = rasterio.MemoryFile()
    with memory.open(
        driver="COG",
        width=side,
        height=side,
        count=3,
        dtype="uint8",
        crs="EPSG:32631",
        transform=Affine(10, 0, 5e5, 0, -10, 5e6),
    ) as raster:
        raster.write(rng.integers(0, 255, (3, side, side), np.uint8))
    return bytes(memory.getbuffer())


@pytest.fixture
def archive(bucket) -> BucketArchive:
    made = BucketArchive(f"{bucket}/scenes")
    for number in range(3):
        made.write(f"{number}.png", png(number))
    made.write("1.pgw", world_file(10))
    made.write("notes.docx", b"x")
    made.write("deeper/more/set.tar", tar({f"{n}.png": png(n) for n in (7, 8)}))
    return made


@pytest.fixture
def index(archive, tmp_path) -> Index:
    made = Index(tmp_path / "indexes", [archive.address + "/"])
    made.build()
    return made


def chips(index: Index) -> dict[str, tuple]:
    """Ids and footprints by the end of the source."""
    folder = index.directory.current_path()
    paths = index.directory.read_manifest().part_paths(folder)
    return {
        row["source"].partition("/scenes/")[2]: (row["id"], row["geometry"])
        for table in read_parts(paths, ["id", "source", "geometry"])
        for row in table.to_pylist()
    }


def test_a_prefix_gives_the_chips_that_a_folder_gives(index, archive, tmp_path):
    folder = Archive(tmp_path / "scenes")
    for info in archive.place.below():
        folder.write(info.key, archive.place.read(info.key)[0])
    local = Index(tmp_path / "local", [folder.folder])
    local.build()
    assert chips(index) == chips(local)
    assert list(chips(index)) == [
        *(f"{n}.png" for n in range(3)),
        "deeper/more/set.tar!/7.png",
        "deeper/more/set.tar!/8.png",
    ]
    assert chips(index)["1.png"][1] is not None
    (source,) = index.directory.read_manifest().imagery.sources
    assert source == archive.address


def test_an_update_reads_nothing_that_has_its_etag(index, archive):
    encoder = Colours()
    report = index.update(encoder)
    assert report.sources.unchanged == 5
    assert encoder.prepared == 0


def test_an_update_reads_what_was_written_over_and_what_came(index, archive):
    archive.write("0.png", png(100))
    archive.write("new.png", png(101))
    archive.write("deeper/more/set.tar", tar({"7.png": png(7), "9.png": png(9)}))
    archive.place.remove("2.png")
    encoder = Colours()
    report = index.update(encoder)
    counts = report.sources
    assert (counts.added, counts.changed, counts.removed) == (2, 1, 2)
    assert encoder.encoded == 3
    assert set(chips(index)) == {
        *("0.png", "1.png", "new.png"),
        *("deeper/more/set.tar!/7.png", "deeper/more/set.tar!/9.png"),
    }


def test_a_companion_that_changed_moves_a_picture(index, archive):
    before = chips(index)["1.png"]
    archive.write("1.pgw", world_file(20))
    index.update()
    assert chips(index)["1.png"][1] not in (None, before[1])


def test_chips_are_read_again_from_objects_and_members(index, archive):
    for name in ("0.png", "deeper/more/set.tar!/8.png"):
        source = f"{archive.address}/{name}"
        item = find_item(source)
        assert item.source == source
        number = 0 if name == "0.png" else 8
        assert item.data == png(number)
    assert find_item(f"{archive.address}/1.png").companions == {".pgw": world_file(10)}
    for gone in ("none.png", "deeper/more/set.tar!/x.png", "none.tar!/x.png"):
        with pytest.raises(SourceNotFoundError):
            find_item(f"{archive.address}/{gone}")


def test_a_large_raster_is_read_in_blocks_with_the_same_keys(archive, tmp_path):
    data = cog()
    archive.write("large.tif", data)
    assert len(data) > 4 << 20
    (tmp_path / "large.tif").write_bytes(data)
    source = f"{archive.address}/large.tif"
    (item,) = iter_sources([source])
    assert item.fetched().data is None and item.remote is not None
    options = ImageryOptions()
    window = Window(512, 1024, 512, 512)
    there = read_chip(source, window, options)
    here = read_chip(str(tmp_path / "large.tif"), window, options)
    np.testing.assert_array_equal(there, here)


def test_an_object_written_over_has_other_chips(archive):
    archive.write("large.tif", cog())
    first = find_item(f"{archive.address}/large.tif").sha256()
    archive.write("large.tif", cog(seed=1))
    (second,) = iter_sources([f"{archive.address}/large.tif"])
    assert second.sha256() != first


def test_a_lone_archive_and_keys_with_spaces(archive, tmp_path):
    archive.write("a b/é ü.png", png(50))
    archive.write("a b/c#d.png", png(51))
    found = list(iter_sources([f"{archive.address}/a b"]))
    assert [one.source for one in found] == [
        f"{archive.address}/a b/c#d.png",
        f"{archive.address}/a b/é ü.png",
    ]
    assert found[0].kind == "ImageReadError" and "# " in found[0].reason + " "
    assert found[1].fetched().data == png(50)
    (seven, eight) = iter_sources([f"{archive.address}/deeper/more/set.tar"])
    assert (seven.data, eight.data) == (png(7), png(8))


def test_nothing_and_no_bucket_and_no_network(archive, monkeypatch):
    with pytest.raises(SourceNotFoundError, match="holds no object"):
        list(iter_sources([f"{archive.address}/nothing"]))
    with pytest.raises(BucketError, match="no bucket"):
        list(iter_sources(["s3://no-such-bucket/x"]))
    with pytest.raises(ConfigError, match="names no bucket"):
        iter_sources(["s3://x"])
    monkeypatch.setenv("RSRAG_OFFLINE", "1")
    (skip,) = iter_sources([archive.address])
    assert "RSRAG_OFFLINE" in skip.reason


def test_a_picture_that_cannot_be_had_is_a_skip_of_the_report(
    index, archive, monkeypatch
):
    archive.write("new.png", png(60))
    read = Bucket.read

    def fail(self, key):
        if key.endswith("new.png"):
            raise BucketError("the server refuses: 503 SlowDown.")
        return read(self, key)

    monkeypatch.setattr(Bucket, "read", fail)
    report = index.update()
    (skip,) = report.skipped
    assert skip.kind == "ImageReadError" and "SlowDown" in skip.reason
    monkeypatch.undo()


def test_an_object_too_large_to_hold_is_told(archive, monkeypatch):
    monkeypatch.setattr(remote, "IN_MEMORY_LIMIT", 10)
    with pytest.raises(ImageReadError, match=r"only \.tif and \.jp2"):
        find_item(f"{archive.address}/0.png")


def test_how_a_prefix_is_kept():
    assert source_text("s3:/bucket/a/") == "s3://bucket/a"
    assert source_text("az://box/a b/") == "az://box/a b"
