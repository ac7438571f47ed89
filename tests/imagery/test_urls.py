import os
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from drawing import colours, encoded, write_raster
from products import UTM, item, write_json
from serving import Served, serve

from rsrag.errors import BucketError, ConfigError, ImageReadError, SourceNotFoundError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import open_scene, read_chip
from rsrag.imagery.sources import remote
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.imagery.sources.urls import as_url, public, source_text
from rsrag.types import Chip, Skip, Window

RGB = colours(64, 64).transpose(2, 0, 1).copy()


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(remote, "TIMEOUT_S", 1)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path / "served"
    folder.mkdir()
    write_raster(folder / "scene.tif", RGB, **UTM)
    large = np.random.default_rng(0).integers(1, 255, (3, 1024, 1024), np.uint8)
    write_raster(
        folder / "large.tif", large, tiled=True, blockxsize=128, blockysize=128, **UTM
    )
    (folder / "photo.png").write_bytes(encoded(colours(), "PNG"))
    (folder / "page.tif").write_bytes(b"<html>please log in</html>")
    with serve(folder) as served:
        yield served


def scene(url: str | Path, **options):
    given = ImageryOptions(**options)
    (one,) = iter_sources([url], options=given)
    assert isinstance(one, SourceItem)
    return open_scene(one, given)


def skipped(url: str) -> Skip:
    (one,) = iter_sources([url], options=ImageryOptions())
    assert isinstance(one, Skip)
    return one


def chips(url: str | Path, **options) -> list[Chip]:
    opened = scene(url, **options)
    try:
        found = list(opened.chips())
    finally:
        opened.close()
    assert all(isinstance(one, Chip) for one in found), found
    return found


@pytest.mark.parametrize("as_path", [False, True])
def test_a_picture_on_a_server(web: Served, as_path: bool) -> None:
    url = f"{web.url}/scene.tif"
    (chip,) = chips(Path(url) if as_path else url)
    assert chip.record.source == url and chip.record.crs == "EPSG:32632"
    np.testing.assert_array_equal(chip.pixels, RGB.transpose(1, 2, 0))
    again = read_chip(url, chip.record.window, ImageryOptions())
    np.testing.assert_array_equal(again, chip.pixels)
    (photo,) = chips(f"{web.url}/photo.png")
    np.testing.assert_array_equal(photo.pixels, colours())
    # Only what was named was asked for: no sidecar, no folder.
    assert {path for _, path, _ in web.requests} == {"/scene.tif", "/photo.png"}


def test_only_the_blocks_of_a_window_travel(web: Served) -> None:
    opened = scene(f"{web.url}/large.tif", chip_size=None)
    web.sent = 0
    pixels = opened.read_pixels(Window(512, 512, 128, 128))
    opened.close()
    large = np.random.default_rng(0).integers(1, 255, (3, 1024, 1024), np.uint8)
    whole = large.transpose(1, 2, 0)[512:640, 512:640]
    np.testing.assert_array_equal(pixels[:128, :128], whole)
    assert 0 < web.sent < 500_000  # Of more than three million bytes.


def test_ids_follow_the_servers_mark(web: Served, tmp_path: Path) -> None:
    url = f"{web.url}/scene.tif"
    first = chips(url)[0].record
    assert chips(url)[0].record.id == first.id
    signed = chips(f"{url}?sig=1")[0].record
    assert signed.source == url and signed.id == first.id
    os.utime(tmp_path / "served/scene.tif", (1, 1))
    assert chips(url)[0].record.id != first.id
    web.etag = False
    bare = chips(url)[0].record.id
    assert bare == chips(url)[0].record.id != first.id


def test_signatures_are_used_and_never_shown(web: Served) -> None:
    url = f"{web.url}/scene.tif?sig=S%2FECRET&x=1"
    (one,) = iter_sources([url])
    assert isinstance(one, SourceItem)
    assert "ECRET" not in repr(one) and "ECRET" not in one.source
    (chip,) = chips(url)
    assert "ECRET" not in chip.record.source
    assert all("sig=S%2FECRET" in path for _, path, _ in web.requests)
    web.fail["/scene.tif"] = 403
    with pytest.raises(ImageReadError, match="403") as caught:
        chips(url)
    assert "ECRET" not in str(caught.value) and "signed" in (caught.value.hint or "")
    assert source_text(url) == f"{web.url}/scene.tif"


@pytest.mark.parametrize(
    "status, error", [(404, SourceNotFoundError), (410, SourceNotFoundError)]
)
def test_what_is_gone(web: Served, status: int, error: type) -> None:
    web.fail["/scene.tif"] = status
    with pytest.raises(error, match=str(status)):
        chips(f"{web.url}/scene.tif")


def test_passwords_come_from_netrc(
    web: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    web.login = "Basic dXNlcjpwYXNz"  # user:pass
    with pytest.raises(ImageReadError, match="401") as caught:
        chips(f"{web.url}/scene.tif")
    assert "netrc" in (caught.value.hint or "")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password pass\n")
    (tmp_path / ".netrc").chmod(0o600)
    (chip,) = chips(f"{web.url}/scene.tif")
    np.testing.assert_array_equal(chip.pixels, RGB.transpose(1, 2, 0))


def test_what_a_server_may_answer(web: Served) -> None:
    web.fail["/scene.tif"] = 500
    with pytest.raises(ImageReadError, match="500"):
        chips(f"{web.url}/scene.tif")
    with pytest.raises(ImageReadError, match="a page of the web"):
        chips(f"{web.url}/page.tif")
    web.ranges = False
    with pytest.raises(ImageReadError, match="no ranges"):
        chips(f"{web.url}/large.tif")


def test_a_server_that_fails_half_way(web: Served) -> None:
    opened = scene(f"{web.url}/large.tif")
    web.fail["/large.tif"] = 404
    found = list(opened.chips())
    opened.close()
    assert found and all(isinstance(one, Skip) for one in found)
    assert all(one.kind == "ImageReadError" for one in found if isinstance(one, Skip))


def test_no_server_and_a_silent_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ImageReadError, match="no answer"):
            chips(f"http://127.0.0.1:{port}/a.tif")
    with pytest.raises(ImageReadError, match="no answer"):
        chips(f"http://127.0.0.1:{port}/a.tif")


def test_offline_asks_nobody(web: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RSRAG_OFFLINE", "1")
    with pytest.raises(ImageReadError, match="RSRAG_OFFLINE"):
        chips(f"{web.url}/scene.tif")
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    for url in ("s3://bucket/a.tif", "s3://bucket/folder/"):
        assert "RSRAG_OFFLINE" in skipped(url).reason
    assert not web.requests


def test_buckets_through_gdal(
    web: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "served/bucket").mkdir()
    (tmp_path / "served/scene.tif").rename(tmp_path / "served/bucket/scene.tif")
    settings = {
        "AWS_S3_ENDPOINT": web.url.removeprefix("http://"),
        "AWS_HTTPS": "NO",
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "AWS_NO_SIGN_REQUEST": "YES",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (chip,) = chips(Path("s3://bucket/scene.tif"))
    assert chip.record.source == "s3://bucket/scene.tif"
    np.testing.assert_array_equal(chip.pixels, RGB.transpose(1, 2, 0))
    again = read_chip("s3://bucket/scene.tif", chip.record.window, ImageryOptions())
    np.testing.assert_array_equal(again, chip.pixels)
    write_raster(tmp_path / "served/bucket/other.tif", RGB[::-1].copy(), **UTM)
    assert chips("s3://bucket/other.tif")[0].record.id != chip.record.id
    assert skipped("s3://bucket/gone.tif").kind == "SourceNotFoundError"
    with pytest.raises(BucketError, match="404"):  # This server lists nothing.
        chips("s3://bucket/unknown")


def test_assets_of_a_catalogue_on_a_server(web: Served, tmp_path: Path) -> None:
    path = write_json(tmp_path / "x.json", item(href=f"{web.url}/scene.tif?sig=SECRET"))
    (chip,) = chips(path, remote=True)
    assert chip.record.source == f"{path.as_posix()}!/scene"
    assert chip.record.sensor == "s2a"
    options = ImageryOptions(remote=True)
    again = read_chip(chip.record.source, chip.record.window, options)
    np.testing.assert_array_equal(again, chip.pixels)
    (skip,) = iter_sources([path])
    assert isinstance(skip, Skip) and "SECRET" not in skip.reason


def test_bands_on_a_server(web: Served, tmp_path: Path) -> None:
    for number, name in enumerate(("red", "green", "blue")):
        write_raster(tmp_path / f"served/{name}.tif", RGB[number : number + 1], **UTM)
    assets = {
        name: {
            "href": f"{web.url}/{name}.tif",
            "type": "image/tiff",
            "eo:bands": [{"common_name": name}],
        }
        for name in ("blue", "green", "red")
    }
    path = write_json(tmp_path / "x.json", item(assets=assets))
    (chip,) = chips(path, remote=True)
    np.testing.assert_array_equal(chip.pixels, RGB.transpose(1, 2, 0))
    assert {p for _, p, _ in web.requests} == {"/red.tif", "/green.tif", "/blue.tif"}


@pytest.mark.parametrize(
    "wrong, said",
    [
        ("https://user:SECRET@example.com/a.tif", "password"),
        ("https://example.com", "no file"),
        ("https://example.com/", "no file"),
        ("s3://b", "no bucket"),
        ("https://example.com:port/a.tif", "no address"),
        ("https://[example.com/a.tif", "no address"),
        ("https://example.com/a\nb.tif", "control"),
    ],
)
def test_wrong_addresses(wrong: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        iter_sources([wrong])
    assert "SECRET" not in str(caught.value) + (caught.value.hint or "")


def test_documents_and_archives_on_servers(web: Served) -> None:
    for name in ("catalog.json", "a.tar", "a.zip"):
        with pytest.raises(ConfigError, match=name):
            iter_sources([f"{web.url}/{name}"])


def test_addresses_and_paths() -> None:
    assert as_url(Path("https://a.b/c.tif")) == "https://a.b/c.tif"
    assert as_url("HTTPS://a.b/c.tif") == "https://a.b/c.tif"
    assert as_url("gs:/bucket/c.tif") == "gs://bucket/c.tif"
    assert as_url("/a/https://b") is None and as_url("https") is None
    assert as_url("file:///a.tif") is None
    assert public("https://u:p@a.b:8/c.tif?sig=1#x") == "https://a.b:8/c.tif"
    assert source_text(Path("a.tif")) == str(Path.cwd() / "a.tif")
    with pytest.raises(SourceNotFoundError):
        find_item("/nowhere/a.tif")
