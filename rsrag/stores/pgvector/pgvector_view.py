"""The view of an index: its newest generation by one name, for QGIS and SQL."""

from typing import TYPE_CHECKING

from rsrag.errors import StoreError
from rsrag.stores.pgvector.pgvector_names import SCHEMA, qualified
from rsrag.stores.pgvector.pgvector_table import PgTable

if TYPE_CHECKING:
    from psycopg import Connection


def show(connection: "Connection", table: PgTable, name: str) -> None:
    """Have a view show a table, without its vectors.

    What was granted on the view stays, and what others made of it, as long as the
    columns are those that it had, or more.

    Raises:
        StoreError: the name is a table's.
    """
    from psycopg import errors
    from psycopg.sql import SQL, Identifier

    columns = SQL(", ").join(map(Identifier, table.types))
    body = SQL("VIEW {} AS SELECT {} FROM {}").format(
        qualified(name), columns, table.whole
    )
    try:
        with connection.transaction():
            connection.execute(SQL("CREATE OR REPLACE ") + body)
    except errors.InvalidTableDefinition:  # Columns that went, or of another type.
        connection.execute(SQL("DROP VIEW {} CASCADE").format(qualified(name)))
        connection.execute(SQL("CREATE ") + body)
    except errors.WrongObjectType:
        raise StoreError(
            f"{SCHEMA}.{name} is a table, and would have to be the view of the index.",
            hint="give the index another name, or rename the table",
        ) from None
