"""The picture of a request as a scene that can be looked over."""

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

from rsrag.serve.chat.sent_pictures import CHIP, sent_picture
from rsrag.serve.failures import HttpFailure
from rsrag.serve.service import Service

if TYPE_CHECKING:
    from rsrag.imagery.reading import SceneReading

MOST_PX = 2048 * 2048
"""Pixels of a picture that is looked over."""


@contextmanager
def asked_scene(
    service: Service, given: Mapping[str, Any], key: str = "image"
) -> "Iterator[SceneReading]":
    """The picture of a request, open to the end of the block.

    Raises:
        HttpFailure: 400, 404 or 413.
    """
    from rsrag.imagery.scene_parts import scene_of_pixels

    if key not in given:
        raise HttpFailure(400, f"There is no {key}.")
    picture, box = given[key], given.get("bbox")
    chip = CHIP.fullmatch(picture) if isinstance(picture, str) else None
    with ExitStack() as stack:
        if chip is None:
            name = "the picture" if key == "image" else f"the picture {key}"
            scene = scene_of_pixels(sent_picture(service, picture), name, box)
        elif box is not None:
            raise HttpFailure(400, "A chip has a place already; leave bbox out.")
        else:
            scene = _chip(service, picture, chip["index"], stack)
        stack.enter_context(closing(scene))
        if scene.width * scene.height > MOST_PX:
            raise HttpFailure(
                413,
                f"The picture is {scene.width} x {scene.height}; {MOST_PX:,} pixels "
                "are looked over at most.",
                "cut it, or thin it out",
            )
        yield scene


def _chip(
    service: Service, address: str, index: str, stack: ExitStack
) -> "SceneReading":
    from rsrag.desk.imagery.over_time.pair_choice import chip_source

    hit = sent_picture(service, address)
    generation = stack.enter_context(service.index(index).use())
    source = chip_source(hit, generation.options)
    return dataclasses.replace(source, name=address).open()
