"""Where in a scene a thing lies, on the interactive map: heat, areas and a list."""

from pathlib import Path
from typing import Any

from rsrag.analysis.heat_files import overlay, peak_mappings
from rsrag.analysis.localization import Localized
from rsrag.errors import ConfigError
from rsrag.rendering.hits.html_map import map_data, write_page
from rsrag.rendering.map_areas import area_row, cut_out, map_layer
from rsrag.rendering.text_table import printable
from rsrag.types import Pixels


def write_heat_map(
    path: Path, found: Localized, picture: Pixels, ground: bytes | None
) -> None:
    """Write a scene's heat and areas as an interactive map, one HTML file.

    Args:
        picture: the scene, thinned out as one likes.
        ground: what lies under it, as ``map_ground`` of ``hits/html_map.py`` gives it.

    Raises:
        ConfigError: the scene has no place, or the file cannot be written.
    """
    if found.place is None:
        raise ConfigError(
            f"{found.source} has no place on the Earth, so it cannot be put on a map.",
            hint="--overlay draws the heat on the picture",
        )
    data = map_data(ground)
    data["heading"] = "Where it is"
    data["layers"] = [map_layer(overlay(picture, found), found.place, found.size)]
    peaks = [] if found.nothing else peak_mappings(found)
    rows = [_row(found, peak, picture) for peak in peaks]
    title = f"{printable(found.query)} in {Path(printable(found.source)).name}"
    section: dict[str, Any] = {"title": title, "hits": rows}
    if found.nothing:
        section["note"] = f"Nothing stands out: {found.nothing}."
    data["sections"].append(section)
    write_page(path, data)


def _row(found: Localized, peak: dict[str, Any], picture: Pixels) -> dict[str, Any]:
    return area_row(
        peak["rank"],
        peak["score"],
        peak["geometry"],
        peak["area_m2"],
        found.source,
        peak["peak"],
        cut_out(picture, peak["bbox_px"], found.size),
    )
