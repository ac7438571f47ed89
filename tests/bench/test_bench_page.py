"""The page and its plots are what the results render."""

import dataclasses
import json
import re
import sys

import pytest
from PIL import Image
from test_bench_result import full_result

from bench import plots
from bench.markdown import MARK, anchor, in_order, page
from bench.page import DOCS, RESULTS, differences, main, read_results, rendered
from bench.result import Line, Plot, Result, Table

GOLDEN = """\
## Goals

0 of 1 are met.

| | goal | wanted | measured | met |
|---|---|---|---|---|
| [Search by vector](#search-by-vector) | recall | at least 0.97 | 0.95 | **no**: few |

## Machine

| | |
|---|---|
| cpu | one |
| cores | 2 |

## Search by vector

Beside faiss.

```sh
python -m bench search --full
```

- Settings: sizes 1,000 / 10,000
- Run: took 12 s
- Versions: numpy 2.0

| goal | wanted | measured | met |
|---|---|---|---|
| recall | at least 0.97 | 0.95 | **no**: few |

### Peers

| engine | p50, ms |
|---|---:|
| rsrag | 1.25 |
| x\\|y | – |

![p50](images/bench-search-growth.png)

### What was tried: Search by vector

| tried | effect |
|---|---|
| float16 | 2 % slower |
"""


def test_the_page_is_what_the_results_render():
    """Takes effect with the first file in bench/results."""
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    if not list(RESULTS.glob("*.json")):
        assert MARK not in text, "the page claims results that are not there"
        assert not list((DOCS / "images").glob("bench-*.png"))
        assert main(["--check"]) == 1
        return
    results = read_results(RESULTS)
    assert differences(rendered(results, DOCS)) == []
    for stem, result in results.items():
        if result.mode == "quick":
            assert "**Quick mode:**" in text, f"{stem} is of the quick mode"
        # Nothing of the machine that measured but what describes it.
        folders = re.findall(
            r'["\\s=](/(?:home|root|tmp|work|Users)/[^"\\s]*)',
            (RESULTS / f"{stem}.json").read_text(encoding="utf-8"),
        )
        assert folders == [], stem


def test_what_the_readme_says_stands_on_the_page():
    page_rows = set((DOCS / "benchmarks.md").read_text(encoding="utf-8").splitlines())
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    section = readme.split("## How fast")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert len(rows) > 3
    assert [row for row in rows if row not in page_rows] == []


def test_a_small_page_word_by_word():
    text = page({"search": full_result()})
    assert text.startswith(f"{MARK}\n\n# Figures\n\n")
    assert text[text.index("## Goals") :] == GOLDEN


def test_a_page_of_nothing_is_refused(tmp_path, capsys):
    with pytest.raises(ValueError, match="needs results"):
        page({})
    for arguments in ([], ["--check"]):
        assert main(["--from", str(tmp_path), "--docs", str(tmp_path), *arguments]) == 1
        assert "holds no results" in capsys.readouterr().err
    assert not (tmp_path / "benchmarks.md").exists()


def test_sections_come_as_the_registry_has_them():
    one = full_result()
    results = {
        "stranger": dataclasses.replace(one, name="stranger"),
        "search-gpu": one,
        "search": one,
        "embedding": dataclasses.replace(one, name="embedding"),
    }
    assert list(in_order(results)) == ["embedding", "search", "search-gpu", "stranger"]


def test_another_machine_and_quick_mode_are_said():
    one = full_result()
    gpu = dataclasses.replace(one, mode="quick", machine={"gpu": "big", "load": 1.5})
    text = page({"search": one, "search-gpu": gpu})
    first, second = text.split("## Search by vector: search-gpu\n")
    assert "- Machine: gpu big\n" in second
    assert "took 12 s; load 1.50" in second
    assert "**Quick mode" in second
    assert "- Machine" not in first
    assert "**Quick mode" not in first


def test_every_link_to_a_section_has_one():
    one = dataclasses.replace(full_result(), title="Opening, scans & updates: `I/O`")
    text = page({"search": one, "search-gpu": one})
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    for target in re.findall(r"\]\(#([^)]*)\)", text):
        assert target in {anchor(heading) for heading in headings}
    assert anchor("Opening, scans & updates: `I/O`") == "opening-scans--updates-io"


def test_lines_in_a_cell_do_not_break_the_table():
    table = Table("t", ("a\nb",), [["x\n| y"]])
    text = page({"s": dataclasses.replace(full_result(), name="s", tables=[table])})
    assert "| a b |\n|---|\n| x \\| y |\n" in text


@pytest.fixture
def site(tmp_path):
    pytest.importorskip("matplotlib")
    (tmp_path / "results").mkdir()
    full_result().write(tmp_path / "results" / "search.json")
    return tmp_path


def run(site, *arguments):
    folders = ["--from", str(site / "results"), "--docs", str(site / "docs")]
    return main([*folders, *arguments])


def test_written_then_checked(site, capsys):
    assert run(site, "--check") == 1
    assert not (site / "docs").exists()
    assert run(site) == 0
    assert run(site, "--check") == 0
    assert (site / "docs" / "benchmarks.md").read_text().endswith(GOLDEN)
    with Image.open(site / "docs" / "images" / "bench-search-growth.png") as picture:
        assert picture.size == (836, 484)
        assert len(picture.getcolors(256)) > 2, "nothing is drawn"


def test_each_disagreement_is_told(site, capsys):
    run(site)
    docs = site / "docs"
    (docs / "benchmarks.md").write_text("edited by hand")
    (docs / "images" / "bench-search-growth.png").write_bytes(b"no picture")
    (docs / "images" / "bench-of-old.png").write_bytes(b"stray")
    (docs / "images" / "mini-curves.png").write_bytes(b"of another page")
    capsys.readouterr()
    assert run(site, "--check") == 1
    assert capsys.readouterr().err.splitlines()[:3] == [
        "benchmarks.md is not what the results render",
        "bench-search-growth.png is missing or shows other figures",
        "bench-of-old.png belongs to no result",
    ]
    assert run(site) == 0
    assert run(site, "--check") == 0
    names = sorted(path.name for path in (docs / "images").iterdir())
    assert names == ["bench-search-growth.png", "mini-curves.png"]


def test_a_changed_figure_makes_its_plot_stale(site, capsys):
    run(site)
    path = site / "results" / "search.json"
    data = json.loads(path.read_text())
    data["plots"][0]["lines"][0]["points"] = [[1.0, 2.5]]
    path.write_text(json.dumps(data))
    capsys.readouterr()
    assert run(site, "--check") == 1
    told = capsys.readouterr().err
    assert "bench-search-growth.png" in told
    assert "benchmarks.md" not in told.replace("bench.page", "")


def test_without_matplotlib_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    full_result().write(tmp_path / "search.json")
    for name in list(sys.modules):
        if name.split(".")[0] == "matplotlib":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["--from", str(tmp_path), "--docs", str(tmp_path / "docs")]) == 1
    assert "pip install 'rsrag[bench]'" in capsys.readouterr().err
    assert not (tmp_path / "docs" / "benchmarks.md").exists()


def test_two_plots_of_one_name_are_refused(tmp_path):
    one = full_result()
    twice = dataclasses.replace(one, plots=[*one.plots, *one.plots])
    with pytest.raises(ValueError, match="Two plots"):
        rendered({"search": twice}, tmp_path)


@pytest.mark.parametrize(
    "points", [[], [(1.0, 0.0)], [(-1.0, 1.0)], [(1.0, float("nan"))]]
)
def test_what_a_log_axis_has_no_place_for(points, tmp_path):
    plot = Plot("p", "t", "x", "y", [Line("a", points)], log_x=True, log_y=True)
    with pytest.raises(ValueError, match="p: "):
        plots.draw(plot, tmp_path / "p.png")


def test_names_of_lines_keep_apart_and_in_order():
    places = plots.spread([50.0, 10.0, 50.0, 52.0, 90.0], 10, 0, 100)
    assert places[1] == 10
    assert places[4] == 90
    # 50, 50 and 52 around their mean: 40.7, 50.7, 60.7.
    assert [places[i] for i in (0, 2, 3)] == pytest.approx(
        [40 + 2 / 3, 50 + 2 / 3, 60 + 2 / 3]
    )
    assert plots.spread([99.0, 100.0], 10, 0, 100) == [90, 100]
    assert plots.spread([0.0, 0.0], 10, 0, 100) == [0, 10]
    assert plots.spread([], 10, 0, 100) == []


def test_ticks():
    assert plots.tick(100_000, 1e7) == "100 k"
    assert plots.tick(2e6, 1e7) == "2 M"
    assert plots.tick(2500, 4000) == "2,500"
    assert plots.tick(0.05, 1) == "0.05"


def test_results_of_the_project_are_named_by_the_registry():
    for path in RESULTS.glob("*.json"):
        assert path.stem.startswith(Result.read(path).name)
