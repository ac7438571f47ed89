import json

import numpy as np
import pytest

from bench.cells import cell, duration, is_numeric, number, setting
from bench.result import Goal, Line, Plot, Result, Table, exponent


def full_result():
    return Result(
        name="search",
        title="Search by vector",
        text="Beside faiss.",
        mode="full",
        command="python -m bench search --full",
        elapsed_s=12.5,
        machine={"cpu": "one", "cores": 2},
        versions={"numpy": "2.0"},
        settings={"sizes": [1000, 10000]},
        tables=[
            Table("Peers", ("engine", "p50, ms"), [["rsrag", 1.25], ["x|y", None]])
        ],
        plots=[Plot("growth", "p50", "n", "ms", [Line("rsrag", [(1.0, 2.0)])], True)],
        goals=[Goal("recall", "at least 0.97", "0.95", False, "few")],
        tried=[("float16", "2 % slower")],
    )


def test_what_was_written_is_read(tmp_path):
    result = full_result()
    result.write(tmp_path / "r.json")
    assert Result.read(tmp_path / "r.json") == result


def test_numpys_figures_are_written_as_figures(tmp_path):
    table = Table("t", ("a", "b"), [[np.float32(0.5), np.int64(7)]])
    Result("n", "t", "x", "quick", tables=[table]).write(tmp_path / "r.json")
    assert Result.read(tmp_path / "r.json").tables[0].rows == [[0.5, 7]]


def test_what_is_no_figure_is_refused(tmp_path):
    result = Result("n", "t", "x", "quick", settings={"where": tmp_path})
    with pytest.raises(TypeError, match="cannot stand in a result"):
        result.write(tmp_path / "r.json")


@pytest.mark.parametrize("data", [{}, {"tables": []}, [], {"name": "a"}])
def test_other_files_are_no_results(tmp_path, data):
    (tmp_path / "r.json").write_text(json.dumps(data))
    with pytest.raises(ValueError, match="holds no result"):
        Result.read(tmp_path / "r.json")


def test_a_row_with_a_cell_too_few_is_refused():
    with pytest.raises(ValueError, match="1 cells under 2 heads"):
        Table("t", ("a", "b"), [["x", 1], ["y"]])


def test_exponents_worked_by_hand():
    # y = 3 x^2 through three points; then doubling x leaves y.
    assert exponent([(1, 3), (2, 12), (4, 48)]) == pytest.approx(2)
    assert exponent([(10, 5), (20, 5)]) == pytest.approx(0)
    # (0,0), (1,1), (2,1) in logs to base 2: slope 1/2 by least squares.
    assert exponent([(1, 1), (2, 2), (4, 2)]) == pytest.approx(0.5)


@pytest.mark.parametrize("points", [[], [(1, 1)], [(0, 1), (1, 1)], [(1, 1), (2, -1)]])
def test_no_exponent_of_points_without_logarithms(points):
    with pytest.raises(ValueError, match=r"exponent needs|math domain|positive"):
        exponent(points)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (12345.6, "12,300"),
        (999.6, "1,000"),
        (41.04, "41.0"),
        (2.1, "2.10"),
        (0.97, "0.970"),
        (0.9712, "0.971"),
        (0.99996, "0.99996"),
        (0.9996, "0.9996"),
        (1.0, "1.00"),
        (0.000123, "0.000123"),
        (1.234e-7, "1.23e-07"),
        (0.0, "0"),
        (-3.14159, "-3.14"),
        (float("nan"), "not a number"),
        (float("inf"), "+inf"),
    ],
)
def test_figures_have_three_digits(value, text):
    assert number(value) == text


def test_just_below_one_never_reads_as_one():
    for nines in range(1, 9):
        assert not number(1 - 10.0**-nines).startswith("1")


def test_cells():
    assert cell(None) == "–"
    assert cell("as it is 1234.5") == "as it is 1234.5"
    assert is_numeric([1, None, 2.5])
    assert not is_numeric([1, "x"])
    assert not is_numeric([None])
    assert setting([100_000, "exact", None]) == "100,000 / exact / None"
    assert setting(True) == "yes"
    assert setting([]) == "none"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0421, "0.0421 s"), (42.4, "42 s"), (119, "2 min"), (7500, "2 h 5 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
