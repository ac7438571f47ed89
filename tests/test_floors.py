"""Imports only go down, in no circle, and every room fits in a head."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rsrag"
MAX_LINES = 250
MAX_NAMES = 16
MAX_ROOMS = 19

# Rooms of floor 0 may import those listed before them; all other floors may
# import only what stands on a lower one.
FLOORS: list[list[str]] = [
    [
        "errors",
        "types",
        "durable",
        "cache",
        "packages",
        "vectors",
        "geo",
        "records",
        "tables",
        "plain_values",
        "columns",
        "answers",
        "filters",
        "config",
    ],
    ["interfaces", "metrics", "objects"],
    ["imagery", "knowledge", "encoders", "stores", "generators"],
    ["retrieval", "indexing"],
    ["analysis"],
    ["rag", "rendering"],
    ["evaluation", "dialogue"],
    ["store_factory"],
    ["factory"],
    ["desk"],
    ["serve"],
    ["commands"],
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
GROUND = FLOORS[0]

FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in FILES
}
FOLDERS = sorted({path.parent for path in FILES})


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_modules(path: Path) -> Iterator[str]:
    """All of rsrag that a file imports: at its top, in functions, for types."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write it in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.split(".")[0] == "rsrag":
                whole = name if name in MODULES else name.rpartition(".")[0]
                assert whole in MODULES, f"{path}: there is no {name}"
                yield whole


def imported_rooms(path: Path) -> set[str]:
    parts = [name.split(".") for name in imported_modules(path)]
    return {part[1] for part in parts if len(part) > 1}


def circles(edges: dict[str, set[str]]) -> list[set[str]]:
    """Strongly connected components of more than one node (Tarjan, 1972)."""
    found: list[set[str]] = []
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            component = set(stack[at:])
            del stack[at:]
            if len(component) > 1:
                found.append(component)

    for node in edges:
        if node not in index:
            visit(node)
    return found


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


def test_no_circles_between_modules() -> None:
    edges = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): set(
            imported_modules(path)
        )
        for path in FILES
    }
    assert circles(edges) == []


def test_circles_are_found() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}
    assert circles(edges) == [{"b", "c"}]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_are_small(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= MAX_LINES, f"{path} has {lines} lines: split it"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_listings_are_short(folder: Path) -> None:
    names = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    inner = {other.name for other in FOLDERS if other.parent == folder}
    if folder == PACKAGE:
        # The map of the house: its ground floor, and a folder for every room.
        assert len(names) <= MAX_NAMES and len(inner) <= MAX_ROOMS
    else:
        assert len(names | inner) <= MAX_NAMES, f"{folder}: {sorted(names | inner)}"


def test_every_file_has_a_name_of_its_own() -> None:
    stems = [path.stem for path in FILES if not path.stem.startswith("__")]
    assert sorted(stems) == sorted(set(stems))


def test_no_rag_bag() -> None:
    names = {path.stem for path in FILES}
    assert not names & {"utils", "util", "helpers", "common", "misc"}


def test_data_rooms_hold_no_code() -> None:
    for folder in ("indexes", "knowledge"):
        assert not list((ROOT / folder).rglob("*.py"))


def test_front_door_is_small() -> None:
    assert len((ROOT / "cli.py").read_text().splitlines()) <= 20
