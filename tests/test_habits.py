"""What is said twice about the project is said alike: versions, systems, steps."""

import importlib.util
import re
import tomllib
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import rsrag

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
PYTHONS = [
    name.rpartition(" ")[2]
    for name in PROJECT["classifiers"]
    if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", name)
]


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text("utf-8"))


def test_ci_runs_the_readmes_test_line_on_every_python_that_is_promised():
    job = read(GITHUB / "workflows" / "ci.yml")["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert matrix["python"] == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos"}
    assert any(step.get("run", "").startswith("make test") for step in job["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_no_more_than_they_need(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert re.fullmatch(
                r"[\w.-]+(/[\w.-]+)+@[\w./]+", step.get("uses", "a/b@c")
            )
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_make_what_the_makefile_has(path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)", path.read_text())) <= targets


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_issue_forms_ask_with_an_id_and_a_label(path):
    form = read(path)
    assert form["name"] and form["description"]
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids))
    assert all(field["attributes"]["label"] for field in form["body"])


def test_the_version_stands_in_one_place():
    assert "version" in PROJECT["dynamic"] and "version" not in PROJECT
    where = PYPROJECT["tool"]["setuptools"]["dynamic"]["version"]
    assert where == {"attr": "rsrag.__version__"}
    # As setuptools reads it: a literal, so that nothing is imported to build.
    line = f'^__version__ = "{re.escape(rsrag.__version__)}"$'
    assert re.search(
        line, (PACKAGE_INIT := ROOT / "rsrag/__init__.py").read_text(), re.M
    )
    assert PACKAGE_INIT.samefile(rsrag.__file__)
    assert "version" not in read(ROOT / "CITATION.cff")


def test_the_changelog_is_ready_for_a_release():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heads = re.findall(r"^## \[(.+?)\]", text, re.M)
    assert heads[0] == "Unreleased"
    kinds = set(re.findall(r"^### (.+)$", text, re.M))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_pre_commit_has_the_ruff_of_the_extra_dev():
    hooks = read(ROOT / ".pre-commit-config.yaml")["repos"]
    ruff = next(each["rev"] for each in hooks if "ruff" in each["repo"])
    assert f"ruff=={ruff.removeprefix('v')}" in PROJECT["optional-dependencies"]["dev"]


def test_the_citation_names_the_papers_that_rsrag_stands_on():
    citation = read(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["license"] == PROJECT["license"]
    papers = {
        one["value"] for ref in citation["references"] for one in ref["identifiers"]
    }
    assert papers == {"arXiv:2504.04988", "arXiv:2306.11300"}


@pytest.fixture(scope="module")
def script():
    """scripts/constraints, as a module."""
    loader = SourceFileLoader("constraints_script", f"{ROOT}/scripts/constraints")
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pins():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {name: Version(number) for name, number in pairs}


def test_every_dependency_is_pinned_to_a_version_that_it_allows(script, pins):
    lines = [*PROJECT["dependencies"], *script.own_requirements(PROJECT, "dev")]
    for need in map(Requirement, lines):
        if need.name in script.TOOLS:
            continue
        pin = pins.get(canonicalize_name(need.name))
        assert pin, f"{need.name} has no pin: run scripts/constraints"
        assert need.specifier.contains(pin, prereleases=True), f"{need} and {pin}"


def test_pins_name_what_the_script_finds(script, pins):
    first = (ROOT / "constraints.txt").read_text().partition("\n")[0]
    if first != script.HEADER.partition("\n")[0]:
        pytest.skip("written on another Python, where packages may need others")
    found = {line.partition("==")[0] for line in script.pins()}
    assert found == set(pins), "run scripts/constraints"


def test_pins_serve_every_system(pins):
    assert not [name for name, version in pins.items() if version.local]
    assert not [n for n in pins if n.startswith(("nvidia", "triton", "cuda"))]
