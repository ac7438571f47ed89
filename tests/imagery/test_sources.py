import errno
import gzip
import io
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from drawing import colours, encoded, only, tar_of, zip_of

from rsrag.errors import (
    ConfigError,
    ImageReadError,
    ImageryError,
    SourceNotFoundError,
)
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import open_scene, read_chip
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.types import Skip, Window

JPEG = encoded(colours())
OTHER = encoded(colours(seed=1))


def split(*paths: Path) -> tuple[list[SourceItem], list[Skip]]:
    found = list(iter_sources(paths))
    items = [item for item in found if isinstance(item, SourceItem)]
    return items, [skip for skip in found if isinstance(skip, Skip)]


def names(*paths: Path) -> list[str]:
    return [item.name for item in split(*paths)[0]]


def test_folder_tree_in_order_with_what_is_ignored(tmp_path: Path) -> None:
    for name in ("b/2.JPG", "b/a/3.png", "b/1.tif", "a.jpeg", "z.webp", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(JPEG)
    (tmp_path / ".hidden.jpg").write_bytes(JPEG)
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache/x.jpg").write_bytes(JPEG)
    ignored: Counter[str] = Counter()
    items = list(iter_sources([tmp_path], ignored=ignored))
    assert [Path(item.source).relative_to(tmp_path).as_posix() for item in items] == [
        *("a.jpeg", "z.webp", "b/1.tif", "b/2.JPG", "b/a/3.png")
    ]
    assert items[0].size == len(JPEG)
    assert ignored == {".txt": 1, ".": 2}


def test_link_loops_end_and_links_are_followed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.jpg").write_bytes(JPEG)
    (data / "again").symlink_to(data)
    (data / "up").symlink_to(tmp_path)
    (data / "b.jpg").symlink_to(data / "a.jpg")
    (data / "c.jpg").symlink_to(data / "nowhere.jpg")
    items, skips = split(data)
    assert [item.name for item in items] == ["a.jpg", "b.jpg"]
    assert [Path(skip.source).name for skip in skips] == ["c.jpg"]
    assert skips[0].reason == "the link leads nowhere: No such file or directory"


def test_a_folder_that_may_not_be_read_is_named_once(
    tmp_path: Path, monkeypatch
) -> None:
    locked = tmp_path / "data" / "locked"
    locked.mkdir(parents=True)
    (tmp_path / "data" / "a.jpg").write_bytes(JPEG)
    scandir = os.scandir

    def refuse(path):
        if Path(path) == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    items, (skip,) = split(tmp_path / "data")
    assert [item.name for item in items] == ["a.jpg"]
    assert (skip.source, skip.reason) == (
        locked.as_posix(),
        "cannot be read: Permission denied",
    )


def test_a_pipe_with_a_pictures_name_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(JPEG)
    items, skips = split(tmp_path)
    assert len(items) == 1 and "pipe" in skips[0].reason
    with pytest.raises(SourceNotFoundError, match="neither"):
        iter_sources([tmp_path / "a.jpg"])


def test_nothing_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"nowhere"):
        iter_sources([tmp_path / "nowhere"])
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(SourceNotFoundError, match="holds no image") as caught:
        iter_sources([tmp_path])
    assert ".jp2" in (caught.value.hint or "")
    with pytest.raises(SourceNotFoundError, match="holds no image"):
        iter_sources([tar_of(tmp_path / "a.tar", {"x.txt": b""})])
    with pytest.raises(SourceNotFoundError, match="holds no image"):
        iter_sources([zip_of(tmp_path / "a.zip", {"x.txt": b""})])
    with pytest.raises(ConfigError):
        iter_sources([])


PACKED = {
    "tar": "w",
    "tar.gz": "w:gz",
    "tgz": "w:gz",
    "tar.bz2": "w:bz2",
    "txz": "w:xz",
}


@pytest.mark.parametrize("kind", [*PACKED, "zip"])
def test_archives_in_place(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "in a folder"
    folder.mkdir()
    path = folder / f"a.{kind}"
    members = {
        "./b/2.jpg": JPEG,
        "b/1.jpg": OTHER,
        "b/1.jgw": b"1 0 0 -1 10 20",
        "b/notes.txt": b"x",
        "__MACOSX/b/._1.jpg": b"x",
    }
    if kind == "zip":
        zip_of(path, members)
    else:
        tar_of(path, members, PACKED[kind])
    before = sorted(p.name for p in tmp_path.rglob("*"))
    for place in (path, folder):
        items, skips = split(place)
        assert not skips
        assert [item.source for item in items] == [
            f"{path.as_posix()}!/b/2.jpg",
            f"{path.as_posix()}!/b/1.jpg",
        ]
        assert [item.data for item in items] == [JPEG, OTHER]
        assert items[1].companions == {".jgw": b"1 0 0 -1 10 20"}
        assert items[0].companions == {}
    assert find_item(items[1].source).data == OTHER
    assert find_item(items[1].source).companions == items[1].companions
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_members_are_read_one_at_a_time(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar", {"1.jpg": JPEG, "2.jpg": bytes(500_000) + OTHER})
    iterator = iter_sources([path])
    first = next(iterator)
    assert isinstance(first, SourceItem) and first.data == JPEG
    with path.open("r+b") as file:  # The second is read when its turn comes.
        file.seek(path.read_bytes().index(OTHER))
        file.write(b"changed")
    second = next(iterator)
    assert isinstance(second, SourceItem)
    assert second.data is not None and second.data[500_000:].startswith(b"changed")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_hostile_tar_members(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "bad.tar"
    with tarfile.open(path, mode) as archive:

        def add(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            info.size = len(JPEG) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(JPEG))

        add("first.jpg")
        add("/etc/a.jpg")
        add("../../b.jpg")
        add("soft.jpg", tarfile.SYMTYPE, "/etc/passwd")
        add("hard.jpg", tarfile.LNKTYPE, "first.jpg")
        add("null.jpg", tarfile.CHRTYPE)
        add("pipe.jpg", tarfile.FIFOTYPE)
        add("folder.jpg", tarfile.DIRTYPE)
        add("last.jpg")
    items, skips = split(path)
    assert [item.name for item in items] == ["first.jpg", "last.jpg"]
    assert [skip.source.partition("!/")[2] for skip in skips] == [
        *("/etc/a.jpg", "../../b.jpg", "soft.jpg", "hard.jpg", "null.jpg", "pipe.jpg")
    ]
    assert {skip.kind for skip in skips} == {"UnsafeArchiveError"}
    words = ["absolute", "'..'", "/etc/passwd", "link", "device", "pipe"]
    for skip, word in zip(skips, words, strict=True):
        assert word in skip.reason
    with pytest.raises(ImageryError, match="link"):
        find_item(f"{path}!/soft.jpg")


def test_hostile_zip_members(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("first.jpg", JPEG)
        archive.writestr("/etc/a.jpg", JPEG)
        archive.writestr("../b.jpg", JPEG)
        link = zipfile.ZipInfo("soft.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        secret = zipfile.ZipInfo("secret.jpg")
        archive.writestr(secret, JPEG)
        archive.writestr("odd.jpg", JPEG, compress_type=zipfile.ZIP_BZIP2)
        archive.writestr("last.jpg", JPEG)
    data = bytearray(path.read_bytes())
    # Set the flag "encrypted" of secret.jpg in the directory.
    at = data.rindex(b"secret.jpg") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 8] |= 1
    path.write_bytes(data)
    items, skips = split(path)
    assert [item.name for item in items] == ["first.jpg", "last.jpg"]
    words = ["absolute", "'..'", "link", "encrypted", "bzip2"]
    for skip, word in zip(skips, words, strict=True):
        assert word in skip.reason
        assert skip.kind == "UnsafeArchiveError"


def test_bombs(tmp_path: Path) -> None:
    zeros = bytes(5 * 2**20)
    noise = os.urandom(5 * 2**20)
    members = {"a.jpg": JPEG, "bomb.png": zeros, "b.png": noise, "small.png": zeros[:9]}
    for path in (
        zip_of(tmp_path / "a.zip", members),
        tar_of(tmp_path / "a.tar.gz", members, "w:gz"),
    ):
        items, skips = split(path)
        assert [item.name for item in items] == ["a.jpg", "b.png", "small.png"]
        (skip,) = skips
        assert skip.source.endswith("!/bomb.png") and "200 times" in skip.reason
    # A plain tar cannot inflate.
    assert len(names(tar_of(tmp_path / "a.tar", members))) == 4


def test_a_directory_that_lies_about_sizes(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"a.jpg": JPEG, "b.jpg": bytes(100_000)})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"b.jpg") - 46
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    items, skips = split(path)
    assert [item.name for item in items] == ["a.jpg"]
    assert "1000 announced" in skips[0].reason


def test_of_two_members_with_one_name_the_later_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for data in (JPEG, OTHER):
            info = tarfile.TarInfo("a.jpg")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    items, skips = split(path)
    assert [item.data for item in items] == [OTHER]
    assert "later member" in skips[0].reason
    assert find_item(items[0].source).data == OTHER


def test_a_zip_that_is_cut_off_can_be_repaired(tmp_path: Path) -> None:
    members = {f"{n}.jpg": os.urandom(2000) + bytes(70_000) for n in range(6)}
    path = zip_of(tmp_path / "a.zip", members)
    assert names(path) == list(members)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"4.jpg") + 500])
    items, (skip,) = split(path)
    assert items == [] and skip.kind == "ImageReadError"
    advice = f"zip -FF {path} --out whole.zip"
    assert skip.reason.endswith(advice)
    if shutil.which("zip") is None:
        pytest.skip("zip is not installed")
    # It asks whether the archive is all on one disk.
    subprocess.run(
        advice.split(), cwd=tmp_path, input=b"y\n", capture_output=True, check=False
    )
    items, skips = split(tmp_path / "whole.zip")
    assert [(item.name, item.data) for item in items] == list(members.items())[:4]
    assert all("4.jpg" in skip.source for skip in skips)


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "txz", "zip"])
def test_what_lies_before_a_break_is_read(tmp_path: Path, kind: str) -> None:
    members = {f"{n}.jpg": os.urandom(20_000) for n in range(10)}
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        zip_of(path, members, 0)
    else:
        tar_of(path, members, PACKED[kind])
    data = path.read_bytes()
    for share in (0.05, 0.5, 0.9):
        path.write_bytes(data[: int(len(data) * share)])
        items, skips = split(path)
        # The directory of a zip stands at its end.
        whole = int(share * 10) if share > 0.05 and kind != "zip" else 0
        assert len(items) in (whole, whole - 1)
        assert all(item.data == members[item.name] for item in items)
        (skip,) = skips
        assert skip.source == path.as_posix() and skip.kind == "ImageReadError"
        assert "cut off" in skip.reason


def test_archives_that_are_none(tmp_path: Path) -> None:
    for name, data in {
        "a.tar": b"not a tar",
        "b.tar.gz": b"not gzip",
        "c.zip": b"PK\x03\x04",
        "d.zip": b"",
        "e.tgz": gzip.compress(b"no tar inside"),
        "f.tar": b"",
        "g.tar.gz": b"\x1f\x8b\x08" + bytes(40),
    }.items():
        (tmp_path / name).write_bytes(data)
        items, skips = split(tmp_path / name)
        assert not items
        (skip,) = skips
        assert skip.source == (tmp_path / name).as_posix(), skip
    (tmp_path / "z.jpg").write_bytes(JPEG)
    items, skips = split(tmp_path)
    assert len(items) == 1 and len(skips) == 7


def test_damaged_header_in_the_middle(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar", {f"{n}.jpg": JPEG for n in range(3)})
    data = bytearray(path.read_bytes())
    at = data.index(b"1.jpg")
    data[at : at + 200] = bytes(b"\xff" * 200)
    path.write_bytes(data)
    items, skips = split(path)
    assert [item.name for item in items] == ["0.jpg"]
    assert "damaged" in skips[0].reason


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.bz2", "txz", "zip"])
def test_archives_told_by_content(tmp_path: Path, kind: str) -> None:
    members = {"1.jpg": JPEG}
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        zip_of(path, members)
    else:
        tar_of(path, members, PACKED[kind])
    other = path.rename(tmp_path / ("b.zip" if kind != "zip" else "b.tar"))
    assert names(other) == ["1.jpg"]


def test_odd_names_stay_readable(tmp_path: Path) -> None:
    folder = tmp_path / "line\nbreak"
    folder.mkdir()
    raw = os.fsencode(folder) + b"/st\xff\\ray.jpg"
    Path(os.fsdecode(raw)).write_bytes(JPEG)
    tar_of(folder / "a!.tar", {"x\ny\udcfe.jpg": OTHER, "ü!/z.jpg": OTHER})
    items, skips = split(tmp_path)
    assert len(items) == 3 and not skips
    for item in items:
        item.source.encode("utf-8")
        assert "\n" not in item.source
        chip = next(iter(open_scene(item, ImageryOptions()).chips()))
        again = read_chip(item.source, Window(0, 0, 60, 40), ImageryOptions())
        assert (again == chip.pixels).all()


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"a.jpg": JPEG})
    window = Window(0, 0, 60, 40)
    with pytest.raises(SourceNotFoundError, match=r"b\.jpg"):
        read_chip(f"{path}!/b.jpg", window, ImageryOptions())
    path.unlink()
    with pytest.raises(SourceNotFoundError, match="no longer there"):
        read_chip(f"{path}!/a.jpg", window, ImageryOptions())


def test_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    (tmp_path / "a.JGW").write_bytes(b"1 0 0 -1 10 20")
    monkeypatch.chdir(tmp_path)
    item = only(Path("a.jpg"))
    assert item.source == (tmp_path / "a.jpg").as_posix()
    assert item.companions == {".jgw": b"1 0 0 -1 10 20"}


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.bz2", "txz", "zip"])
def test_random_damage_is_reported_or_harmless(tmp_path: Path, kind: str) -> None:
    members = {f"{n}.jpg": JPEG for n in range(4)} | {"0.jgw": b"1 0 0 -1 0 0"}
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        zip_of(path, members)
    else:
        tar_of(path, members, PACKED[kind])
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 6):
            broken[at] = rng.integers(0, 256)
        path.write_bytes(broken)
        try:
            items, skips = split(path)
        except SourceNotFoundError:
            continue
        assert len(items) + len(skips) >= 1
        for item in items:
            assert item.data is not None and len(item.data) == item.size


@pytest.mark.parametrize("method, named", [(12, "bzip2"), (14, "LZMA")])
def test_zips_packed_otherwise_say_how_and_what_to_do(
    tmp_path: Path, method: int, named: str
) -> None:
    place = zip_of(tmp_path / "a.zip", {"a.png": encoded(colours(), "PNG")}, method)
    (skip,) = iter_sources([place])
    assert isinstance(skip, Skip) and named in skip.reason and "unpack" in skip.reason


def test_an_address_as_a_path_is_shown_whole() -> None:
    with pytest.raises(ImageryError, match=re.escape("https://example.invalid/a.tif")):
        item = find_item("https:/example.invalid/a.tif")
        item.head()


def test_a_skip_says_its_source_once(tmp_path: Path) -> None:
    bad = tmp_path / "bad.tif"
    bad.write_bytes(b"II*\0" + b"0" * 50)
    (item,) = iter_sources([bad])
    assert isinstance(item, SourceItem)
    with pytest.raises(ImageReadError) as caught:
        open_scene(item, ImageryOptions())
    skip = Skip(item.source, str(caught.value), "ImageReadError")
    assert "cannot read it" in skip.reason and item.source not in skip.reason


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "Git LFS"),
        (b"/annex/objects/SHA256E-s1--ab.tif\n", "git-annex"),
        (b"\n<!DOCTYPE html><html>404</html>", "a page of the web"),
        (b"<HTML><body>404</body>", "a page of the web"),
        (b'{"type": "Catalog"}', "JSON, not a picture"),
        (b"nothing of the kind", "its first bytes"),
    ],
)
def test_what_stands_where_a_picture_should_be_is_named(
    tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "a.tif").write_bytes(data)
    (item,) = iter_sources([tmp_path / "a.tif"])
    with pytest.raises(ImageReadError, match=said) as caught:
        open_scene(item, ImageryOptions())
    assert caught.value.hint


def zstd(data: bytes) -> bytes:
    import pyarrow as pa

    return pa.Codec("zstd").compress(data).to_pybytes()


def test_zstandard_in_place_and_damaged(tmp_path: Path) -> None:
    plain = tar_of(tmp_path / "a.tar", {"a/1.jpg": JPEG, "2.png": OTHER}).read_bytes()
    path = tmp_path / "a.tar.zst"
    path.write_bytes(zstd(plain))
    items, skips = split(path)
    assert [item.name for item in items] == ["a/1.jpg", "2.png"] and not skips
    assert items[0].data == JPEG and find_item(items[1].source).data == OTHER
    path.write_bytes(zstd(plain)[: len(zstd(plain)) // 2])
    _, (skip,) = split(path)
    assert "damaged" in skip.reason


@pytest.mark.parametrize("kind", ["tar.bz2", "tar.xz"])
def test_what_is_too_large_to_hold_says_so_where_gdal_cannot_look(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rsrag.imagery.sources import member_items

    monkeypatch.setattr(member_items, "IN_MEMORY_LIMIT", len(JPEG) - 1)
    path = tar_of(tmp_path / f"a.{kind}", {"1.jpg": JPEG}, f"w:{kind[4:]}")
    _, (skip,) = split(path)
    assert "unpack it first" in skip.reason


@pytest.mark.parametrize("name", ["catalog.json", "collection.json"])
def test_a_folder_of_a_catalogue_says_what_to_name(tmp_path, name) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(SourceNotFoundError, match="holds no image") as caught:
        list(iter_sources([tmp_path]))
    assert caught.value.hint == f"a STAC catalogue is named itself: {tmp_path}/{name}"
