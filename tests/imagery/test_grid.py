import numpy as np
import pytest
from hypothesis import given, strategies as st

from rsrag.errors import ConfigError, ImageReadError
from rsrag.imagery.grid import PIECE_WINDOWS, Grid, pad, plan_grid
from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.types import Window

sides = st.integers(1, 90)


@given(sides, sides, sides, sides)
def test_every_pixel_is_covered_and_no_window_leaves_the_scene(
    width: int, height: int, chip: int, stride: int
) -> None:
    grid = Grid(width, height, chip, min(stride, chip))
    covered = np.zeros((height, width), int)
    windows = list(grid.windows())
    for x, y, w, h in windows:
        assert w >= 1 and h >= 1 and x >= 0 and y >= 0
        assert x + w <= width and y + h <= height
        covered[y : y + h, x : x + w] += 1
    assert covered.min() >= 1
    assert len(set(windows)) == len(windows)
    if stride >= chip:
        assert covered.max() == 1


@given(sides, sides, sides, sides)
def test_no_window_is_needless(width: int, height: int, chip: int, stride: int) -> None:
    grid = Grid(width, height, chip, stride)
    last = grid.window(grid.rows * grid.columns - 1)
    assert last.col_off < width and last.row_off < height
    if grid.columns > 1:  # The column before did not reach the edge.
        assert last.col_off - stride + chip < width
    if grid.rows > 1:
        assert last.row_off - stride + chip < height


@given(sides, sides, st.integers(1, 12), st.integers(1, 12))
def test_pieces_are_the_windows_in_order(
    width: int, height: int, chip: int, stride: int
) -> None:
    grid = Grid(width, height, chip, stride)
    pieces = list(grid)
    assert [w for piece in pieces for w in piece.windows] == list(grid.windows())
    assert [piece.number for piece in pieces] == list(range(len(grid)))
    assert all(1 <= len(piece.windows) <= PIECE_WINDOWS for piece in pieces)
    order = [(w.row_off, w.col_off) for w in grid.windows()]
    assert order == sorted(order)


def test_hand_worked_grid() -> None:
    grid = Grid(10, 7, 4, 3)
    assert list(grid.windows()) == [
        *(Window(0, 0, 4, 4), Window(3, 0, 4, 4), Window(6, 0, 4, 4)),
        *(Window(0, 3, 4, 4), Window(3, 3, 4, 4), Window(6, 3, 4, 4)),
    ]
    sparse = Grid(100, 10, 10, 60)
    assert list(sparse.windows()) == [Window(0, 0, 10, 10), Window(60, 0, 10, 10)]


def test_a_piece_may_be_asked_for_by_index_or_slice() -> None:
    grid = Grid(100, 100, 1, 1)
    assert len(grid) == 10_000 // 32 + 1
    assert grid[-1].windows[-1] == Window(99, 99, 1, 1)
    assert [piece.number for piece in grid[1:3]] == [1, 2]
    with pytest.raises(IndexError):
        grid[len(grid)]


@pytest.mark.parametrize(
    ("size", "chip"), [((1024, 3), 1024), ((1025, 3), 512), ((5, 5), 5)]
)
def test_auto_size(size: tuple[int, int], chip: int) -> None:
    assert plan_grid(*size, ImageryOptions(), None).chip == chip


def test_sizes_in_metres() -> None:
    options = ImageryOptions(chip_size=Size.parse("1.28km"), stride=Size(640, "m"))
    grid = plan_grid(1000, 1000, options, 10.0)
    assert (grid.chip, grid.stride) == (128, 64)
    with pytest.raises(ImageReadError) as caught:
        plan_grid(1000, 1000, options, None)
    assert "--bounds" in (caught.value.hint or "")


def test_padding() -> None:
    picture = np.full((3, 5, 3), 9, np.uint8)
    assert pad(picture, Grid(5, 3, 8, 8)).shape == (3, 5, 3)  # smaller both ways
    padded = pad(picture, Grid(20, 3, 8, 8))
    assert padded.shape == (8, 8, 3)
    assert (padded[:3, :5] == 9).all()
    assert padded.sum() == 9 * 3 * 5 * 3


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("256", 256, "px"),
        ("256px", 256, "px"),
        (" 256 PX ", 256, "px"),
        ("1280m", 1280, "m"),
        ("1.28km", 1280, "m"),
        (".5m", 0.5, "m"),
    ],
)
def test_size(text: str, value: float, unit: str) -> None:
    assert Size.parse(text) == Size(value, unit)  # type: ignore[arg-type]
    assert Size.parse(str(Size.parse(text))) == Size.parse(text)


@pytest.mark.parametrize(
    "text", ["", "px", "0", "0m", "-5", "1.5px", "2.5", "12 furlongs", "nan", "1e999m"]
)
def test_no_size(text: str) -> None:
    with pytest.raises(ConfigError):
        Size.parse(text)
