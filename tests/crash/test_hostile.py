"""Archives and indexes made by somebody who means harm, or by a broken disk."""

import io
import json
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import crash_world as world
import pytest
from mutations import NAMES

from rsrag.errors import (
    IndexCorruptError,
    IndexMismatchError,
    RsragError,
    StoreError,
)
from rsrag.factory import open_index
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.indexing.format.index_kinds import FORMAT_VERSION
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.generations.listing_indexes import index_details, index_summary
from rsrag.types import Skip

PNG = world.picture(1)


def set_size(header: bytearray, size: int) -> None:
    """Write a size in base 256, and the checksum anew."""
    header[124:136] = b"\xff" * 4 + size.to_bytes(8, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])


def tree(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


@pytest.fixture
def index(tmp_path: Path, archive: Path) -> IndexDirectory:
    world.build(tmp_path / "indexes", archive)
    return IndexDirectory(tmp_path / "indexes", world.NAME)


def test_an_archive_of_everything_bad_becomes_an_index_of_what_is_good(
    tmp_path: Path,
) -> None:
    """Traversal, links, devices and odd names: indexed or skipped, nothing unpacked."""
    source = tmp_path / "archive"
    source.mkdir()
    with tarfile.open(source / "bad.tar", "w") as archive:
        for number, raw in enumerate(NAMES):
            info = tarfile.TarInfo(raw.decode("utf-8", "surrogateescape"))
            data = world.picture(number)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo(f"link-{kind!r}.png")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    with zipfile.ZipFile(source / "bad.zip", "w") as file:
        for number, raw in enumerate(NAMES):
            name = raw.decode("latin-1").replace("\0", "_")
            file.writestr(zipfile.ZipInfo(name), world.picture(50 + number))
        info = zipfile.ZipInfo("link.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(info, "/etc/passwd")
        bomb = bytes(8 * 2**20)
        file.writestr("bomb.png", bomb, zipfile.ZIP_DEFLATED)
    os.mkfifo(source / "pipe.png")
    (source / os.fsdecode(b"\xff\n\x1b[2J.png")).write_bytes(PNG)
    before = tree(tmp_path)
    report = world.build(tmp_path / "indexes", source)
    assert [p for p in tree(tmp_path) if not p.startswith("indexes")] == before
    whole = world.check_whole(tmp_path / "indexes")
    assert report.rows == len(whole.rows) > 15
    for skip in report.skipped:
        skip.reason.encode()
    kinds = report.skipped_by_kind()
    assert kinds["UnsafeArchiveError"] >= 2 * 4 + 3 + 2
    sources = [row["source"] for row in whole.rows.values()]
    assert not any(set(s) & set("\n\x1b\0") for s in sources)
    assert not any("outside" in s for s in sources)


@pytest.mark.parametrize("size", [-512, -1024, -1536, -(2**40), 2**62])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_tar_whose_sizes_lead_in_circles_ends(
    tmp_path: Path, size: int, kind: bytes
) -> None:
    world.tar_of(tmp_path / "a.tar", {"a.png": PNG, "b.png": PNG})
    data = bytearray((tmp_path / "a.tar").read_bytes())
    second = 512 + -(-len(PNG) // 512) * 512
    header = data[second : second + 512]
    header[156:157] = kind
    set_size(header, size)
    data[second : second + 512] = header
    (tmp_path / "a.tar").write_bytes(data)
    found = list(iter_sources([tmp_path / "a.tar"]))
    assert [type(f) for f in found] == [SourceItem, Skip]
    assert "claims" in found[1].reason


def test_a_pax_header_that_claims_a_size_below_zero(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("a.png", "b.png"):
            info = tarfile.TarInfo(name)
            info.size = len(PNG)
            if name == "b.png":
                info.pax_headers = {"size": "-2048"}
            archive.addfile(info, io.BytesIO(PNG))
    found = list(iter_sources([path]))
    assert [type(f) for f in found] == [SourceItem, Skip]


def test_a_zip_member_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    world.zip_of(path, {"a.png": PNG, "b.png": PNG})
    path.write_bytes(path.read_bytes().replace(b"b.png", b"\0.png"))
    items = [item for item in iter_sources([path]) if isinstance(item, SourceItem)]
    assert [item.source.rsplit("!/")[1] for item in items] == ["a.png", "\\x00.png"]


def damage_payload(data: bytes) -> list[bytes]:
    """Offsets and lengths of an Arrow stream pointed elsewhere."""
    return [
        data[:at] + b"\xff" * 4 + data[at + 4 :]
        for at in range(0, len(data) - 4, max(len(data) // 150, 1))
    ]


def test_a_damaged_payload_is_an_error_or_harmless(index: IndexDirectory) -> None:
    path = index.current_path() / "store" / "image" / "payload.arrows"
    whole = path.read_bytes()
    errors = 0
    for data in damage_payload(whole):
        # A new file: the old one may still be mapped.
        path.unlink()
        path.write_bytes(data)
        try:
            opened = open_index(world.NAME, world.settings_of(index.root))
            vector = world.unit_rows([[1.0] * 12])
            opened.store.search(vector, 18)
            opened.store.close()
        except StoreError as error:
            errors += 1
            assert "rebuild" in str(error.hint)
    assert errors > 5


def part(data: dict) -> dict:
    return data["spaces"]["image"]["parts"][0]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: part(d).update(file=[]),
        lambda d: part(d).update(file=""),
        lambda d: part(d).update(file="\0"),
        lambda d: part(d).update(file=".."),
        lambda d: part(d).update(sha256=None),
        lambda d: part(d).update(rows=True),
        lambda d: d["spaces"]["image"]["encoder"].update(dim="12"),
        lambda d: d["spaces"]["image"]["encoder"].update(dim=0),
        lambda d: d.update(name=3),
        lambda d: d["origin"].update(sources="/archive"),
        lambda d: d["origin"].update(sources=[1]),
        lambda d: d["origin"].update(time=["2020"]),
        lambda d: d["origin"].update(bbox=["w", "s", "e", "n"]),
        lambda d: d["origin"].update(options=[]),
        lambda d: d["spaces"]["image"].update(encoder_source={"name": 3}),
        lambda d: d["spaces"]["image"]["store"].update(reason=None),
    ],
)
def test_a_manifest_with_values_of_other_types(index: IndexDirectory, change) -> None:
    path = index.current_path() / "manifest.json"
    data = json.loads(path.read_text())
    del data["digest"]
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(IndexCorruptError, match=r"manifest\.json"):
        index.read_manifest()
    assert "error" in index_summary(index)


@pytest.mark.parametrize(
    "file", ["manifest.json", "store/image/store.json", "report.json"]
)
def test_json_without_a_bottom(index: IndexDirectory, file: str) -> None:
    (index.current_path() / file).write_text("[" * 100_000)
    if file == "report.json":
        assert "damaged" in index_details(index)["report"]["error"]
        return
    with pytest.raises((IndexCorruptError, StoreError)):
        open_index(world.NAME, world.settings_of(index.root))


def test_a_store_of_infinitely_many_rows(index: IndexDirectory) -> None:
    path = index.current_path() / "store" / "image" / "store.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "rows": 1e999}))
    with pytest.raises(StoreError, match=r"store\.json"):
        open_index(world.NAME, world.settings_of(index.root))


@pytest.mark.parametrize("text", ["{", "\xff", "{'a': 1}"])
def test_a_broken_report_does_not_hide_the_index(
    index: IndexDirectory, text: str
) -> None:
    (index.current_path() / "report.json").write_bytes(text.encode("latin-1"))
    details = index_details(index)
    assert details["spaces"]["image"]["rows"] == 18
    assert "report.json was changed or damaged" in details["report"]["error"]


def test_a_manifest_from_the_future_says_what_to_do(index: IndexDirectory) -> None:
    path, version = index.current_path() / "manifest.json", FORMAT_VERSION + 1
    data = {**json.loads(path.read_text()), "format_version": version, "new": {}}
    path.write_text(json.dumps(data))
    with pytest.raises(IndexMismatchError, match=f"format version {version}") as caught:
        open_index(world.NAME, world.settings_of(index.root))
    assert "upgrade" in str(caught.value.hint)


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"000009\n", b"-1", b"../../x", b"\xff\xfe", b"1" * 9999, b"1e1"],
)
def test_current_that_points_nowhere(index: IndexDirectory, text: bytes) -> None:
    (index.path / "CURRENT").write_bytes(text)
    with pytest.raises(IndexCorruptError, match="CURRENT"):
        open_index(world.NAME, world.settings_of(index.root))
    with pytest.raises(RsragError):
        index_details(index)


def test_current_that_is_a_folder(index: IndexDirectory) -> None:
    (index.path / "CURRENT").unlink()
    (index.path / "CURRENT").mkdir()
    with pytest.raises(IndexCorruptError, match="CURRENT"):
        open_index(world.NAME, world.settings_of(index.root))


def test_a_lock_of_a_dead_process_holds_nobody_up(
    index: IndexDirectory, archive: Path
) -> None:
    (index.path / "LOCK").write_text("4194304")
    (index.path / "WRITER").write_text('{"pid": 4194304, "host": "gone"}')
    world.build(index.root, archive)
    assert index.current() == 2
    assert not (index.path / "WRITER").exists()


def test_parts_of_other_types_are_named(index: IndexDirectory) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from rsrag.indexing.format.chip_schema import split_embeddings
    from rsrag.indexing.format.parts import read_parts

    path = index.current_path() / "parts" / "image" / "part-00000.parquet"
    table = pq.read_table(path)
    numbers = pa.array(range(len(table)))
    pq.write_table(table.set_column(0, "id", numbers), path)
    # The store does not need the parts: searching goes on.
    open_index(world.NAME, world.settings_of(index.root)).store.close()
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(IndexCorruptError, match="part-00000"):
        for part in read_parts([path]):
            split_embeddings(part)
