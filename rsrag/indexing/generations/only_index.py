"""The index that is meant where none is named."""

from pathlib import Path

from rsrag.errors import IndexNotFoundError, QueryError
from rsrag.indexing.format.index_kinds import IMAGERY, KNOWLEDGE
from rsrag.indexing.generations.index_directory import list_indexes


def only_index(root: Path, kind: str | None = IMAGERY) -> str:
    """Name of the only index of a kind, or of any, in a folder.

    Raises:
        QueryError: there are several.
        IndexNotFoundError: there is none.
    """
    names = list_indexes(root, kind)
    if len(names) == 1:
        return names[0]
    of = f" of {kind}" if kind == KNOWLEDGE else ""
    if names:
        option = "--knowledge-index" if kind == KNOWLEDGE else "--index"
        raise QueryError(
            f"There are several indexes{of} in {root.absolute()}: {', '.join(names)}.",
            hint=f"{option} {names[0]}",
        )
    hint = (
        "rsrag search QUERY FOLDER searches a folder; an index to keep: "
        "rsrag index build SOURCE --name NAME"
    )
    raise IndexNotFoundError(
        f"There is no index{of} in {root.absolute()} yet.",
        hint="rsrag index build-knowledge" if kind == KNOWLEDGE else hint,
    )
