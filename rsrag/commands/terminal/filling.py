"""``rsrag caption --fill``: captions for the chips of an index."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rsrag.commands.terminal.progress import StageBar
from rsrag.commands.terminal.telling import going_on, stop_softly
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.asking.knowledge_base import Knowledge


def check_what(
    images: Sequence[Path], fill: str | None, geojson: Path | None, prompt: bool
) -> None:
    """Refuse pictures and an index together, or neither.

    Raises:
        typer.BadParameter: neither is given.
        QueryError: what does not go together.
    """
    if not images and fill is None:
        raise typer.BadParameter(
            "neither a picture nor --fill NAME, whose chips lack one."
        )
    if images and fill is not None:
        raise QueryError(
            "Give pictures to describe, or an index to fill: one of them.",
            hint="rsrag caption IMAGE, or rsrag caption --fill NAME",
        )
    if fill is not None and (geojson is not None or prompt):
        raise QueryError("--geojson and --show-prompt are for pictures.")


def filled(
    knowledge: "Knowledge", name: str, index: str | None, neighbours: int
) -> tuple[dict[str, Any], str]:
    """Fill an index; what was done as plain values and as text.

    Args:
        index: whose captions are drawn on; the index itself by default.
    """
    from rsrag.desk.asking.captioned_chips import caption_chips

    filling = knowledge.desk.index(name)
    drawn = filling if index is None else knowledge.desk.index(index)
    with stop_softly() as stop, going_on(name), StageBar(" chips") as bar:
        done = caption_chips(knowledge, filling, drawn, neighbours, bar, stop)
    text = f"{name!r}: {done.made:,} chips have a caption now, {done.had:,} had one"
    text += f", of {done.silent:,} nothing can be said.\n"
    if done.unread:
        text += f"{done.unread:,} could not be read, such as {done.reason}\n"
    text += f'search them: rsrag search "a lake" --index {name} --lanes all --explain\n'
    return done.to_json(), text
