"""Ways in which a file may be damaged."""

import copy
import json
from collections.abc import Iterator
from typing import Any

REGIONS = 16
"""Regions of a file, in each of which bytes are flipped."""

_OTHERS: tuple[Any, ...] = (None, -1, 10**30, 1.5, "", "../x", [], {}, True)


def damages(data: bytes, name: str, others: list[bytes]) -> Iterator[tuple[str, Any]]:
    """Each damage in words, and the bytes that are there then; ``None``: no file.

    Args:
        data: of the file as it should be.
        name: of the file.
        others: bytes that the file has in other generations, or its like elsewhere.
    """
    yield "gone", None
    yield "empty", b""
    for share in (1, 2, 3):
        yield f"cut at {share}/4", data[: len(data) * share // 4]
    yield "cut by a byte", data[:-1]
    yield "zeros", bytes(len(data))
    yield "with a tail", data + b"\0garbage"
    for region in range(REGIONS):
        yield f"flipped in {region}/{REGIONS}", _flipped(data, region)
    for number, other in enumerate(others):
        if other != data:
            yield f"that of another, {number}", other
    if name.endswith(".json"):
        yield from _values(json.loads(data))
    if name.endswith(".jsonl"):
        lines = data.splitlines(keepends=True)
        for number, line in enumerate(lines):
            for words, changed in _values(json.loads(line)):
                rest = [*lines[:number], changed + b"\n", *lines[number + 1 :]]
                yield f"line {number}: {words}", b"".join(rest)


def _flipped(data: bytes, region: int) -> bytes:
    """One bit in the middle of a region, and a byte behind it."""
    at = (2 * region + 1) * len(data) // (2 * REGIONS)
    changed = bytearray(data)
    for step, mask in ((0, 1), (3, 0xFF)):
        if at + step < len(changed):
            changed[at + step] ^= mask
    return bytes(changed)


def _values(tree: Any) -> Iterator[tuple[str, bytes]]:
    """Each key removed, each value of another type, or slightly another."""
    whole: tuple[Any, ...] = (None, [], {}, 3, "x")
    for other in whole:
        yield f"all of it {json.dumps(other)}", json.dumps(other).encode()
    for path in _paths(tree):
        words = "/".join(map(str, path))
        changed = copy.deepcopy(tree)
        holder = _at(changed, path[:-1])
        del holder[path[-1]]
        yield f"{words} removed", json.dumps(changed).encode()
        true = _at(tree, path)
        # Each kind of wrong value stands somewhere, and each place has three.
        turn = len(words)
        others = [_OTHERS[(turn + step) % len(_OTHERS)] for step in (0, 4)]
        for other in (*others, *_near(true)):
            if type(other) is not type(true) or other != true:
                changed = copy.deepcopy(tree)
                _at(changed, path[:-1])[path[-1]] = other
                yield f"{words} {json.dumps(other)}", json.dumps(changed).encode()


def _near(value: Any) -> Iterator[Any]:
    """Values of the same type that are wrong: what no check of types sees."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str):
        yield value[:-1]
        yield value + "x"
    elif isinstance(value, list) and value:
        yield [*value, value[0]]


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: list[tuple[Any, Any]] = []
    if isinstance(tree, dict):
        items = list(tree.items())
    elif isinstance(tree, list):
        items = list(enumerate(tree))
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree
