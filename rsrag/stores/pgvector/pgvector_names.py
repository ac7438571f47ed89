"""Names of tables and views in the schema ``rsrag``."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg.sql import Composed

SCHEMA = "rsrag"
"""The schema of all tables and views that rsrag makes."""

EMBEDDING = "_embedding"
"""The column of the vectors."""

_LONGEST = 63
COLUMNS = """
SELECT attname, format_type(atttypid, NULL), atttypmod FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
"""Columns of a table: name, type, and what a type is bounded by."""


def table_name(index: str, generation: int, space: str) -> str:
    """Name of the table of a space of a generation; a long one ends in a hash."""
    return _fitting(f"{index}_{generation:06d}_{space}")


def view_name(index: str, space: str, spaces: int) -> str:
    """Name of the view of a space: that of the index, if it is the only one."""
    return _fitting(index if spaces == 1 else f"{index}_{space}")


def _fitting(name: str) -> str:
    if len(name.encode()) > _LONGEST:
        digest = hashlib.sha256(name.encode()).hexdigest()[:12]
        name = name.encode()[: _LONGEST - 13].decode("utf-8", "ignore") + f"_{digest}"
    return name


def qualified(name: str) -> "Composed":
    """A table or view of the schema ``rsrag``, for a statement."""
    from psycopg.sql import SQL, Identifier

    return SQL("{}").format(Identifier(SCHEMA, name))


def quoted(name: str) -> str:
    """The same as a text, for ``to_regclass``."""
    return '{}."{}"'.format(SCHEMA, name.replace('"', '""'))
