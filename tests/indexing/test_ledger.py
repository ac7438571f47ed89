"""The ledger: what every build writes down about every source it saw."""

import hashlib
import os
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rsrag.config import Settings
from rsrag.errors import IndexCorruptError
from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.indexing.build.build import build_index
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.format.ledger import (
    FILE,
    Entry,
    entries_of,
    ledger_schema,
    ledger_table,
    metadata_sha256,
    read_ledger,
    write_ledger,
)
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.store_factory import drop_store, store_creator
from rsrag.types import EncoderIdentity
from rsrag.vectors import unit_rows


class Grey:
    """Embeds a picture as its mean colour; counts what it is given."""

    identity = EncoderIdentity("grey", "ef" * 32, "mean", 3)

    def __init__(self) -> None:
        self.prepared = 0
        self.encoded = 0

    def prepare_image(self, image):
        self.prepared += 1
        return image.mean(axis=(0, 1), keepdims=True).round().astype(np.uint8)

    def encode_prepared(self, batch):
        self.encoded += len(batch)
        return unit_rows(batch.reshape(len(batch), 3).astype(np.float64) + 1)


def picture(path: Path, colour, size=(8, 8)) -> bytes:
    Image.new("RGB", size, colour).save(path)
    return path.read_bytes()


def age(folder: Path) -> None:
    """Set all times back, past where a scan would distrust them."""
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 1000,) * 2)


def request_for(tmp_path, sources, encoder=None, **changes) -> BuildRequest:
    settings = Settings.from_environment({"RSRAG_INDEXES": str(tmp_path / "indexes")})
    values = {
        "directory": IndexDirectory(tmp_path / "indexes", "test"),
        "sources": tuple(sources),
        "options": ImageryOptions(),
        "metadata": None,
        "encoder": encoder or Grey(),
        "encoder_source": {"name": "grey"},
        "create_stores": store_creator("exact", "auto", "test", settings),
        "drop_store": lambda info: drop_store(info, settings),
        "threads": 2,
        "batch_size": 4,
    }
    return BuildRequest(**{**values, **changes})


def silent(stage, done, skipped) -> None:
    pass


def ledger_of(tmp_path) -> dict[str, Entry]:
    folder = IndexDirectory(tmp_path / "indexes", "test").current_path()
    table = read_ledger(folder)
    assert table is not None
    entries = entries_of(table)
    assert [e.source for e in entries] == sorted(e.source for e in entries)
    return {entry.source: entry for entry in entries}


@pytest.fixture
def archive(tmp_path) -> Path:
    """Two pictures, a copy of one, a broken one, and a tar with one more."""
    folder = tmp_path / "archive"
    folder.mkdir()
    picture(folder / "a.png", (10, 0, 0))
    picture(folder / "b.png", (20, 0, 0))
    picture(folder / "c.png", (10, 0, 0))
    (folder / "d.png").write_bytes(b"\x89PNG not really")
    data = tmp_path / "member.png"
    picture(data, (30, 0, 0))
    with tarfile.open(folder / "e.tar", "w") as tar:
        tar.add(data, "in/member.png")
        tar.add(data, "../out.png")
    with tarfile.open(folder / "f.tar", "w"):
        pass
    age(folder)
    return folder


def test_a_build_writes_down_every_source(tmp_path, archive) -> None:
    build_index(request_for(tmp_path, [archive]), silent)
    found = ledger_of(tmp_path)
    at = archive.as_posix()
    assert list(found) == [
        f"{at}/{name}"
        for name in (
            *("a.png", "b.png", "c.png", "d.png"),
            *("e.tar!/../out.png", "e.tar!/in/member.png", "f.tar"),
        )
    ]
    good = found[f"{at}/a.png"]
    data = (archive / "a.png").read_bytes()
    assert good.sha256 == hashlib.sha256(data).hexdigest()
    assert (good.size, good.mtime_ns, good.container) == (
        len(data),
        (archive / "a.png").stat().st_mtime_ns,
        None,
    )
    assert (good.chips, good.status, good.kind, good.left_out) == (1, "ok", None, 0)

    copy = found[f"{at}/c.png"]
    assert copy.sha256 == good.sha256
    assert (copy.chips, copy.status, copy.kind) == (0, "skipped", "duplicate")

    broken = found[f"{at}/d.png"]
    assert (broken.status, broken.kind, broken.left_out) == (
        "skipped",
        "ImageReadError",
        1,
    )
    assert broken.sha256
    assert (broken.reason or "").startswith("is no picture")

    member = found[f"{at}/e.tar!/in/member.png"]
    tar = (archive / "e.tar").stat()
    assert member.container == f"{at}/e.tar"
    assert (member.size, member.mtime_ns) == (tar.st_size, tar.st_mtime_ns)
    unsafe = found[f"{at}/e.tar!/../out.png"]
    assert (unsafe.kind, unsafe.sha256) == ("UnsafeArchiveError", None)
    assert (found[f"{at}/f.tar"].kind, found[f"{at}/f.tar"].left_out) == ("empty", 0)


def test_positions_are_the_order_of_the_scan(tmp_path, archive) -> None:
    build_index(request_for(tmp_path, [archive / "b.png", archive]), silent)
    found = sorted(ledger_of(tmp_path).values(), key=lambda e: e.position)
    names = [entry.source.rsplit("/", 1)[1] for entry in found]
    assert names == [
        *("b.png", "a.png", "c.png", "d.png", "member.png", "out.png", "f.tar")
    ]


def test_a_file_that_changed_just_now_is_not_trusted(tmp_path, archive) -> None:
    os.utime(archive / "b.png", (time.time() + 60,) * 2)
    build_index(request_for(tmp_path, [archive]), silent)
    at = archive.as_posix()
    assert ledger_of(tmp_path)[f"{at}/b.png"].mtime_ns is None
    assert ledger_of(tmp_path)[f"{at}/a.png"].mtime_ns is not None


def test_counts_of_a_scene_with_empty_chips(tmp_path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:16, :16] = 255
    Image.fromarray(pixels).save(tmp_path / "scene.png")
    options = ImageryOptions(chip_size=Size.parse("16"))
    request = request_for(tmp_path, [tmp_path / "scene.png"], options=options)
    build_index(request, silent)
    (entry,) = ledger_of(tmp_path).values()
    assert (entry.chips, entry.left_out, entry.kind) == (1, 15, "nodata")
    assert entry.status == "ok"


def test_round_trip(tmp_path) -> None:
    entries = [
        Entry("b", None, 1, 2, "x", "s", "t", "r", "c", "{}", 0, 3, 1, "ok", "k", "w"),
        Entry("a!/m", "a", kind="duplicate", reason="same", left_out=2, position=1),
    ]
    write_ledger(tmp_path, ledger_table(entries, "digest"))
    table = read_ledger(tmp_path)
    assert table is not None
    assert entries_of(table) == entries[::-1]
    assert metadata_sha256(table) == "digest"
    assert table.schema.names == ledger_schema().names
    part = read_ledger(tmp_path, ["source", "chips"])
    assert part is not None
    assert part.to_pydict() == {"source": ["a!/m", "b"], "chips": [0, 3]}


def test_a_generation_without_a_ledger_has_none(tmp_path) -> None:
    assert read_ledger(tmp_path) is None


@pytest.mark.parametrize("damage", ["rubbish", "cut", "column", "letters"])
def test_a_damaged_ledger_is_named(tmp_path, damage) -> None:
    table = ledger_table([Entry("a")])
    path = tmp_path / FILE
    if damage == "column":
        import pyarrow.parquet as pq

        pq.write_table(table.drop_columns(["sha256"]), path)
    elif damage == "letters":
        import pyarrow as pa

        none = pa.array([b"\xfe"], pa.binary()).view(pa.string())
        place = table.schema.get_field_index("source")
        write_ledger(tmp_path, table.set_column(place, table.schema.field(place), none))
    else:
        write_ledger(tmp_path, table)
        data = path.read_bytes()
        path.write_bytes(b"rubbish" if damage == "rubbish" else data[: len(data) // 2])
    with pytest.raises(IndexCorruptError, match=r"sources\.parquet"):
        read_ledger(tmp_path)
