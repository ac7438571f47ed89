"""``rsrag index densify``: smaller chips where an index has an overview alone."""

from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import BuildSettings
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.desk.filtering import filter_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


@command
def densify(
    name: str,
    query: str | None = None,
    *,
    top_k: int = 20,
    budget: str | None = None,
    where: Annotated["Filter", From(filter_of)],
    batch_size: int = 64,
    settings: BuildSettings,
    json: bool = False,
) -> None:
    """Embed smaller chips of an index that was built with --budget.

    Where the best hits of a query are, or on the ground of chips that pass the filters;
    else everywhere, one size after the other. Run it again to go on.

    Options:
        query [TEXT]: What to look for: an index becomes dense where its best hits are.
        top_k N: Hits of the query.
        budget TIME: Begin nothing more after this time: 20m, 90s, 1h30m.
            [default: until all is dense]
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import going_on, show, stop_softly
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.desk.upkeep.densifying import seconds_of
    from rsrag.rendering.reports.build_reports import build_report_text

    with as_typed():
        limit = None if budget is None else seconds_of(budget)
    with stop_softly() as stop, going_on(name), BuildBar() as bar:
        report = Index(name, settings).densify(
            query,
            top_k=top_k,
            budget=limit,
            batch_size=batch_size,
            progress=bar,
            stop=stop,
            where=where or None,
        )
    show(json, report.to_json, build_report_text(report))
