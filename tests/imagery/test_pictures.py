"""Every kind of picture gives right pixels, or a clear reason."""

import hashlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from drawing import (
    chips_of,
    colours,
    encoded,
    only,
    read_all,
    scene_of,
    tar_of,
    write_raster,
)
from PIL import Image

from rsrag.errors import ImageReadError, SourceNotFoundError
from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.imagery.pixels.file_formats import sniff
from rsrag.imagery.pixels.pillow_pixels import hush_pillow
from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.reading import chip_id
from rsrag.imagery.scenes import load_picture, open_scene, read_chip
from rsrag.types import Chip, Skip, Window

PICTURE = colours()


def png(width: int, height: int, depth: int, kind: int, raw: bytes, *extra) -> bytes:
    """A PNG by hand: ``raw`` are filtered rows, ``extra`` chunks before the data."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *(chunk(*pair) for pair in extra)]
    parts += [chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def one(path: Path, data: bytes, **options) -> Chip:
    path.write_bytes(data)
    (chip,) = chips_of(path, **options)
    return chip


@pytest.mark.parametrize("format", ["PNG", "BMP", "WEBP", "TIFF", "JPEG2000"])
def test_lossless_formats_give_the_very_pixels(tmp_path: Path, format: str) -> None:
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(PICTURE, format, **options)
    suffix = {"JPEG2000": "jp2"}.get(format, format.lower())
    chip = one(tmp_path / f"a.{suffix}", data)
    assert (chip.pixels == PICTURE).all()
    assert chip.pixels.dtype == np.uint8 and chip.pixels.flags.c_contiguous
    assert chip.record.window == Window(0, 0, 60, 40)
    assert chip.record.footprint is None and chip.record.crs is None
    assert chip.record.nodata_share == 0
    # The same from an archive, and by content whatever the ending says.
    assert (one(tmp_path / "wrong.jpg", data).pixels == PICTURE).all()
    tar = tar_of(tmp_path / "t.tar", {f"a.{suffix}": data})
    (packed,) = chips_of(tar)
    assert (packed.pixels == PICTURE).all()
    assert packed.record.id == chip.record.id
    assert (load_picture(tmp_path / "wrong.jpg") == PICTURE).all()


def test_jpeg_as_pillow_decodes_it(tmp_path: Path) -> None:
    data = encoded(PICTURE)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    assert (one(tmp_path / "a.jpg", data).pixels == expected).all()


def test_modes(tmp_path: Path) -> None:
    flat = Image.new("RGB", (30, 20), (200, 30, 60))
    cmyk = one(tmp_path / "cmyk.jpg", encoded(flat.convert("CMYK"), "JPEG"))
    assert abs(cmyk.pixels.astype(int) - (200, 30, 60)).max() <= 4
    cmyk = one(tmp_path / "cmyk.tif", encoded(flat.convert("CMYK"), "TIFF"))
    assert abs(cmyk.pixels.astype(int) - (200, 30, 60)).max() <= 1
    palette = flat.quantize(4)
    for format in ("PNG", "GIF", "TIFF", "BMP"):
        chip = one(tmp_path / f"p.{format.lower()}", encoded(palette, format))
        assert (chip.pixels == (200, 30, 60)).all()
    grey = Image.new("L", (30, 20), 77)
    for format in ("PNG", "TIFF", "JPEG"):
        chip = one(tmp_path / f"l.{format.lower()}", encoded(grey, format))
        assert (chip.pixels == 77).all()


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "GIF"])
def test_one_bit(tmp_path: Path, format: str) -> None:
    bits = np.zeros((20, 30), bool)
    bits[:, 10:] = True
    data = encoded(Image.fromarray(bits), format)
    chip = one(tmp_path / f"a.{format.lower()}", data)
    assert (chip.pixels[:, :10] == 0).all() and (chip.pixels[:, 10:] == 255).all()


def test_white_is_zero(tmp_path: Path) -> None:
    bits = np.zeros((20, 30), bool)
    bits[:, 10:] = True
    data = encoded(Image.fromarray(bits), "TIFF", tiffinfo={262: 0})
    chip = one(tmp_path / "a.tif", data)
    assert {int(chip.pixels[0, 0, 0]), int(chip.pixels[0, 20, 0])} == {0, 255}


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_alpha_zero_is_no_data(tmp_path: Path, mode: str, format: str) -> None:
    image = Image.fromarray(PICTURE).convert(mode)
    alpha = np.full((40, 60), 255, np.uint8)
    alpha[:, :15] = 0
    alpha[:, 15:20] = 3  # Faint is not missing.
    image.putalpha(Image.fromarray(alpha))
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    chip = one(tmp_path / f"a.{format.lower()}", encoded(image, format, **options))
    assert chip.record.nodata_share == 0.25
    assert not chip.pixels[:, :15].any()
    expected = np.asarray(Image.fromarray(PICTURE).convert(mode[:-1]).convert("RGB"))
    assert (chip.pixels[:, 15:] == expected[:, 15:]).all()


def test_transparent_palette(tmp_path: Path) -> None:
    raw = b"".join(b"\0" + bytes([0, 1, 2, 2]) for _ in range(2))
    extra = [(b"PLTE", bytes([9, 9, 9, 50, 60, 70, 1, 2, 3])), (b"tRNS", b"\0\xff")]
    chip = one(tmp_path / "a.png", png(4, 2, 8, 3, raw, *extra))
    assert chip.pixels[0].tolist() == [[0] * 3, [50, 60, 70], [1, 2, 3], [1, 2, 3]]
    assert chip.record.nodata_share == 0.25


def test_palette_of_16_bits_is_refused_or_right(tmp_path: Path) -> None:
    # PNG knows no such thing.
    raw = b"".join(b"\0" + bytes(8) for _ in range(2))
    (tmp_path / "a.png").write_bytes(png(4, 2, 16, 3, raw, (b"PLTE", bytes(3))))
    with pytest.raises(ImageReadError, match=r"a\.png"):
        scene_of(tmp_path / "a.png")
    # TIFF does: 65,536 colours, three columns of 16 bits.
    values = np.array([[0, 1, 40000, 65535]], "<u2")
    table = np.zeros((3, 65536), "<u2")
    table[:, 1] = (65535, 0, 257)
    table[:, 40000] = (257 * 7, 257 * 8, 257 * 9)
    (tmp_path / "a.tif").write_bytes(palette_tiff(values, table))
    (result,) = read_results(tmp_path / "a.tif")
    if isinstance(result, Chip):
        expected = [[0, 0, 0], [255, 0, 1], [7, 8, 9], [0, 0, 0]]
        assert result.pixels[0].tolist() == expected
    else:
        assert "palette" in result.reason


def palette_tiff(values: np.ndarray, table: np.ndarray) -> bytes:
    height, width = values.shape
    pixels, colour = values.tobytes(), table.tobytes()
    start = 8 + 2 + 10 * 12 + 4
    entries = [
        *((256, 3, 1, width), (257, 3, 1, height), (258, 3, 1, 16), (259, 3, 1, 1)),
        *((262, 3, 1, 3), (273, 4, 1, start), (277, 3, 1, 1), (278, 3, 1, height)),
        (279, 4, 1, len(pixels)),
        (320, 3, table.size, start + len(pixels)),
    ]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    count = struct.pack("<H", len(entries))
    head = b"II*\0" + struct.pack("<I", 8) + count + directory + bytes(4)
    return head + pixels + colour


def read_results(path: Path, **options) -> list[Chip | Skip]:
    """Chips and skips; an error on opening counts as a skip."""
    try:
        return read_all(path, **options)
    except ImageReadError as exc:
        return [Skip(str(path), str(exc), type(exc).__name__)]


def test_16_bit_png_is_stretched(tmp_path: Path) -> None:
    ramp = np.linspace(1000, 9000, 60, dtype=np.uint16)
    image = Image.fromarray(np.tile(ramp, (40, 1)))
    chip = one(tmp_path / "a.png", encoded(image, "PNG"))
    row = chip.pixels[0, :, 0].astype(int)
    assert row[0] == 0 and row[-1] == 255 and (np.diff(row) >= 0).all()
    rgb = np.repeat(np.tile(ramp, (40, 1))[:, :, None], 3, axis=2).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in rgb)
    again = one(tmp_path / "rgb.png", png(60, 40, 16, 2, raw))
    assert (again.pixels == chip.pixels).all()


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation(tmp_path: Path, format: str) -> None:
    first, second = (Image.new("RGB", (30, 20), c) for c in ("red", "blue"))
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(
        first, format, save_all=True, append_images=[second], duration=100, **options
    )
    chip = one(tmp_path / f"a.{format.lower()}", data)
    assert (chip.pixels == (255, 0, 0)).all()


def test_exif_orientation(tmp_path: Path) -> None:
    """A plain picture is set upright; a georeferenced one stays as it is stored."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn a quarter clockwise.
    data = encoded(PICTURE, "PNG", exif=exif)
    upright = np.rot90(PICTURE, -1)
    chip = one(tmp_path / "a.png", data)
    assert chip.record.window == Window(0, 0, 40, 60)
    assert (chip.pixels == upright).all()
    assert (load_picture(tmp_path / "a.png") == upright).all()
    again = read_chip(chip.record.source, chip.record.window, ImageryOptions())
    assert (again == upright).all()
    placed = one(tmp_path / "a.png", data, bounds=(0, 0, 6, 4))
    assert placed.record.window == Window(0, 0, 60, 40)
    assert (placed.pixels == PICTURE).all()


def test_damaged_exif_costs_neither_the_picture_nor_a_warning(tmp_path: Path) -> None:
    hush_pillow.cache_clear()  # Each test has warning filters of its own.
    exif = Image.Exif()
    exif[0x0110] = "DJI FC6310 with a long name"
    data = encoded(PICTURE, exif=exif)
    at = data.index(b"Exif\0\0") + 6 + 8 + 2 + 4  # The count of the first tag.
    broken = data[:at] + b"\xff\xff\xff\x7f" + data[at + 4 :]
    chip = one(tmp_path / "a.jpg", broken)
    assert (chip.pixels == one(tmp_path / "b.jpg", data).pixels).all()
    assert chip.record.sensor is None


def test_zero_bytes_and_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(ImageReadError, match="empty"):
        scene_of(tmp_path / "a.jpg")
    starts = (b"<html>", b"\xff\xd8\xff", b"II*\0", b"\x89PNG\r\n\x1a\n", b"BM" * 20)
    for data in starts:
        (tmp_path / "a.jpg").write_bytes(data)
        with pytest.raises(ImageReadError, match=r"a\.jpg"):
            scene_of(tmp_path / "a.jpg")
        with pytest.raises(ImageReadError):
            load_picture(tmp_path / "a.jpg")
    with pytest.raises(SourceNotFoundError):
        load_picture(tmp_path / "b.jpg")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "JPEG2000"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_truncated(tmp_path: Path, format: str, share: float) -> None:
    data = encoded(colours(200, 300), format)
    path = tmp_path / "a.img.jpg"
    path.write_bytes(data[: int(len(data) * share)])
    results = read_results(path)
    # JPEG 2000 is made to be cut: its decoder may give a coarser picture.
    if format == "JPEG2000" and isinstance(results[0], Chip):
        assert share > 0.1
        return
    assert [result.kind for result in results] == ["ImageReadError"]
    assert results[0].reason


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "JPEG2000"])
def test_damaged_bytes_are_never_an_accident(tmp_path: Path, format: str) -> None:
    rng = np.random.default_rng(0)
    data = encoded(colours(60, 90), format)
    for _ in range(40):
        broken = bytearray(data)
        for at in rng.integers(0, min(len(data), 400), 3):
            broken[at] = rng.integers(0, 256)
        (tmp_path / "a.jpg").write_bytes(broken)
        for result in read_results(tmp_path / "a.jpg", max_pixels=2**20):
            assert isinstance(result, Chip) or result.reason


def test_gigantic_claims(tmp_path: Path) -> None:
    huge = png(200_000, 200_001, 8, 2, b"")
    (tmp_path / "a.png").write_bytes(huge)
    with pytest.raises(ImageReadError, match="40000200000 pixels"):
        scene_of(tmp_path / "a.png")
    # Within the limit it is opened in windows, and fails where there are no rows.
    (tmp_path / "a.png").write_bytes(png(30_000, 30_000, 8, 2, b""))
    scene = scene_of(tmp_path / "a.png")
    assert scene.sequential and scene.width == 30_000
    (skip,) = scene.read(scene.pieces[0])
    assert isinstance(skip, Skip) and skip.kind == "ImageReadError"
    scene.close()
    with pytest.raises(ImageReadError, match="more than 100"):
        scene_of(tmp_path / "a.png", max_pixels=100)


def test_a_large_picture_is_tiled_from_one_decoding(tmp_path: Path) -> None:
    pixels = colours(700, 1300)
    (tmp_path / "a.png").write_bytes(encoded(pixels, "PNG"))
    chips = chips_of(tmp_path / "a.png")
    assert [tuple(chip.record.window) for chip in chips] == [
        *((0, 0, 512, 512), (512, 0, 512, 512), (1024, 0, 276, 512)),
        *((0, 512, 512, 188), (512, 512, 512, 188), (1024, 512, 276, 188)),
    ]
    for chip in chips:
        x, y, width, height = chip.record.window
        assert chip.pixels.shape == (512, 512, 3)
        part = pixels[y : y + height, x : x + width]
        assert (chip.pixels[:height, :width] == part).all()
        assert chip.pixels.sum() == part.sum()
        assert chip.record.nodata_share == 1 - width * height / 512**2
        again = read_chip(chip.record.source, chip.record.window, ImageryOptions())
        assert (again == chip.pixels).all()
    with pytest.raises(ImageReadError, match="no window"):
        read_chip(chips[0].record.source, Window(1024, 0, 512, 512), ImageryOptions())


def test_chips_with_too_little_data_are_left_out(tmp_path: Path) -> None:
    pixels = colours(64, 130)
    pixels[:, 64:128] = 0
    (tmp_path / "a.png").write_bytes(encoded(pixels, "PNG"))
    results = read_all(tmp_path / "a.png", chip_size=Size(64), nodata=0, max_nodata=0.5)
    assert [getattr(r, "kind", "chip") for r in results] == ["chip", "nodata", "nodata"]
    assert "100.0%" in results[1].reason and "96.9%" in results[2].reason


def test_bands_and_stretch_of_small_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    chip = one(path, encoded(PICTURE, "PNG"), bands=("blue", "2", "red"))
    assert (chip.pixels == PICTURE[:, :, ::-1]).all()
    (chip,) = chips_of(path, bands=("green",))
    assert (chip.pixels == PICTURE[:, :, 1:2]).all()
    (chip,) = chips_of(path, stretch="range:0,510")
    assert abs(chip.pixels * 2.0 - PICTURE).max() <= 1
    (chip,) = chips_of(path, stretch="percentile:0,100")
    assert chip.pixels.min() == 0 and chip.pixels.max() == 255
    with pytest.raises(ImageReadError, match="B08"):
        scene_of(path, bands=("B08",))


def test_ids(tmp_path: Path) -> None:
    data = encoded(PICTURE)
    plain = one(tmp_path / "a.jpg", data).record.id
    assert plain == one(tmp_path / "b.jpg", data).record.id
    assert len(plain) == 32 and int(plain, 16)
    here = one(tmp_path / "a.jpg", data, bounds=(0, 0, 1, 1)).record.id
    there = one(tmp_path / "a.jpg", data, bounds=(0, 0, 1, 2)).record.id
    utm = one(tmp_path / "a.jpg", data, bounds=(0, 0, 1, 1), crs="EPSG:32633")
    assert len({plain, here, there, utm.record.id}) == 4


def test_ids_are_fixed_for_ever() -> None:
    """An index of another day must know its chips again."""
    window = Window(1, 2, 3, 4)
    place = Georeference("EPSG:32633", (10.0, 0.0, 0.1, 0.0, -10.0, 5e6))
    own = Georeference("EPSG:32633", place.transform, from_file=True)
    ids = [chip_id("00" * 32, where, window) for where in (None, place, own)]
    assert ids == [
        hashlib.sha256(text.encode()).hexdigest()[:32]
        for text in (
            f'["rsrag-chip-1", "{"00" * 32}", null, [1, 2, 3, 4], 1]',
            f'["rsrag-chip-1", "{"00" * 32}", '
            '["EPSG:32633", "10", "0", "0.1", "0", "-10", "5000000"], [1, 2, 3, 4], 1]',
            f'["rsrag-chip-1", "{"00" * 32}", '
            '["file", "10", "0", "0.1", "0", "-10", "5000000"], [1, 2, 3, 4], 1]',
        )
    ]


def test_header_sizes() -> None:
    for format in ("JPEG", "PNG", "GIF", "BMP"):
        header = sniff(encoded(PICTURE, format))
        assert header is not None and header[:3] == (format, 60, 40)
    for options in ({"lossless": True}, {"lossless": False}):
        header = sniff(encoded(PICTURE, "WEBP", **options))
        assert header is not None and header[:3] == ("WEBP", 60, 40)
    animated = {"save_all": True, "append_images": [Image.fromarray(PICTURE[::-1])]}
    header = sniff(encoded(PICTURE, "WEBP", **animated))
    assert header is not None and header[:3] == ("WEBP", 60, 40)


def test_plain_jpegs_need_no_raster_library(tmp_path: Path) -> None:
    tar_of(tmp_path / "a.tar", {"a.jpg": encoded(PICTURE)})
    code = (
        "import sys; from pathlib import Path\n"
        "from rsrag.imagery.sources.sources import iter_sources\n"
        "from rsrag.imagery.scenes import open_scene\n"
        "from rsrag.imagery.imagery_options import ImageryOptions\n"
        f"for item in iter_sources([Path({str(tmp_path)!r})]):\n"
        "    assert len(list(open_scene(item, ImageryOptions()).chips())) == 1\n"
        "print(sorted({'rasterio', 'pyproj', 'shapely', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_raster_of_one_pixel(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", np.full((3, 1, 1), 9, np.uint8))
    (chip,) = chips_of(path)
    assert chip.pixels.tolist() == [[[9, 9, 9]]]
    assert open_scene(only(path), ImageryOptions()).pieces[0].windows == (
        Window(0, 0, 1, 1),
    )
