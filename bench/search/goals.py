"""What rsrag's store was to reach on two cores, and what it reached."""

from bench.result import Goal
from bench.search.measuring import GOAL_RECALL, GOAL_RECALL_LARGE, Piece

_MILLION, _TEN = 1_000_000, 10_000_000
_FILTERED = 0.95
_UNKNOWN = "not looked into yet"


def goals(pieces: list[Piece]) -> list[Goal]:
    """Of every cloud and size at which rsrag was measured."""
    found: list[Goal] = []
    for piece in pieces:
        if piece["system"] != "rsrag":
            continue
        of = f"{piece['count']:,} vectors, {piece['cloud']}"
        if piece["count"] == _MILLION:
            found += [
                _recall(piece, of, GOAL_RECALL),
                _speed(piece, of, 2_000),
                _p99(piece, of, 5),
                _resident(piece, of, 1.2),
            ]
        if piece["count"] == _TEN:
            found += [
                _recall(piece, of, GOAL_RECALL_LARGE),
                _p99(piece, of, 40),
                _resident(piece, of, 6),
                _built(piece, of, 60),
            ]
        found.append(_filtered(piece, of))
    return found


def _goal(
    text: str,
    wanted: str,
    measured: str,
    met: bool,
    why: str = _UNKNOWN,
) -> Goal:
    return Goal(text, wanted, measured, met, "" if met else why)


def _slower_texts(piece: Piece) -> str:
    """Why a search may be late: what texts look for lies in more cells."""
    speed = piece["serve"]["sweep"][0]["speed"]
    if speed["text"] >= speed["image"]:
        return _UNKNOWN
    return (
        f"{speed['image']:,.0f} queries/s of pictures and {speed['text']:,.0f} of "
        "texts, whose neighbours lie in more of the cells"
    )


def _recall(piece: Piece, of: str, least: float) -> Goal:
    both = piece["serve"]["sweep"][0]["recall"]
    text = ", ".join(f"{value:.3f} {kind}s" for kind, value in both.items())
    met = min(both.values()) >= least
    return _goal(f"recall@10, {of}", f"at least {least}", text, met)


def _speed(piece: Piece, of: str, least: float) -> Goal:
    speed = piece["serve"]["sweep"][0]["qps"]
    wanted = f"at least {least:,.0f} queries/s"
    text = f"{speed:,.0f} queries/s"
    why = _slower_texts(piece)
    return _goal(f"all queries in one call, {of}", wanted, text, speed >= least, why)


def _p99(piece: Piece, of: str, most: float) -> Goal:
    p99 = piece["serve"]["single"]["p99_ms"]
    wanted = f"under {most:g} ms"
    text, why = f"{p99:.2f} ms", _slower_texts(piece)
    return _goal(f"p99 of a single query, {of}", wanted, text, p99 < most, why)


def _resident(piece: Piece, of: str, most: float) -> Goal:
    rest = piece["serve"]["rest"]
    total, own = rest["total"] / 1e9, rest["anonymous"] / 1e9
    text = f"{total:.2f} GB, {own:.2f} of them not backed by files"
    return _goal(f"resident, {of}", f"under {most:g} GB", text, total < most)


def _built(piece: Piece, of: str, most: float) -> Goal:
    minutes, peak = piece["build"]["seconds"] / 60, piece["build"]["peak_anonymous"]
    text = f"{minutes:.0f} minutes, at most {peak / 1e9:.1f} GB not backed by files"
    wanted = f"under {most:g} minutes with bounded memory"
    return _goal(f"built, {of}", wanted, text, minutes < most)


def _filtered(piece: Piece, of: str) -> Goal:
    found = piece["serve"]["filtered"]
    recalls = {
        f"{region}, {kind}s": value
        for region, one in found.items()
        for kind, value in one["kinds"].items()
        if value == value  # not a number where a region of few vectors is empty
    }
    worst = min(recalls, key=recalls.__getitem__, default="")
    least = recalls.get(worst, 0.0)
    text = f"{least:.3f} at worst ({worst})"
    wanted = f"at least {_FILTERED} at every selectivity"
    return _goal(f"filtered recall@10, {of}", wanted, text, least >= _FILTERED)
