"""What is asked of pictures, as tools of the Model Context Protocol: of chips alone."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.pictures.scene_routes import SCENE_WORK
from rsrag.serve.service import Service

_SHAPES = ("geojson", "areas")
"""What fills pages and tells a language model nothing."""
Tool = Callable[..., Awaitable[dict[str, object]]]


def scene_tools(
    service: Service,
    off: Callable[..., Awaitable[dict[str, object]]],
    gate: Gate | None,
) -> tuple[Tool, ...]:
    """The tools.

    Args:
        off: does something on a thread.
        gate: that each passes.
    """

    async def done(name: str, **given: Any) -> dict[str, object]:
        async with gate() if gate else contextlib.nullcontext():
            return await off(_work, service, name, given)

    async def find_in_chip(
        collection: str, id: str, query: str, limit: int = 10
    ) -> dict[str, object]:
        """Where in a chip the thing lies that the query says, most alike first.

        nothing: why nothing stands out, else null. peak: longitude, latitude.
        """
        image = _address(collection, id)
        return await done("localize", image=image, query=query, top_k=limit)

    async def cover_of_chip(
        collection: str, id: str, classes: list[str] | None = None
    ) -> dict[str, object]:
        """How much of a chip each class covers; land cover where none are named."""
        return await done("segment", image=_address(collection, id), classes=classes)

    async def ground_in_chip(
        collection: str, id: str, phrase: str, limit: int = 1
    ) -> dict[str, object]:
        """Boxes of the thing in a chip that a phrase means, with reasons.

        phrase: "the largest plane at the top right".
        """
        image = _address(collection, id)
        return await done("ground", image=image, phrase=phrase, top_k=limit)

    async def change_between_chips(
        collection: str, before: str, after: str, questions: list[str] | None = None
    ) -> dict[str, object]:
        """What changed between two chips of one place, and answers from that alone.

        before, after: ids. questions: "how many buildings were built?"
        """
        pair = {"before": before, "after": after}
        given = {key: _address(collection, id_) for key, id_ in pair.items()}
        return await done("change", **given, questions=questions)

    return find_in_chip, cover_of_chip, ground_in_chip, change_between_chips


def _address(collection: str, id_: str) -> str:
    return f"rsrag://{collection}/{id_}"


def _work(service: Service, name: str, given: dict[str, Any]) -> dict[str, object]:
    found = SCENE_WORK[name](service, given)
    return {key: value for key, value in found.items() if key not in _SHAPES}
