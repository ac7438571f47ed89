"""How time and memory grow with the number of vectors."""

from collections import defaultdict
from collections.abc import Callable

from bench.result import Cell, Line, Plot, Table, exponent
from bench.search.measuring import Piece
from bench.search.systems import SYSTEMS

_FIGURES: dict[str, tuple[str, Callable[[Piece], float]]] = {
    "build": ("build, s", lambda piece: piece["build"]["seconds"]),
    "peak": ("peak building, GB", lambda piece: piece["build"]["peak"] / 1e9),
    "p50": ("p50, ms", lambda piece: piece["serve"]["single"]["p50_ms"]),
    "batch": (
        "batched, ms a query",
        lambda piece: next(
            1000 / one["qps"]
            for one in piece["serve"]["sweep"]
            if one["setting"] == piece["serve"]["chosen"]
        ),
    ),
}


def growth(pieces: list[Piece]) -> tuple[Table, list[Plot]]:
    """Exponents of each figure by system, and a plot of each figure.

    Only systems that were measured at two sizes or more of one cloud take part.
    """
    series: dict[tuple[str, str], list[Piece]] = defaultdict(list)
    for piece in pieces:
        series[piece["cloud"], piece["system"]].append(piece)
    grown = {
        key: sorted(own, key=lambda piece: piece["count"])
        for key, own in series.items()
        if len(own) > 1
    }
    rows: list[list[Cell]] = []
    for (cloud, system), own in grown.items():
        sizes = ", ".join(f"{piece['count']:,}" for piece in own)
        found = [exponent(_points(own, figure)) for _, figure in _FIGURES.values()]
        rows.append([SYSTEMS[system].title, cloud, sizes, *found])
    heads = [f"{text.split(',')[0]}" for text, _ in _FIGURES.values()]
    table = Table(
        "Growth",
        ("system", "vectors", "sizes", *heads),
        rows,
        "Exponent b of a figure that grows as count**b, by least squares of the "
        "logarithms; 1 is in proportion. Settings differ with size, as each was the "
        "first that reached the recall.",
    )
    plots = []
    for cloud in dict.fromkeys(cloud for cloud, _ in grown):
        for name, (text, figure) in _FIGURES.items():
            lines = [
                Line(SYSTEMS[system].title, _points(own, figure))
                for (of, system), own in grown.items()
                if of == cloud
            ]
            stem = f"search-growth-{name}-{cloud.split(',')[0]}"
            heading = f"{text.split(',')[0].capitalize()} by size, {cloud}"
            plots.append(Plot(stem, heading, "vectors", text, lines, True, True))
    return table, plots


def _points(
    own: list[Piece], figure: Callable[[Piece], float]
) -> list[tuple[float, float]]:
    return [(float(piece["count"]), float(figure(piece))) for piece in own]
