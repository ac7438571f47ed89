"""``rsrag search QUERY PATH...``: which words are paths, and the index of them."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.commands.terminal.telling import tell
from rsrag.config import Settings
from rsrag.errors import IndexLockedError, IndexNotFoundError, QueryError

if TYPE_CHECKING:
    from rsrag.factory import EncoderChoice


def query_and_paths(
    query: str | None, paths: Sequence[Path] | None, *, asked: bool
) -> tuple[str | None, list[Path]]:
    """The first word is the query, unless there is another and it names what exists.

    Args:
        query: the first word.
        paths: the words after it.
        asked: whether options say what to look for, so that the only word may be a
            path: a picture, a chip, a vector, a file of queries.

    Raises:
        QueryError: a path, and nothing to look for.
    """
    if query is None or paths or not Path(query).exists():
        return query, list(paths or ())
    if asked:
        return None, [Path(query)]
    if os.sep in query or query in (".", ".."):
        raise QueryError(
            f"{query} is a path, and nothing says what to look for in it.",
            hint=f'rsrag search "ships in a harbour" {query}',
        )
    return query, []


def check_paths(
    paths: Sequence[Path], index: str | None, indexes: Path | None, no_refresh: bool
) -> None:
    """Refuse options that do not go with paths, or only with them."""
    wrong = "--index" if index else "--indexes" if indexes else None
    if paths and wrong:
        raise QueryError(
            f"{wrong} does not go with {paths[0]}, which has an index of its own.",
            hint="RSRAG_HOME=DIR keeps such indexes elsewhere",
        )
    if no_refresh and not paths:
        raise QueryError(
            "--no-refresh goes with a path to search.", hint="rsrag search QUERY PATH"
        )


def index_of_paths(
    settings: Settings,
    paths: Sequence[Path],
    choice: "EncoderChoice",
    *,
    refresh: bool,
) -> str:
    """Name of the index of some paths; it is made, or what is new in them is read.

    A bar on stderr shows how far it is. If another process is at it, the index is
    taken as it is.

    Raises:
        IndexNotFoundError: ``refresh`` is false, and they were never indexed.
        IndexLockedError: another process makes the index for the first time.
    """
    from rsrag.desk.folder_search import folder_index, known_folder, refresh_folder

    if not refresh:
        return known_folder(settings, paths, choice)
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import going_on, stop_softly
    from rsrag.rendering.reports.refresh_note import refresh_note

    name = folder_index(paths, choice)
    try:
        with stop_softly() as stop, going_on(name), BuildBar() as bar:
            report = refresh_folder(settings, paths, choice, bar, stop)
    except IndexLockedError as error:
        with suppress(IndexNotFoundError):
            known_folder(settings, paths, choice)
            tell(f"{error} It is searched as it is.")
            return name
        raise
    for line in refresh_note(report).splitlines():
        tell(line)
    return name
