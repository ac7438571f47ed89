import numpy as np
import pytest
from PIL import Image

from recipes.mini.curves import COLOURS, draw_curves, write_curves


def test_table_and_plot(tmp_path):
    table, plot = write_curves(tmp_path / "mine.safetensors", [4.0, 2.5], [1.5, 20.0])
    assert table.read_text() == (
        "epoch,loss,valid_mean_recall\n1,4.00000,1.500\n2,2.50000,20.000\n"
    )
    assert (table.name, plot.name) == ("mine.curves.csv", "mine.curves.png")
    with Image.open(plot) as image:
        assert image.format == "PNG"
        pixels = np.asarray(image.convert("RGB"))
    for colour in COLOURS:
        assert (pixels == colour).all(axis=2).sum() > 300


def test_without_validation_pictures(tmp_path):
    table, plot = write_curves(tmp_path / "m.safetensors", [4.0], [])
    assert table.read_text().splitlines() == [
        "epoch,loss,valid_mean_recall",
        "1,4.00000,",
    ]
    with Image.open(plot) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert not (pixels == COLOURS[1]).all(axis=2).any()


@pytest.mark.parametrize(("values", "falls"), [([4, 3, 2, 1], True), ([1, 4], False)])
def test_a_curve_goes_where_its_values_go(values, falls):
    pixels = np.asarray(draw_curves({"x": values}))
    inside = (pixels == COLOURS[0]).all(axis=2)[41:370, 66:830]
    rows, columns = np.nonzero(inside)
    first, last = rows[columns < 20].mean(), rows[columns > 740].mean()
    # Rows count from the top.
    assert (last > first) == falls
