"""Zips in zips: read in place, so deep and no deeper, whatever they hold."""

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
from drawing import colours, encoded, write_raster, zip_of
from products import UTM, safe, zipped
from test_split_bands import L8, landsat, packed

from rsrag.imagery.archives import zip_archive
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import open_scene, read_chip
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.types import Chip, Skip

PNG = encoded(colours(), "PNG")


def inner(members: dict[str, bytes], method: int = 8) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def found(*paths: Path) -> tuple[list[SourceItem], list[Skip]]:
    both = list(iter_sources(paths))
    items = [one for one in both if isinstance(one, SourceItem)]
    return items, [one for one in both if isinstance(one, Skip)]


@pytest.mark.parametrize("outer_method", [0, 8])
@pytest.mark.parametrize("inner_method", [0, 8])
def test_pictures_in_inner_zips(
    tmp_path: Path, outer_method: int, inner_method: int
) -> None:
    deep = inner({"c.png": PNG}, inner_method)
    first = inner({"a.png": PNG, "x/b.png": PNG, "deep.zip": deep}, inner_method)
    place = zip_of(
        tmp_path / "o.zip", {"d.png": PNG, "in/first.ZIP": first}, outer_method
    )
    items, skips = found(place)
    names = [item.source.removeprefix(f"{place.as_posix()}!/") for item in items]
    assert names == [
        "d.png",
        "in/first.ZIP!/a.png",
        "in/first.ZIP!/x/b.png",
        "in/first.ZIP!/deep.zip!/c.png",
    ]
    assert not skips and all(item.data == PNG for item in items)
    for item in items:
        assert find_item(item.source).data == PNG
        scene = open_scene(item, ImageryOptions())
        (chip,) = scene.chips()
        scene.close()
        assert isinstance(chip, Chip)
        again = read_chip(item.source, chip.record.window, ImageryOptions())
        np.testing.assert_array_equal(again, colours())


@pytest.mark.parametrize("method", [0, 8])
def test_products_in_inner_zips(tmp_path: Path, method: int) -> None:
    one = packed(landsat(tmp_path / "l"), tmp_path / f"{L8}.zip")
    two = zipped(safe(tmp_path / "s"), tmp_path / "s2.zip", 8)
    members = {path.name: path.read_bytes() for path in (one, two)}
    place = zip_of(tmp_path / "delivery.zip", members, method)
    items, skips = found(place)
    assert not skips and len(items) == 2
    for item, alone in zip(items, (one, two), strict=True):
        (other,), _ = found(alone)
        pixels = []
        for given in (item, other):
            scene = open_scene(given, ImageryOptions())
            (chip,) = scene.chips()
            scene.close()
            assert isinstance(chip, Chip)
            pixels.append(
                (chip.record.bbox, chip.record.datetime, chip.pixels.tobytes())
            )
        assert pixels[0] == pixels[1]
        assert item.sha256() == other.sha256()


@pytest.mark.parametrize("methods", [(0, 0), (0, 8), (8, 0), (8, 8)])
def test_large_members_are_read_where_they_lie(
    tmp_path: Path, methods: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tif = write_raster(tmp_path / "a.tif", colours(40, 40).transpose(2, 0, 1), **UTM)
    data = inner({"x/a.tif": tif.read_bytes()}, methods[1])
    place = zip_of(tmp_path / "o.zip", {"in.zip": data}, methods[0])
    from rsrag.imagery.sources import member_items

    monkeypatch.setattr(member_items, "IN_MEMORY_LIMIT", 10)
    (item,), _ = found(place)
    assert item.gdal_path is not None
    scene = open_scene(item, ImageryOptions())
    (chip,) = scene.chips()
    scene.close()
    assert isinstance(chip, Chip)
    np.testing.assert_array_equal(chip.pixels, colours(40, 40))
    assert item.sha256() == find_item(tif.as_posix()).sha256()


def test_too_deep_too_many_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = inner({"a.png": PNG})
    for level in range(3):
        data = inner({f"{level}.zip": data})
    items, (skip,) = found(zip_of(tmp_path / "deep.zip", {"x.zip": data}))
    assert not items and "3 archives deep" in skip.reason
    monkeypatch.setattr(zip_archive, "INNER_LIMIT", 2)
    many = {f"{n}.zip": inner({"a.png": PNG}) for n in range(4)}
    items, (skip,) = found(zip_of(tmp_path / "many.zip", many))
    assert len(items) == 2 and "4 archives in an archive" in skip.reason
    monkeypatch.setattr(zip_archive, "IN_MEMORY_LIMIT", 10)
    items, (skip,) = found(zip_of(tmp_path / "large.zip", {"a.zip": many["0.zip"]}))
    assert not items and "packed again" in skip.reason
    # Stored as it is, it may have any size.
    items, skips = found(zip_of(tmp_path / "ok.zip", {"a.zip": many["0.zip"]}, 0))
    assert len(items) == 1 and not skips


def test_hostile_members_of_inner_zips(tmp_path: Path) -> None:
    bad = inner(
        {"../a.png": PNG, "ok.png": PNG, ".hidden.zip": PNG, "__MACOSX/b.zip": b""}
    )
    members = {"in.zip": bad, "../out.zip": bad, "none.zip": b"PK\3\4 no zip"}
    items, skips = found(zip_of(tmp_path / "o.zip", members))
    assert [item.name for item in items] == ["in.zip!/ok.png"]
    reasons = {skip.source.rpartition("o.zip!/")[2]: skip.reason for skip in skips}
    assert "climbs out" in reasons["in.zip!/../a.png"]
    assert "damaged" in reasons["none.zip"]


def test_any_damage_of_a_zip_in_a_zip_ends_in_words(tmp_path: Path) -> None:
    good = zip_of(tmp_path / "good.zip", {"in.zip": inner({"a.png": PNG})}, 0)
    data = good.read_bytes()
    rng = random.Random(0)
    for number in range(80):
        broken = bytearray(data)
        for _ in range(3):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(broken)
        try:
            items, skips = found(path)
        except Exception as exc:
            assert type(exc).__module__ == "rsrag.errors", repr(exc)
            continue
        assert items or skips
