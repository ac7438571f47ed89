"""What an installed rsrag needs travels in the wheel."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rsrag"
BUILD = "import sys; from setuptools.build_meta import build_wheel as b; b(sys.argv[1])"


def data_files() -> set[Path]:
    return {
        path.relative_to(ROOT)
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this tree, built from a copy."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    passed_over = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, tree / "rsrag", ignore=passed_over)
    words = [sys.executable, "-c", BUILD, str(tree / "dist")]
    subprocess.run(words, cwd=tree, check=True, capture_output=True, timeout=300)
    (found,) = (tree / "dist").glob("rsrag-*.whl")
    return found


def test_every_data_file_is_named_in_the_package_data() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["rsrag"]
    shipped = {path.relative_to(ROOT) for p in patterns for path in PACKAGE.glob(p)}
    assert data_files() - shipped == set()


def test_every_file_is_in_the_wheel(wheel) -> None:
    code = {path.relative_to(ROOT) for path in PACKAGE.rglob("*.py")}
    with zipfile.ZipFile(wheel) as archive:
        there = {Path(name) for name in archive.namelist()}
    assert (data_files() | code) - there == set()
    assert {path.parts[0] for path in there if path.parts[0] != "rsrag"} == {
        wheel.name.rsplit("-", 3)[0] + ".dist-info"
    }


def test_an_installed_rsrag_answers_anywhere(wheel, tmp_path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("RSRAG_", "XDG_"))}
    env |= {"PYTHONPATH": str(tmp_path / "site"), "HOME": str(tmp_path / "user")}
    question = ["ask", "How deep is Lake Baikal?", "--no-llm"]
    done = subprocess.run(
        [sys.executable, "-m", "rsrag", *question],
        cwd="/",
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The maximum depth of Lake Baikal is 1,642 m [1].")
