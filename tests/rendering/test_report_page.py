"""Reports of evaluations: tables, pages and plots."""

import json

import numpy as np
import pytest
from PIL import Image

from rsrag.errors import ConfigError, MissingExtraError
from rsrag.rendering.evaluations import charts
from rsrag.rendering.evaluations.charts import Bar, bar_chart
from rsrag.rendering.evaluations.eval_pages import left_out, zeroshot_page
from rsrag.rendering.evaluations.report_page import (
    Block,
    Chart,
    Page,
    page_markdown,
    page_text,
    write_report,
)
from rsrag.rendering.text_table import markdown_table, text_table

ROWS = [["", "R@1"], ["image | text", "7.08"], ["both", "100.00"]]
BLUE = (0x2F, 0x6F, 0x9F)


def lengths(path, colour):
    """Pixels of a colour in each row of a picture, without repeats."""
    with Image.open(path) as image:
        same = (np.asarray(image.convert("RGB")) == colour).all(axis=2)
    return sorted(set(same.sum(axis=1)) - {0})


def test_tables():
    assert text_table(ROWS[0], ROWS[1:]) == (
        "                 R@1\nimage | text    7.08\nboth          100.00\n"
    )
    assert markdown_table(ROWS[0], ROWS[1:]) == (
        "|  | R@1 |\n| --- | ---: |\n| image \\| text | 7.08 |\n| both | 100.00 |\n"
    )


def test_a_bar_is_as_long_as_its_value(tmp_path):
    path = tmp_path / "x.png"
    rows = [(str(value), [Bar(value)]) for value in (25.0, 100.0, 50.0)]
    bar_chart(path, "Title", ["one"], rows, top=100)
    short, middle, long = lengths(path, BLUE)
    assert middle == pytest.approx(2 * short, abs=3)
    assert long == pytest.approx(4 * short, abs=10)


def test_odd_bars_are_drawn(tmp_path):
    path = tmp_path / "odd.png"
    rows = [
        ("é" * 300, [Bar(None), Bar(0.0)]),
        ("", [Bar(3.0, 2.0, 4.0), Bar(99.0)]),
    ]
    bar_chart(path, "T", ["a", "b"], rows)
    with Image.open(path) as image:
        assert image.width > 900
    bar_chart(path, "none", ["a"], [])
    with pytest.raises(ConfigError, match="cannot be written"):
        bar_chart(tmp_path / "no" / "x.png", "T", ["a"], [])


def test_a_page_and_its_folder(tmp_path):
    chart = Chart("p.png", "Plot", ("one",), [("a", [Bar(1.0)])])
    page = Page(
        "Title",
        [
            Block("First\u001b[2J", ROWS, ["A line."], chart),
            Block("Settings", [["KEY", "VALUE"], ["seed", "0"]], brief=False),
        ],
    )
    text = page_text(page)
    assert "A line.\n" in text
    assert "\u001b" not in text
    assert "seed" not in text
    markdown = page_markdown(page)
    assert "![Plot](p.png)" in markdown
    assert "| seed | 0 |" in markdown
    folder = tmp_path / "deep" / "report"
    written = write_report(folder, {"mR": 1.5}, page)
    assert [path.name for path in written] == ["report.json", "report.md", "p.png"]
    assert json.loads((folder / "report.json").read_text()) == {"mR": 1.5}
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_report(tmp_path / "file", {}, page)


def test_what_was_left_out_is_named():
    assert left_out({"a_b": [], "blank": 0}) == []
    (block,) = left_out(
        {
            "gone": [f"{n}.png" for n in range(7)],
            "broken_images": [{"source": "x.png", "reason": "empty"}],
            "blank": 2,
        }
    )
    assert list(block.lines) == [
        "7 gone: 0.png, 1.png, 2.png, 3.png, 4.png and 2 more",
        "1 broken images: x.png (empty)",
        "2 blank",
    ]


def test_of_many_classes_the_weakest_are_drawn():
    figures = {
        "top1": 50.0,
        "top5": None,
        "mean_class": 50.0,
        "calibration": None,
        "per_class": {
            **{f"c{n}": {"n": 1, "top1": float(n)} for n in range(60)},
            "none": {"n": 0, "top1": None},
        },
    }
    report = {
        "protocols": ["zero_shot"],
        "zero_shot": figures,
        "images": 60,
        "left_out": {},
        "settings": {},
    }
    page = zeroshot_page(report)
    (block,) = [one for one in page.blocks if one.chart]
    assert [name for name, _ in block.chart.rows] == [f"c{n}" for n in range(40)]
    assert len(block.rows) == 62
    assert "Classes without a picture: none." in page_text(page)


def test_ticks_are_round_numbers(tmp_path, monkeypatch):
    """Axes read 0, 5, 10, and the largest value does not choose them."""
    shown = []

    def note(figure, path):
        figure.draw_without_rendering()
        axis = figure.axes[0].xaxis
        inside = axis.get_major_locator()() <= axis.get_view_interval()[1]
        labels = [text.get_text() for text in axis.get_ticklabels()]
        shown.extend(label for label, seen in zip(labels, inside, strict=True) if seen)

    monkeypatch.setattr(charts, "save_plot", note)
    bar_chart(tmp_path / "x.png", "T", ["a"], [("a", [Bar(23.27)])])
    assert shown == ["0%", "5%", "10%", "15%", "20%", "25%"]


def test_equal_plots_are_equal_bytes(tmp_path):
    for name in ("one", "two"):
        bar_chart(tmp_path / name, "T", ["a"], [("山 $x$", [Bar(3.0, 2.0, 4.0)])])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="matplotlib") as caught:
        bar_chart(tmp_path / "x.png", "T", ["a"], [])
    assert "rsrag[eval]" in caught.value.hint
