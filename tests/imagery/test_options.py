import json
from pathlib import Path

import pytest

from rsrag.errors import ConfigError
from rsrag.imagery.imagery_options import ImageryOptions, Size


def test_options_survive_a_manifest() -> None:
    options = ImageryOptions(
        chip_size=Size.parse("1.28km"),
        stride=Size.parse("64"),
        bands=("B04", "B03", "B02"),
        stretch="reflectance:1e-4,-0.1",
        nodata=-9999.0,
        bounds=(-10.5, 20.0, 30.25, 40.0),
        crs="EPSG:4326",
        max_nodata=0.5,
        metadata=Path("scenes.csv"),
        max_pixels=1000,
    )
    text = json.dumps(options.to_json(), allow_nan=False)
    assert ImageryOptions.from_json(json.loads(text)) == options
    assert ImageryOptions.from_json({}) == ImageryOptions()
    nan = ImageryOptions(nodata=float("nan"))
    again = ImageryOptions.from_json(json.loads(json.dumps(nan.to_json())))
    assert again.nodata != again.nodata


@pytest.mark.parametrize(
    "wrong",
    [
        {"bands": ("1", "2")},
        {"stretch": "wild"},
        {"stretch": "percentile:98,2"},
        {"stretch": "range:1"},
        {"stretch": "range:nan,1"},
        {"stretch": "reflectance:0"},
        {"stretch": "none:3"},
        {"max_nodata": 1.1},
        {"max_nodata": float("nan")},
        {"nodata": float("inf")},
        {"max_pixels": 0},
        {"bounds": (0, 0, 1)},
        {"bounds": (0, 0, float("nan"), 1)},
        {"bounds": (0, 0, float("inf"), 1)},
        {"bounds": (0, 1, 1, 0)},
        {"bounds": (0, 0, 0, 1)},
        {"bounds": (0, -91, 1, 1)},
        {"bounds": (0, 0, 1, 90.5)},
        {"bounds": (0, 0, 400, 1)},
        {"bounds": (5, 0, 1, 1), "crs": "EPSG:32633"},
    ],
)
def test_wrong_options(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        ImageryOptions(**wrong)


def test_unknown_option_in_a_manifest() -> None:
    with pytest.raises(ConfigError, match="zoom"):
        ImageryOptions.from_json({"zoom": 3})
