"""Hits as a notebook shows them, and their pictures."""

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rsrag.errors import RsragError
from rsrag.rendering.hits.hit_table import coordinates_of, resolution
from rsrag.rendering.text_table import printable
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image


def thumbnail(pixels: Pixels, side: int) -> "Image":
    """The picture, scaled so that its longer side is ``side`` pixels."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def jpeg(picture: "Image", quality: int) -> bytes:
    """The picture as a JPEG file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def data_uri(picture: bytes) -> str:
    """A JPEG as an address that holds it."""
    return "data:image/jpeg;base64," + base64.b64encode(picture).decode()


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
