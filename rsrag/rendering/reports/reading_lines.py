"""What was read for an index, and who placed and dated it, in a few lines."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.indexing.format.build_report import BuildReport
from rsrag.rendering.reports.report_words import named_lines
from rsrag.types import Skip

SHOWN = 5
"""Kinds of notes, and ways of placing or dating, that a screen has room for."""

_USUAL_BANDS = "1,2,3 (colours of the bands)"
_VALUES = re.compile(r"\d[\d.,]*")


def reading_lines(report: BuildReport) -> list[str]:
    """Scenes of an index by ending, by who placed and dated them, and by bands."""
    counts = report.scenes_by
    if not counts:
        return []
    rows = [("read", _listed(counts["format"], "without ending"))]
    rows += [
        (word, _listed(counts[name], "by nothing", "by "))
        for word, name in (("placed", "placed_by"), ("dated", "dated_by"))
    ]
    if set(counts["bands"]) - {_USUAL_BANDS, ""}:
        rows.append(("bands", _listed(counts["bands"], "not told")))
    if report.uniform:
        words = f"{report.uniform:,} chips are one colour all over: searches leave them"
        rows.append(("uniform", f"{words} out (--uniform takes them)"))
    if counts["placed_by"].get("") or counts["dated_by"].get(""):
        remedy = "--crs, --bounds and --metadata place and date scenes"
        rows.append(("which", f"rsrag index audit {report.index}; {remedy}"))
    return named_lines(rows).splitlines()


def dense_words(dense: Sequence[Mapping[str, Any]]) -> str:
    """What there is at each chip size: ``1024px: all; 512px: 40 % of the ground``."""
    return "; ".join(
        f"{one['chip_size']}: "
        + (
            "all"
            if one["area"] == 1
            else f"{one['area']:.1%} of the ground, {one['scenes']:.0%} of scenes whole"
        )
        for one in dense
    )


def dense_lines(report: BuildReport) -> list[str]:
    """What an index that was built within a budget has, and how to go on."""
    if not report.dense:
        return []
    lines = [f"there at each chip size: {dense_words(report.dense)}."]
    if any(one["area"] < 1 for one in report.dense):
        lines.append(f"go on: rsrag index densify {report.index} --budget 20m")
    return lines


def _listed(counts: Mapping[str, int], none: str, by: str = "") -> str:
    found = sorted(counts.items(), key=lambda pair: (pair[0] == "", -pair[1], pair[0]))
    words = [f"{n:,} {by + word if word else none}" for word, n in found]
    more = f", {len(words) - SHOWN:,} others" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more


def alike_lines(skips: Sequence[Skip], start: str, more: str) -> list[str]:
    """A line for all that say the same of several sources, the first ones only.

    Args:
        start: of each line.
        more: what follows the count of those that are not shown.
    """
    groups: dict[tuple[str, str], list[Skip]] = {}
    for one in skips:
        said = _VALUES.sub("#", one.reason.replace(one.source, ""))
        groups.setdefault((one.kind, said), []).append(one)
    lines = []
    for first, *others in list(groups.values())[:SHOWN]:
        like = f" (and {len(others):,} more like it)" if others else ""
        told = first.reason.startswith(first.source)
        where = "" if told else f"{first.source}: "
        lines.append(f"{start}{where}{first.reason}{like}")
    if rest := sum(map(len, list(groups.values())[SHOWN:])):
        lines.append(f"{start}... and {rest:,} more{more}")
    return lines
