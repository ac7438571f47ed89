"""The notebook of the tour runs, cell by cell, as a notebook would show it."""

import ast
import json
from pathlib import Path

ROOT = Path(__file__).parent.parent


def shown(code: str, scope: dict) -> object:
    """Run one cell; the value of its last expression, if that is what it ends with."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), scope)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), scope)


def test_the_tour_runs(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", None)
    notebook = json.loads((ROOT / "examples" / "tour.ipynb").read_text())
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = [one for one in notebook["cells"] if one["cell_type"] == "code"]
    assert len(cells) == 12
    # Committed without what it showed, on whatever machine it ran last.
    assert all(one["outputs"] == [] for one in cells)
    scope: dict = {}
    values = [shown("".join(one["source"]), scope) for one in cells]
    assert values[1] == (200, 256)
    for hits in values[2:5]:
        html = hits._repr_html_()
        assert html.count("<img") == len(hits) > 2
    assert all(
        west < -40 and east > -80
        for west, _, east, _ in (hit.bbox for hit in values[4])
    )
    assert values[5].size == (72, 72)
    assert len(scope["table"]) == 200 and len(values[6]) == 5
    assert "1,642 m" in capsys.readouterr().out
    assert values[8].startswith("Not in the knowledge base")
    assert values[9][0] == "desert"
    assert values[10] > 10_000
    assert (scope["home"] / "earth.parquet").stat().st_size > 10_000
