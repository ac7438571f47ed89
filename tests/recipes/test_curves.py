import numpy as np
import pytest
from PIL import Image, ImageColor

from recipes.mini.curves import draw_curves, write_curves
from rsrag.rendering.evaluations.charts import COLOURS

LEFT, RIGHT = (ImageColor.getrgb(colour) for colour in COLOURS[:2])


def test_table_and_plot(tmp_path):
    table, plot = write_curves(tmp_path / "mine.safetensors", [4.0, 2.5], [1.5, 20.0])
    assert table.read_text() == (
        "epoch,loss,valid_mean_recall\n1,4.00000,1.500\n2,2.50000,20.000\n"
    )
    assert (table.name, plot.name) == ("mine.curves.csv", "mine.curves.png")
    with Image.open(plot) as image:
        assert image.format == "PNG"
        pixels = np.asarray(image.convert("RGB"))
    for colour in LEFT, RIGHT:
        assert (pixels == colour).all(axis=2).sum() > 300


def test_without_validation_pictures(tmp_path):
    table, plot = write_curves(tmp_path / "m.safetensors", [4.0], [])
    assert table.read_text().splitlines() == [
        "epoch,loss,valid_mean_recall",
        "1,4.00000,",
    ]
    with Image.open(plot) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert not (pixels == RIGHT).all(axis=2).any()


@pytest.mark.parametrize(("values", "falls"), [([4, 3, 2, 1], True), ([1, 4], False)])
def test_a_curve_goes_where_its_values_go(tmp_path, values, falls):
    draw_curves(tmp_path / "x.png", {"": values})
    with Image.open(tmp_path / "x.png") as image:
        inside = (np.asarray(image.convert("RGB")) == LEFT).all(axis=2)
    # Numbers of the axis have the same colour, and stand left of the curve.
    rows, columns = np.nonzero(inside[:, 60:])
    first = rows[columns < columns.min() + 20].mean()
    last = rows[columns > columns.max() - 20].mean()
    # Rows count from the top.
    assert (last > first) == falls
