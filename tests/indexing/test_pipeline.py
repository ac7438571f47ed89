"""Reading ahead: what was opened is closed, also for one who stops early."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from updating import Colours

from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.imagery.reading import SceneReading
from rsrag.indexing.build.pipeline import Reader
from rsrag.indexing.build.stage_times import StageTimes


class Nothing:
    """Nothing is known of before."""

    def known(self, source, container, stamp):
        return False

    def hashed(self, entry):
        return None

    def pieces(self, entry, scene):
        return scene.pieces

    def settles(self, entry, scene):
        return False

    def holds(self, entry):
        return False


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[SceneReading]:
    """Scenes that are open."""
    there: list[SceneReading] = []
    start, end = SceneReading.__init__, SceneReading.close

    def opening(self, **given):
        start(self, **given)
        there.append(self)

    def closing(self):
        end(self)
        if self in there:
            there.remove(self)

    monkeypatch.setattr(SceneReading, "__init__", opening)
    monkeypatch.setattr(SceneReading, "close", closing)
    return there


def read(folder: Path):
    for number in range(5):
        path = folder / f"{number}.tif"
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            count=1,
            width=64,
            height=64,
            dtype="uint8",
            crs="EPSG:32632",
            transform=rasterio.Affine(1, 0, 5e5, 0, -1, 5e6),
        ) as raster:
            raster.write(np.full((1, 64, 64), number + 1, np.uint8))
    options = ImageryOptions(chip_size=Size(8))  # 64 windows: two pieces.
    prepare = Colours().prepare_image
    return Reader(options, None, prepare, Nothing(), 2, StageTimes()).read([folder])


@pytest.mark.parametrize("taken", [0, 1, 40])
def test_one_who_stops_early_leaves_nothing_open(
    tmp_path: Path, opened: list[SceneReading], taken: int
) -> None:
    sources = read(tmp_path)
    first = next(sources)
    outcomes = iter(first.outcomes)
    for _ in range(taken):
        next(outcomes)
    assert opened
    sources.close()
    assert opened == []


def test_all_are_closed_in_the_end(tmp_path: Path, opened: list[SceneReading]) -> None:
    assert [len(list(source.outcomes)) for source in read(tmp_path)] == [64] * 5
    assert opened == []
