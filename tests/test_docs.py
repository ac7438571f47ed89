"""Docs say what is true now."""

import dataclasses
import re
import textwrap
from pathlib import Path

import pytest

import rsrag
from rsrag import errors
from rsrag.indexing.format.chip_schema import chip_schema
from rsrag.indexing.format.index_kinds import FORMAT_VERSION
from rsrag.indexing.format.knowledge_schema import knowledge_schema
from rsrag.indexing.format.manifest import Manifest, Space
from rsrag.indexing.format.origins import Imagery, Records

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md"]
)


def test_cli_page_is_the_commands_own_help() -> None:
    from rsrag.commands.reference import cli_reference

    page = (ROOT / "docs" / "cli.md").read_text()
    assert page == cli_reference(), "run scripts/docs"


def test_every_column_is_in_the_format_page() -> None:
    page = (ROOT / "docs" / "index-format.md").read_text()
    for field in chip_schema(4):
        assert f"| `{field.name}` |" in page, f"{field.name} is not described"
    assert f"Format version {FORMAT_VERSION}" in page


def test_every_column_of_knowledge_is_in_the_format_page() -> None:
    page = (ROOT / "docs" / "index-format.md").read_text()
    section = page.split("## An index of knowledge")[1]
    for field in knowledge_schema():
        assert f"`{field.name}`" in section, f"{field.name} is not described"


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        (Manifest, "manifest"),
        (Space, "space"),
        (Imagery, "imagery"),
        (Records, "knowledge"),
    ],
)
def test_every_field_of_the_manifest_is_in_the_format_page(kind, of) -> None:
    page = (ROOT / "docs" / "index-format.md").read_text()
    section = page.split("## manifest.json")[1].split("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    told = {
        name
        for row in rows
        if row[2].strip() == of
        for name in re.findall("`(.+?)`", row[1])
    }
    # The digest is of the file, and no field of what is read.
    assert told - {"digest"} == {field.name for field in dataclasses.fields(kind)}


def test_the_five_line_reader_reads(tmp_path, demo_parts) -> None:
    page = (ROOT / "docs" / "index-format.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 5
    scope: dict = {}
    exec(
        code.replace("indexes/earth/generations/000001/parts/image", str(demo_parts)),
        scope,
    )
    assert scope["vectors"].shape == (10, 4)


def test_every_error_is_drawn_in_the_tree() -> None:
    tree = errors.__doc__
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.RsragError):
            assert name in tree, f"{name} is not drawn"
            assert value.__doc__


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_changelog_has_the_version() -> None:
    assert f"## [{rsrag.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_readme_shows_the_two_commands() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:60])
    for word in ("make demo", "make test", "mini", "rsrag models pull georsclip"):
        assert word in first_screen


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_of_a_page_runs(tmp_path, monkeypatch, capsys, page) -> None:
    """As it stands, block after block, in a folder with a few pictures."""
    import numpy as np
    from PIL import Image

    text = (ROOT / page).read_text()
    blocks = re.findall(r"^ *```python\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "imagery").mkdir()
    for number in range(9):
        pixels = np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "imagery" / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    scope: dict = {}
    for block in blocks:
        if "http://127.0.0.1" in block:
            continue  # It needs a service: tests/serve runs it.
        exec(textwrap.dedent(block), scope)
    assert len(scope["hits"]) == 5
    assert "1,642 m" in capsys.readouterr().out
    if page == "docs/python.md":
        assert len(scope["table"]) == 9 and scope["same"].id == scope["best"].id
        assert len(scope["second"]) == 4
        written = {path.name for path in tmp_path.iterdir()}
        assert {"hits.html", "hits.png", "tour.parquet"} <= written
