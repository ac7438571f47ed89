"""Captions for the chips of an index that came with none."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsrag.desk.imagery.finding.captions_there import add_captions, captions_file
from rsrag.errors import ImageryError

if TYPE_CHECKING:
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.retrieval.chip_hit import ChipHit

_WRITTEN = 32
"""Captions that are written together: what a kill can cost."""
_PAGE = 500


@dataclass(slots=True)
class Captioned:
    """What was done.

    Attributes:
        made: chips that have a caption now.
        had: chips that had one.
        silent: chips of which nothing could be said.
        unread: chips whose pictures could not be read, and the first reason.
    """

    made: int = 0
    had: int = 0
    silent: int = 0
    unread: int = 0
    reason: str = ""

    def to_json(self) -> dict[str, int | str]:
        """Plain values."""
        return {
            "made": self.made,
            "had": self.had,
            "silent": self.silent,
            "unread": self.unread,
            "reason": self.reason,
        }


def caption_chips(
    knowledge: "Knowledge",
    index: "Index",
    drawn: "Index",
    neighbours: int,
    progress: Callable[[str, int, int], None],
    stop: Callable[[], bool],
) -> Captioned:
    """Describe the chips of an index that have no caption, and keep what is said.

    The captions stay beside the generations, by the ids of the chips: an update or a
    rebuild of the same chips keeps them. What is there already is not made again.

    Args:
        knowledge: that describes.
        drawn: index whose captions of like pictures are drawn on; it may be the same.
        neighbours: how many like pictures are listened to.
        progress: told the stage, the chips that are done, and how many there are.
        stop: asked after each chip whether to stop.

    Raises:
        KeyboardInterrupt: ``stop`` said so; what was said until then is kept.
    """
    done, waiting = Captioned(), []
    with index.use() as generation:
        known = generation.captions.chips
        path, total = captions_file(generation.folder), len(generation.store)
    try:
        for chip in _chips(index):
            if stop():
                raise KeyboardInterrupt
            if chip.id in known:
                done.had += 1
            elif said := _said(knowledge, chip, drawn, neighbours, done):
                waiting.append(json.dumps({"id": chip.id, "caption": said}))
                done.made += 1
            if len(waiting) >= _WRITTEN:
                add_captions(path, waiting)
                waiting = []
            progress("captions", done.made + done.had, total)
    finally:
        add_captions(path, waiting)
        with index.use() as generation:
            generation.forget_captions()
    return done


def _chips(index: "Index") -> "Iterator[ChipHit]":
    page = index.browse(limit=_PAGE)
    while page:
        yield from page
        page = index.browse(after=page[-1], limit=_PAGE)


def _said(
    knowledge: "Knowledge",
    chip: "ChipHit",
    drawn: "Index",
    neighbours: int,
    done: Captioned,
) -> str | None:
    try:
        answer = knowledge.caption(
            chip,
            index=drawn,
            neighbours=neighbours,
            exclude_self=True,
        )
    except ImageryError as error:
        done.unread += 1
        done.reason = done.reason or f"{chip.source}: {error}"
        return None
    if answer.refused or not answer.value:
        done.silent += 1
        return None
    return answer.value
