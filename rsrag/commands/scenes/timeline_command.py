"""``rsrag timeline``: one place at all the times that an index shows it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import ServerSettings
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.commands.options.outputs import PICTURES, written
from rsrag.desk.filtering import filter_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


@command
def timeline(
    words: list[str] | None = None,
    *,
    at: str,
    index: str | None = None,
    where: Annotated["Filter", From(filter_of)],
    strip: Annotated[Path | None, written(*PICTURES)] = None,
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Show one place at all its times, and how like some words it is at each.

    Dates under cloud, and pictures told twice, are said.

    Options:
        words WORDS...: What to compare each date with: "a lake" "farmland".
        at LON,LAT: The place.
        index NAME: Index that shows it. [default: the only one]
        strip FILE: Write the dates side by side, with a line for each words (PNG,
            JPEG, WebP).
    """
    from rsrag.commands.terminal.telling import show, tell
    from rsrag.desk.filter_values import point_of
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.rendering.times.time_strip import write_strip
    from rsrag.rendering.times.timeline_text import timeline_text

    with as_typed():
        point = point_of(at, "at")
    with Index(index, settings) as opened:
        found = opened.timeline(point, words or (), where=where)
        show(json, found.to_json, lambda: timeline_text(found))
        if strip is not None:
            write_strip(strip, found)
            tell(f"wrote {strip}")
