"""Red, green and blue, by names, satellites and wavelengths."""

import numpy as np
import pytest
from drawing import read_all, write_raster

from rsrag.imagery.pixels.bands import choose_bands

SEVEN = [f"B{n}" for n in range(1, 8)]
GREY = ["gray", *["undefined"] * 12]


def choose(names, sensor=None, waves=(), wanted=None):
    return choose_bands(names, GREY[: len(names)], wanted, sensor, waves)


@pytest.mark.parametrize(
    ("names", "sensor", "numbers"),
    [
        (SEVEN, "Landsat 8", (4, 3, 2)),
        (SEVEN, "LANDSAT_7", (3, 2, 1)),
        (SEVEN, "landsat-5", (3, 2, 1)),
        (SEVEN, "MODIS", (1, 4, 3)),
        (SEVEN, "TerraSAR-X", (4, 3, 2)),
        ([f"SR_B{n}" for n in (1, 2, 3, 4, 5, 7)], "Landsat 7", (3, 2, 1)),
        ([f"B{n:02}" for n in range(1, 13)], None, (4, 3, 2)),
        ([f"sur_refl_b0{n}" for n in range(1, 8)], "MODIS", (1, 4, 3)),
        (
            ["B1 - Blue", "B2 - Green", "B3 - Red", "B4 - Near Infrared"],
            None,
            (3, 2, 1),
        ),
        (["Red Edge", "Blue", "Green", "Red"], None, (4, 3, 2)),
        (["424 nm", "477.5 nm", "560 nm", "664 nm", "850 nm"], None, (4, 3, 2)),
    ],
)
def test_colours_are_found(names, sensor, numbers):
    assert choose(names, sensor).numbers == numbers


def test_an_imaging_spectrometer_is_seen_as_the_eye_sees():
    waves = [float(wave) for wave in np.linspace(420, 2450, 224)]
    chosen = choose_bands([None] * 224, ["undefined"] * 224, None, None, waves)
    assert [waves[n - 1] for n in chosen.numbers] == pytest.approx(
        [660, 555, 475], abs=5
    )
    assert chosen.rule == "wavelengths of the bands" and chosen.doubt is None


def test_numbers_without_a_satellite_are_told():
    chosen = choose(SEVEN)
    assert chosen.numbers == (4, 3, 2) and "--bands" in chosen.doubt
    assert choose([f"B{n}" for n in range(1, 10)]).doubt is None


def test_a_word_of_a_name_will_do():
    names = ["B4 - Red", "B5 - NIR", "B3 - Green"]
    assert choose(names, wanted=["nir", "red", "B3 - Green"]).numbers == (2, 1, 3)


def test_infrared_light_is_not_visible():
    """All bands lie beyond what the eye sees: nothing is called red."""
    chosen = choose([None] * 5, waves=[1000.0, 1200.0, 1600.0, 2000.0, 2200.0])
    assert chosen.rule == "the first three" and chosen.doubt


def test_the_satellite_in_the_file_name_decides(tmp_path):
    bands = np.stack([np.full((8, 8), 10 * n, np.uint8) for n in range(1, 8)])
    names = tuple(f"SR_B{n}" for n in range(1, 8))
    for name, grey in (
        ("LT05_L2SP_193026_19900131_20200205_02_T1_SR.tif", [30, 20, 10]),
        ("LC08_L2SP_193026_20200131_20200205_02_T1_SR.tif", [40, 30, 20]),
    ):
        path = write_raster(
            tmp_path / name, bands, descriptions=names, photometric="minisblack"
        )
        (chip,) = read_all(path)
        assert chip.pixels[0, 0].tolist() == grey
