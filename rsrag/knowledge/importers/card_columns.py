"""Columns of a table as fields of cards."""

from collections.abc import Mapping, Sequence

from rsrag.errors import KnowledgeError
from rsrag.knowledge.importers.cards import FIELDS
from rsrag.knowledge.importers.record_text import variable_name


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
    for column in columns:
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
