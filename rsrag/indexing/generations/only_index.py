"""The index that is meant where none is named."""

from pathlib import Path

from rsrag.errors import IndexNotFoundError, QueryError
from rsrag.indexing.format.manifest import IMAGERY
from rsrag.indexing.generations.index_directory import list_indexes


def only_index(root: Path) -> str:
    """Name of the only index of imagery in a folder.

    Raises:
        QueryError: there are several.
        IndexNotFoundError: there is none.
    """
    names = list_indexes(root, IMAGERY)
    if not names:
        raise IndexNotFoundError(
            f"There is no index in {root.absolute()} yet.",
            hint="rsrag search QUERY FOLDER searches a folder; an index to keep: "
            "rsrag index build SOURCE --name NAME",
        )
    if len(names) > 1:
        raise QueryError(
            f"There are several indexes in {root.absolute()}: {', '.join(names)}.",
            hint=f"--index {names[0]}",
        )
    return names[0]
