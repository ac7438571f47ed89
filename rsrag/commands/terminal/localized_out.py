"""What ``rsrag localize`` takes, prints and writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.desk.localizing import check_asked
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.analysis.localization import Localized
    from rsrag.filters import Filter
    from rsrag.types import Pixels


def checked_words(
    scene: str | None,
    query: str | None,
    like: Path | None,
    index: str | None,
    where: "Filter | None",
) -> tuple[str | None, str | None]:
    """Scene and query as they are meant; with an index there is a query alone.

    Raises:
        QueryError: what does not go together.
    """
    if index is not None:
        if query is not None or like is not None or scene is None:
            raise QueryError(
                "With --index there is one word more to give: the query.",
                hint=f'rsrag localize --index {index} "flooded fields"',
            )
        return None, scene
    if scene is None:
        raise QueryError(
            "There is no scene to look over.",
            hint='rsrag localize SCENE "a river", or --index NAME "a river"',
        )
    if where:
        raise QueryError(
            "Filters choose scenes of an index; here one scene is named.",
            hint="leave them out, or give --index NAME",
        )
    check_asked(query, like)
    return scene, query


def write_and_show(
    found: "Sequence[Localized]",
    heat: Path | None,
    polygons: Path | None,
    overlay: Path | None,
    map: Path | None,
    ground: bytes | None,
    *,
    as_json: bool,
) -> None:
    """Print the places, write the files that were asked for.

    Raises:
        QueryError: one file for several scenes.
    """
    from rsrag.analysis.heat_files import (
        overlay as heat_overlay,
        write_heat,
        write_polygons,
    )
    from rsrag.commands.terminal.telling import show, tell, tell_drawn
    from rsrag.rendering.heat_map_page import write_heat_map
    from rsrag.rendering.places_found import localized_mapping, localized_text

    if len(found) != 1 and any((heat, polygons, overlay, map)):
        raise QueryError(
            "--heat, --polygons, --overlay and --map are of one scene, and "
            f"{len(found)} were looked over.",
            hint="name the scene, or give --scenes 1",
        )
    show(
        as_json,
        lambda: [localized_mapping(one) for one in found],
        lambda: "\n".join(localized_text(one) for one in found),
    )
    for one in found:
        if one.nothing:
            tell(f"{one.source}: nothing stands out: {one.nothing}.")
        if heat is not None:
            write_heat(heat, one)
            tell(f"wrote {heat}: {one.heat.shape[1]} x {one.heat.shape[0]} cells")
        if polygons is not None:
            tell_drawn(polygons, write_polygons(polygons, one), "areas")
        if overlay is not None:
            write_picture(overlay, heat_overlay(scene_picture(one.source), one))
            tell(f"wrote {overlay}")
        if map is not None:
            write_heat_map(map, one, scene_picture(one.source), ground)
            tell(f"wrote {map}")


def scene_picture(source: str) -> "Pixels":
    """A scene as a picture, thinned out where it is large."""
    from rsrag.imagery.scenes import item_pixels
    from rsrag.imagery.sources.source_lookup import find_item

    return item_pixels(find_item(source))


def write_picture(path: Path, pixels: "Pixels") -> None:
    """Write a picture in the format of the name's ending.

    Raises:
        ConfigError: it cannot be written.
    """
    from PIL import Image

    from rsrag.durable import staged
    from rsrag.errors import ConfigError

    try:
        with staged(path) as draft:
            Image.fromarray(pixels).save(draft)
    except (OSError, ValueError) as exc:
        raise ConfigError(
            f"{path} cannot be written: {exc}", hint="a name that ends in .png or .jpg"
        ) from exc
