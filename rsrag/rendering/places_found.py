"""Places in a scene that look like what was asked for, as a table and as JSON."""

from typing import Any

from rsrag.analysis.heat_files import peak_mappings
from rsrag.analysis.localization import Localized
from rsrag.rendering.text_table import printable, text_table


def localized_mapping(found: Localized) -> dict[str, Any]:
    """What was found as plain JSON values; every key is always there."""
    plan = found.plan
    return {
        "source": found.source,
        "query": found.query,
        "encoder": found.identity.id,
        "windows_px": [side * plan.shrink for side in plan.windows_px],
        "stride_px": plan.cell_px,
        "relevance": None if found.relevance is None else round(found.relevance, 4),
        "lift": None if found.lift is None else round(found.lift, 4),
        "nothing": found.nothing or None,
        "peaks": peak_mappings(found),
    }


def localized_text(found: Localized) -> str:
    """A table of the peaks, under the scene and what was looked for."""
    rows = []
    for peak in peak_mappings(found):
        column, row = peak["peak_px"]
        lon, lat = peak["peak"] or (None, None)
        rows.append(
            (
                str(peak["rank"]),
                f"{peak['score']:.3f}",
                "-" if lon is None else f"{lon:.5f}",
                "-" if lat is None else f"{lat:.5f}",
                f"{column:.0f}",
                f"{row:.0f}",
                area_words(peak["area_m2"]),
            )
        )
    head = ("RANK", "SCORE", "LON", "LAT", "COLUMN", "ROW", "AREA")
    sides = " and ".join(
        _side(side * found.plan.shrink, found.gsd_m) for side in found.plan.windows_px
    )
    title = f"{printable(found.query)} in {printable(found.source)}"
    return (
        f"{title}\n{text_table(head, rows, right=head)}"
        f"Seen by {found.identity.id} in windows of {sides}.\n"
    )


def area_words(area_m2: float | None) -> str:
    """Square metres or kilometres, for people; a dash for none."""
    if area_m2 is None:
        return "-"
    if area_m2 < 1e5:
        return f"{area_m2:,.0f} m2"
    return f"{area_m2 / 1e6:,.{0 if area_m2 >= 1e9 else 2}f} km2"


def _side(pixels: int, gsd_m: float | None) -> str:
    return f"{pixels} px" + ("" if gsd_m is None else f" ({pixels * gsd_m:,.0f} m)")
