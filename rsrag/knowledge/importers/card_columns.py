"""Columns of a table as fields of cards."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.knowledge.importers.cards import FIELDS, is_fact
from rsrag.knowledge.importers.import_state import ImportState
from rsrag.knowledge.importers.record_text import variable_name

_MAYBE_OBJECTS = {"name", "category"}
_DEEPEST = 4
_LONGEST_LIST = 50


def taken_apart(card: Mapping[str, Any], state: ImportState) -> dict[str, Any]:
    """A card whose objects are keys with dots: ``addr`` as ``addr.city``.

    Fields and facts stay as they are; null is left out. What is nested too deep, and
    a long list of numbers, becomes JSON text. ``state`` tells of it.
    """
    found: dict[str, list[Any]] = {}

    def add(key: str, value: Any, depth: int) -> None:
        if isinstance(value, Mapping) and depth < _DEEPEST and not is_fact(value):
            for name, part in value.items():
                add(f"{key}.{name}", part, depth + 1)
        elif isinstance(value, list) and not _is_array(value):
            for part in value:
                add(key, part, depth)
        elif value is not None:
            simple = isinstance(value, str | int | float) or is_fact(value)
            part = value if simple else json.dumps(value, ensure_ascii=False)
            found.setdefault(key, []).append(part)

    for key, value in card.items():
        whole = key not in _MAYBE_OBJECTS or not isinstance(value, Mapping)
        if key in FIELDS and whole and value is not None:
            found[key] = [value]
            continue
        add(key, value, 0)
        parts = [name for name in found if name.startswith(f"{key}.")]
        if parts:
            state.apart[key] |= dict.fromkeys(map(variable_name, parts))
    return {key: one[0] if len(one) == 1 else one for key, one in found.items()}


def _is_array(value: list[Any]) -> bool:
    return len(value) > _LONGEST_LIST and isinstance(value[0], int | float)


def field_names(
    columns: Sequence[str], mapping: Mapping[str, str], where: str
) -> dict[str, str]:
    """Name every column, each once: a field, of which one is the name, or a variable.

    ``mapping``, field or variable to column as typed, comes before what a column's own
    name says; variables are in snake case.
    """
    names: dict[str, str] = {}
    for field, column in mapping.items():
        if column not in columns:
            raise KnowledgeError(
                f"{where}: there is no column {column!r}.",
                hint=f"its columns are {', '.join(columns)}",
            )
        if column in names:
            raise KnowledgeError(
                f"{where}: column {column!r} is mapped to {names[column]} and {field}."
            )
        names[column] = field if field in FIELDS else variable_name(field) or field
    taken = set(names.values())
    rank = {word: at for words in FIELDS.values() for at, word in enumerate(words)}
    # A field's usual word comes before its other words, wherever they stand.
    for column in sorted(columns, key=lambda one: rank.get(variable_name(one), 99)):
        if column in names:
            continue
        name = variable_name(column)
        field = next((f for f, words in FIELDS.items() if name in words), name)
        if not field:
            continue
        if field in taken:
            # A second "type" or "x" is a fact like any other.
            field = name if name not in taken and name not in FIELDS else f"{name}_2"
        if field in taken:
            raise KnowledgeError(f"{where}: two columns are named {column!r}.")
        names[column] = field
        taken.add(field)
    if "name" not in taken:
        raise KnowledgeError(
            f"{where}: no column is the name.",
            hint=f"--map name=COLUMN; its columns are {', '.join(columns)}",
        )
    return names
