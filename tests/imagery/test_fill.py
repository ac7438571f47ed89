"""Values that stand for missing data although nothing says so."""

from pathlib import Path

import numpy as np
import pytest
from drawing import write_raster

from rsrag.errors import ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.pixels.fill import untagged_fill
from rsrag.imagery.scenes import load_picture, open_scene
from rsrag.imagery.sources.items import file_item
from rsrag.types import Chip, Skip


def outcomes(path: Path, **options) -> list[Chip | Skip]:
    scene = open_scene(file_item(path), ImageryOptions(**options))
    try:
        return list(scene.chips())
    finally:
        scene.close()


@pytest.mark.parametrize(
    "fill, dtype",
    [
        (-9999.0, "float32"),
        (-9999, "int16"),
        (-32768, "int16"),
        (-3.4028234663852886e38, "float32"),
        (1e20, "float64"),
        (-12345.0, "float32"),
    ],
)
def test_a_clear_fill_is_no_data_and_is_told(
    tmp_path: Path, fill: float, dtype: str
) -> None:
    data = np.random.default_rng(0).uniform(10, 250, (1, 40, 40)).astype(dtype)
    data[:, :, 30:] = fill
    path = write_raster(tmp_path / "a.tif", data)
    notice, chip = outcomes(path)
    assert isinstance(notice, Skip) and notice.kind == "notice:bands"
    assert "25.0%" in notice.reason and "--nodata" in notice.reason
    assert isinstance(chip, Chip) and chip.record.nodata_share == 0.25
    assert not chip.pixels[:, 30:].any()
    low, high = np.percentile(data[0, :, :30].astype(float), [2, 98])
    wanted = np.clip((data[0, :, :30] - low) / (high - low) * 255, 0, 255)
    np.testing.assert_allclose(chip.pixels[:, :30, 0], wanted, atol=1)
    # The user's own word stands: nothing is missing.
    (kept,) = outcomes(path, nodata=float("nan"))
    assert isinstance(kept, Chip) and kept.record.nodata_share == 0


@pytest.mark.parametrize(
    "values",
    [
        np.array([0, 1, 1, 0, 0, 1], np.int16),  # a mask
        np.r_[np.zeros(500), np.linspace(500, 520, 500)].astype(np.float32),  # the sea
        np.r_[np.full(50, -9999), np.linspace(-20_000, 20_000, 500)].astype(np.float32),
        np.r_[[-9999.0], np.linspace(0, 1, 5000)],  # one odd pixel
        np.r_[np.full(50, 65535), np.arange(500)].astype(np.uint16),
        np.full(100, -9999.0),
        np.full(100, np.nan),
        np.array([], np.float32),
        np.array([-9999.0]),
    ],
    ids=["mask", "sea", "inside", "rare", "unsigned", "only", "nan", "none", "one"],
)
def test_what_may_be_a_measurement_stays_one(values: np.ndarray) -> None:
    assert untagged_fill(values) is None


@pytest.mark.parametrize("kind", ["nan", "tagged", "alpha"])
def test_a_picture_without_data_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "empty.tif"
    if kind == "nan":
        write_raster(path, np.full((1, 9, 9), np.nan, np.float32))
    elif kind == "tagged":
        write_raster(path, np.full((3, 9, 9), 7, np.uint8), nodata=7)
    else:
        path = tmp_path / "empty.png"
        write_raster(path, np.zeros((4, 9, 9), np.uint8), driver="PNG")
    with pytest.raises(ImageReadError, match="holds no data") as caught:
        load_picture(path)
    assert str(caught.value).count("empty") == 1


def test_black_is_data(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", np.zeros((3, 9, 9), np.uint8))
    assert not load_picture(path).any()
