"""Imports only go down, and every room fits in a head."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rsrag"
MAX_LINES = 250

# Rooms of floor 0 may import those listed before them; all other floors may
# import only what stands on a lower one.
FLOORS: list[list[str]] = [
    [
        "errors",
        "types",
        "digests",
        "packages",
        "vectors",
        "geo",
        "columns",
        "records",
        "answers",
        "filters",
        "config",
    ],
    ["interfaces"],
    ["imagery", "knowledge", "encoders", "stores", "generators", "rerankers"],
    ["retrieval", "indexing"],
    ["rag", "analysis", "rendering"],
    ["evaluation", "training"],
    ["factory"],
    ["knowledge_factory"],
    ["commands", "serve"],
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
GROUND = FLOORS[0]

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write it in full"
            names = [node.module or ""]
            if node.module == "rsrag":
                names = [f"rsrag.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "rsrag" and len(parts) > 1 and parts[1] != "__version__":
                rooms.add(parts[1])
    return rooms


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    assert room in FLOOR, f"{room} stands on no floor: add it to FLOORS"
    for other in imported_rooms(path) - {room}:
        assert other in FLOOR, f"{path}: rsrag.{other} stands on no floor"
        if room in GROUND and other in GROUND:
            assert GROUND.index(other) < GROUND.index(room), f"{room} -> {other}"
        else:
            assert FLOOR[other] < FLOOR[room], f"{room} -> {other} goes up or sideways"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_are_small(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= MAX_LINES, f"{path} has {lines} lines: split it"


def test_no_rag_bag() -> None:
    names = {path.stem for path in FILES}
    assert not names & {"utils", "util", "helpers", "common", "misc"}


def test_data_rooms_hold_no_code() -> None:
    for folder in ("indexes", "knowledge"):
        assert not list((ROOT / folder).rglob("*.py"))


def test_front_door_is_small() -> None:
    assert len((ROOT / "cli.py").read_text().splitlines()) <= 20
