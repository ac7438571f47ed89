"""Report of published figures, and of those measured beside them, as a page."""

from collections.abc import Mapping
from typing import Any

from rsrag.rendering.evaluations.eval_pages import whole_page
from rsrag.rendering.evaluations.report_page import Block, Page


def published_page(report: Mapping[str, Any]) -> Page:
    """A row a figure; below them which sets agree, and which cannot be compared."""
    measured = "settings" in report
    rows = [["SET", "FIGURE", "PUBLISHED"]]
    rows[0] += ["MEASURED", "DIFFERENCE"] if measured else ["PICTURES"]
    for one in report["sets"]:
        for number, (name, figure) in enumerate(one["figures"].items()):
            row = ["" if number else one["set"], name, _figure(figure["published"])]
            if measured:
                difference = _figure(figure["difference"], sign=True)
                row += [_figure(figure["measured"]), difference]
            else:
                pictures = one["holds"]["published"]["pictures"]
                row.append("" if number else f"{pictures:,}")
            rows.append(row)
    title = f"Published figures of {report['model']}"
    sources = sorted({one["source"] for one in report["sets"]})
    lines = [*map(_verdict, report["sets"] if measured else ())]
    lines += [f"Published: {source}." for source in sources]
    if not measured:
        first = report["sets"][0]["set"]
        lines.append(f"To measure them: --set {first}=FOLDER, and so on for each set.")
        return Page(title, [Block(title, rows, lines)])
    return whole_page(title, [Block(title, rows, lines)], report)


def _verdict(one: Mapping[str, Any]) -> str:
    published, here = one["holds"]["published"], one["holds"]["measured"]
    if not one["same_set"]:
        counts = ", ".join(
            f"{here[name]:,} {name} of {count:,}" for name, count in published.items()
        )
        return (
            f"{one['set']}: not comparable, for it is not the published set: {counts}."
        )
    found = one["figures"][one["decisive"]]
    verdict = "agrees" if one["agrees"] else "DOES NOT AGREE"
    return (
        f"{one['set']}: {verdict}; {one['decisive']} lies "
        f"{_figure(abs(found['difference']))} away, and {_figure(one['tolerance'])} is "
        "allowed."
    )


def _figure(value: float, *, sign: bool = False) -> str:
    decimals = 4 if abs(value) < 1 and value != 0 else 2
    return f"{value:{'+' if sign else ''}.{decimals}f}"
