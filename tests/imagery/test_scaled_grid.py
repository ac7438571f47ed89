"""Several ground sizes of one scene: which windows, how coarse, and under which id."""

import itertools

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.enums import Resampling

from rsrag.errors import ConfigError, ImageReadError
from rsrag.imagery.grid import Grid
from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.imagery.scaled_grid import ScaledGrid, plan_grids, thinned
from rsrag.imagery.scenes import open_scene, read_chip
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.types import Window

SCALES = (Size(64), Size(128), Size(256))


def scaled(**more) -> ImageryOptions:
    return ImageryOptions(scales=SCALES, **more)


def test_every_size_covers_the_scene_and_no_window_comes_twice() -> None:
    grid = plan_grids(300, 200, scaled(), None)
    assert isinstance(grid, ScaledGrid)
    windows = list(grid.windows())
    assert len(windows) == len(set(windows)) <= grid.total
    assert windows == [w for piece in grid for w in piece.windows]
    assert [piece.number for piece in grid] == list(range(len(grid)))
    assert next(iter(grid[-1:])) == grid[len(grid) - 1]
    for size in (64, 128, 256):
        seen = np.zeros((200, 300), int)
        for x, y, width, height in windows:
            if grid.scale(Window(x, y, width, height)) == size / 64:
                seen[y : y + height, x : x + width] += 1
        # At the edges a smaller chip may be the same window.
        assert seen.max() == 1
        assert seen[: 200 // size * size, : 300 // size * size].all()


@pytest.mark.parametrize("size", [(300, 200), (256, 256), (257, 100), (50, 40)])
def test_cells_and_what_is_finer_are_all_windows_once(size) -> None:
    grid = plan_grids(*size, scaled(), None)
    found = list(grid.cells.windows())
    for depth in (1, 2, 3):
        for cell in range(grid.cells.total):
            for piece in grid.finer(cell, depth):
                assert 0 < len(piece.windows) <= 32
                for window in piece.windows:
                    x, y, width, height = grid.cells.window(cell)
                    assert x <= window.col_off < x + width
                    assert y <= window.row_off < y + height
                    assert grid.scale(window) == 2 ** (2 - depth)
                    found.append(window)
    assert len(found) == len(set(found))
    assert set(found) == set(grid.windows())


def test_a_small_scene_is_one_chip() -> None:
    grid = plan_grids(50, 40, scaled(), None)
    assert list(grid.windows()) == [Window(0, 0, 50, 40)]
    assert grid.scale(Window(0, 0, 50, 40)) == 1


def test_metres() -> None:
    sizes = tuple(map(Size.parse, ("640m", "2.56km")))
    grid = plan_grids(300, 300, ImageryOptions(scales=sizes), 10.0)
    assert [one.chip for one in grid.grids] == [64, 256]
    with pytest.raises(ImageReadError, match="ground sampling"):
        plan_grids(300, 300, ImageryOptions(scales=sizes), None)


def test_means_leave_out_what_is_missing() -> None:
    pixels = np.full((4, 4, 3), 200, np.uint8)
    valid = np.ones((4, 4), bool)
    valid[0, 0] = valid[2:, 2:] = False
    pixels[~valid] = 0
    small, seen = thinned(pixels, valid, (2, 2))
    assert seen.tolist() == [[True, True], [True, False]]
    assert small[0, 0].tolist() == [200] * 3
    assert small[1, 1].tolist() == [0] * 3
    assert thinned(pixels, None, (4, 4))[0] is pixels


@pytest.fixture(params=["png", "tif", "overviews"])
def scene(request, tmp_path):
    """300 x 200 pixels of blocks of sixteen, each of one colour."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 255, (13, 19, 3), np.uint8)
    pixels = pixels.repeat(16, axis=0).repeat(16, axis=1)[:200, :300]
    path = tmp_path / ("a.png" if request.param == "png" else "a.tif")
    if request.param == "png":
        Image.fromarray(pixels).save(path)
    else:
        profile = {"width": 300, "height": 200, "count": 3, "dtype": "uint8"}
        tiles = {"tiled": True, "blockxsize": 64, "blockysize": 64}
        with rasterio.open(path, "w", driver="GTiff", **profile, **tiles) as file:
            file.write(np.moveaxis(pixels, 2, 0))
        if request.param == "overviews":
            with rasterio.open(path, "r+") as file:
                file.build_overviews([2, 4], Resampling.average)
    return path, pixels


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_larger_chips_are_read_as_coarse_as_the_smallest(scene) -> None:
    path, pixels = scene
    item = find_item(str(path))
    opened = open_scene(item, scaled(stretch="none"))
    chips = list(opened.chips())
    opened.close()
    ids = [chip.record.id for chip in chips]
    assert len(ids) == len(set(ids))
    for chip in chips:
        assert max(chip.pixels.shape[:2]) == 64
        x, y, width, height = chip.record.window
        scale = opened.grid.scale(chip.record.window)
        rows, columns = round(height / scale), round(width / scale)
        cut = pixels[y : y + height, x : x + width]
        whole = height % scale == 0 and width % scale == 0
        if whole:
            blocks = cut.reshape(rows, int(scale), columns, int(scale), 3)
            wanted = np.rint(blocks.astype(float).mean(axis=(1, 3)))
            off = np.abs(wanted - chip.pixels[:rows, :columns])
            assert off.max() <= 2, chip.record.window
        share = 1 - rows * columns / np.prod(chip.pixels.shape[:2])
        assert chip.record.nodata_share == pytest.approx(share)
        again = read_chip(str(path), chip.record.window, scaled(stretch="none"))
        assert (again == chip.pixels).all()


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_a_coarse_chip_is_no_fine_one(scene) -> None:
    path, _ = scene
    item = find_item(str(path))
    several = open_scene(item, scaled())
    one = open_scene(item, ImageryOptions(chip_size=Size(128)))
    shared = set(several.grid.windows()) & set(one.grid.windows())
    large = [w for w in shared if several.grid.scale(w) != 1]
    assert large
    for window in large:
        assert several.chip_id(window) != one.chip_id(window)
    several.close()
    one.close()


def test_options_survive_json_and_old_ones_do_not_change() -> None:
    assert ImageryOptions.from_json(scaled().to_json()) == scaled()
    assert scaled().to_json()["scales"] == ["64px", "128px", "256px"]
    assert "scales" not in ImageryOptions().to_json()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scales": (Size(64),)}, "at least two"),
        ({"scales": (Size(64), Size(64))}, "each once"),
        ({"scales": (Size(64), Size(640, "m"))}, "mixes"),
        ({"scales": SCALES, "chip_size": Size(64)}, "--chip-size"),
        ({"scales": SCALES, "stride": Size(64)}, "--stride"),
    ],
)
def test_what_cannot_be(wrong, said) -> None:
    with pytest.raises(ConfigError, match=said):
        ImageryOptions(**wrong)


@pytest.mark.parametrize(("chip", "stride"), [(64, 64), (64, 48), (64, 100)])
def test_a_grid_knows_its_windows(chip, stride) -> None:
    grid = Grid(300, 200, chip, stride)
    windows = set(grid.windows())
    sizes = range(1, chip + 1, 21)
    for x, y, width in itertools.product(range(0, 300, 16), range(0, 200, 16), sizes):
        window = Window(x, y, width, chip)
        assert grid.has(window) == (window in windows)
    assert all(map(grid.has, windows))
