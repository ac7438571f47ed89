"""Chips made up by hand, for tests of the format."""

import datetime as dt

import numpy as np
import pytest
import shapely

from rsrag.types import BBox, ChipRecord, EncoderIdentity, Window

DIM = 4


@pytest.fixture
def identity() -> EncoderIdentity:
    return EncoderIdentity("toy", "ab" * 32, "resize 8", DIM)


def make_record(number: int, placed: bool = True) -> ChipRecord:
    west = -170.0 + number
    return ChipRecord(
        id=f"{number:032x}",
        source=f"/archive/scene-{number // 4}.tif",
        source_sha256=f"{number // 4:064x}",
        window=Window(number % 4 * 8, 0, 8, 8),
        footprint=shapely.to_wkb(shapely.box(west, 0, west + 1, 1)) if placed else None,
        bbox=BBox(west, 0, west + 1, 1) if placed else None,
        crs="EPSG:4326" if placed else None,
        datetime=dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=number),
        gsd_m=10.0,
        sensor="S2A",
        nodata_share=0.25,
        properties={"label": f"néw {number}"} if number % 2 else {},
    )


@pytest.fixture
def records() -> list[ChipRecord]:
    return [make_record(number) for number in range(10)]


@pytest.fixture
def vectors() -> np.ndarray:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(10, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def plain_record() -> ChipRecord:
    """A picture without a place on Earth."""
    return make_record(0, placed=False)
