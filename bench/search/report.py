"""The result of all pieces: tables, plots, and goals."""

from collections.abc import Iterable

from bench.options import Options
from bench.result import Cell, Line, Plot, Result, Table
from bench.search.goals import goals
from bench.search.growth import growth
from bench.search.measuring import GOAL_RECALL, GOAL_RECALL_LARGE, LARGE, PLANS, Piece
from bench.search.systems import THREADS
from bench.search.tables import filters, memory, of, speed, summary, title
from bench.search.tried import TRIED

_TEXT = (
    "Every system gets the same vectors, a chunk at a time, builds its index in a "
    "process of its own, and is opened from disk in another that searches; so memory "
    "is each one's own. Half of the queries are like the vectors, as one picture "
    "searches for others; half lie where CLIP's texts lie, farther off. Recall@10 is "
    "against exact answers, and the lower of both kinds is what counts. Each system's "
    "search-time setting is swept, and the first one that reaches the recall is used "
    "for single and filtered searches; rsrag has none and is taken as it is. "
    "Filters name a rectangle of the Earth. Three hold shares of pictures that lie "
    "evenly; the fourth holds pictures that resemble each other and few others, so "
    "that a query's neighbours seldom lie there."
)


def combine(options: Options, pieces: list[Piece], notes: list[str]) -> Result:
    """Tables and plots by cloud and size, growth over sizes, and goals."""
    done = [piece for piece in pieces if "serve" in piece]
    tables, plots = [], []
    for cloud, count in _groups(pieces):
        own = [p for p in pieces if (p["cloud"], p["count"]) == (cloud, count)]
        tables += [summary(own), speed(own), memory(own), filters(own)]
        if len(own) > 1:
            plots.append(_curve(own))
    table, grown = growth(done)
    tables += [table, _left_out(pieces), _tuned(pieces)]
    versions: dict[str, str] = {}
    for piece in done:
        versions |= piece["versions"]
    plan = PLANS[options.mode]
    return Result(
        name="search",
        title="Vector search",
        text=" ".join([_TEXT, *dict.fromkeys(notes)]),
        mode=options.mode,
        versions=versions,
        settings={
            "sizes": sorted({piece["count"] for piece in pieces}),
            "clouds": sorted({piece["cloud"] for piece in pieces}),
            "width": sorted({piece["dim"] for piece in pieces}),
            "queries": plan.queries,
            "queries with filter": plan.filtered,
            "single queries": plan.singles,
            "rounds": options.rounds,
            "threads": THREADS,
            "pieces": "one system at one size each, as they were last measured; the "
            "time of the run counts only those that were missing",
        },
        tables=[table for table in tables if table.rows],
        plots=[plot for plot in [*plots, *grown] if plot.lines],
        goals=goals(done),
        tried=TRIED,
    )


def _groups(pieces: Iterable[Piece]) -> list[tuple[str, int]]:
    groups = {(piece["cloud"], piece["count"]) for piece in pieces}
    return sorted(groups, key=lambda group: (group[1], group[0]))


def _curve(pieces: list[Piece]) -> Plot:
    lines = []
    for piece in pieces:
        if "serve" in piece:
            points = [
                (min(one["recall"].values()), one["qps"])
                for one in piece["serve"]["sweep"]
            ]
            lines.append(Line(title(piece), sorted(points)))
    cloud, count = pieces[0]["cloud"].split(",")[0], pieces[0]["count"]
    return Plot(
        f"search-recall-{cloud}-{count}",
        f"Recall and speed, {of(pieces)}",
        "recall@10, the lower of images and texts",
        f"queries/s, {THREADS} threads",
        lines,
        log_y=True,
    )


def _left_out(pieces: list[Piece]) -> Table:
    rows: list[list[Cell]] = [
        [title(piece), piece["cloud"], piece["count"], piece[reason]]
        for piece in pieces
        for reason in ("left out", "ended")
        if reason in piece
    ]
    return Table("Not measured", ("system", "vectors", "count", "why"), rows)


def _tuned(pieces: list[Piece]) -> Table:
    told = {title(piece): piece["tuned"] for piece in pieces}
    about = {
        title(piece): piece["serve"]["about"]
        for piece in pieces
        if "serve" in piece and piece["serve"]["about"]
    }
    rows: list[list[Cell]] = [
        [name, text + (f". It chose {about[name]}" if name in about else "")]
        for name, text in told.items()
    ]
    note = (
        f"Of what is swept, the first setting is taken at which both kinds of queries "
        f"reach a recall of {GOAL_RECALL}, from {LARGE:,} vectors on "
        f"{GOAL_RECALL_LARGE}."
    )
    return Table("How each was tuned", ("system", "settings"), rows, note)
