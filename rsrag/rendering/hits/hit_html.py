"""Hits as a table of HTML, for notebooks."""

from collections.abc import Sequence
from html import escape

from rsrag.errors import RsragError
from rsrag.rendering.hits.hit_fields import coordinates_of, resolution
from rsrag.rendering.hits.hit_pictures import data_uri, jpeg, thumbnail
from rsrag.rendering.text_table import printable
from rsrag.retrieval.chip_hit import ChipHit

SHOWN = 50
"""Hits that are shown; what a notebook keeps must not grow without end."""
SIDE = 96
"""Longer side of a picture, pixels."""

_HEAD = "".join(f"<th>{name}</th>" for name in ("", "score", "place", "date", "source"))


def hits_html(title: str, hits: Sequence[ChipHit]) -> str:
    """A table with a picture for each hit; for one that cannot be read, the reason.

    Whatever names and records say is text in it, never HTML.

    Args:
        title: what was searched for.
        hits: best first.
    """
    rows = "".join(f"<tr>{_row(hit)}</tr>" for hit in hits[:SHOWN])
    more = f"<p>and {len(hits) - SHOWN:,} more</p>" if len(hits) > SHOWN else ""
    count = f"{len(hits):,} hit{'s' * (len(hits) != 1)}"
    return (
        f"<p><b>{_text(title)}</b>: {count}</p>"
        f"<table><thead><tr>{_HEAD}</tr></thead><tbody>{rows}</tbody></table>{more}"
    )


def _row(hit: ChipHit) -> str:
    where = "<br>".join(filter(None, (_text(hit.place), _text(coordinates_of(hit)))))
    taken = hit.datetime.date().isoformat() if hit.datetime else None
    seen = (taken, hit.sensor, hit.gsd_m and resolution(hit.gsd_m))
    when = "<br>".join(_text(one) for one in seen if one)
    source = f'<span title="{_text(hit.source)}">{_text(hit.file_name)}</span>'
    cells = (_picture(hit), f"{hit.score:.3f}", where, when, source)
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _picture(hit: ChipHit) -> str:
    try:
        picture = jpeg(thumbnail(hit.pixels(), SIDE), 80)
    except RsragError as error:
        return f"<em>{_text(str(error))}</em>"
    return f'<img src="{data_uri(picture)}" alt="chip {_text(hit.id)}">'


def _text(value: str | None) -> str:
    return escape(printable(value)) if value else ""
