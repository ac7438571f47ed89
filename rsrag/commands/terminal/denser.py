"""A search that makes its index denser where it finds something."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rsrag.commands.terminal.progress import BuildBar
from rsrag.commands.terminal.telling import going_on, stop_softly, tell
from rsrag.desk.imagery.imagery_index import Index
from rsrag.errors import QueryError
from rsrag.rendering.reports.reading_lines import dense_words

if TYPE_CHECKING:
    from rsrag.desk.imagery.hits import Hits
    from rsrag.desk.imagery.joined_indexes import Indexes
    from rsrag.retrieval.query import Term
    from rsrag.retrieval.store_search import SearchOptions


def found_denser(
    opened: "Index | Indexes",
    asked: "Sequence[Sequence[Term]]",
    options: "SearchOptions",
    found: "Sequence[Hits]",
) -> "list[Hits]":
    """Embed smaller chips where hits are, and search once more.

    Raises:
        QueryError: several indexes are searched.
    """
    if not isinstance(opened, Index):
        raise QueryError("--densify is for one index.")
    hits = [hit for some in found for hit in some]
    with stop_softly() as stop, going_on(opened.name), BuildBar() as bar:
        report = opened.densify(hits, progress=bar, stop=stop)
    tell(f"{report.encoded:,} chips embedded; {dense_words(report.dense)}.")
    return opened.find_all(asked, options)
