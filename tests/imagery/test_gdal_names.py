"""Names of sources that GDAL opens, tried with GDAL itself."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
import rasterio
from PIL import Image

from rsrag.imagery.sources.gdal_names import gdal_name
from rsrag.imagery.sources.sources import iter_sources

PIXELS = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)


def png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, "PNG")
    return out.getvalue()


def zipped(names) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in names.items():
            file.writestr(name, data)
    return out.getvalue()


def archive(folder, kind):
    name = "deep/a b.png"
    if kind == "plain":
        path = folder / "odd!" / "a.png"
        path.parent.mkdir()
        path.write_bytes(png())
    elif kind == "zip":
        path = folder / "in.zip"
        path.write_bytes(zipped({name: png()}))
    elif kind == "zip in zip":
        path = folder / "in.zip"
        path.write_bytes(zipped({"inner.zip": zipped({name: png()})}))
    else:
        path = folder / f"in.{kind}"
        mode = {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz"}[kind]
        with tarfile.open(path, mode) as file:
            info = tarfile.TarInfo(name)
            info.size = len(png())
            file.addfile(info, io.BytesIO(png()))
    return path


def source_of(path):
    found = [one for one in iter_sources([path]) if one.name]
    return found[0].source


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
@pytest.mark.parametrize("kind", ["plain", "zip", "zip in zip", "tar", "tar.gz"])
def test_gdal_opens_the_same_picture(tmp_path, kind) -> None:
    path = archive(tmp_path, kind)
    with rasterio.open(gdal_name(source_of(path))) as file:
        assert (np.moveaxis(file.read(), 0, 2) == PIXELS).all()


def test_what_gdal_does_not_look_into_has_no_name(tmp_path) -> None:
    assert gdal_name(source_of(archive(tmp_path, "tar.xz"))) is None


def test_addresses() -> None:
    assert gdal_name("https://a.example/x.tif") == "/vsicurl/https://a.example/x.tif"
    assert gdal_name("s3://bucket/x.tif") == "/vsis3/bucket/x.tif"


def test_letters_that_were_escaped_come_back() -> None:
    assert gdal_name("/none/a\\x0ab\\\\c.png") == "/none/a\nb\\c.png"
