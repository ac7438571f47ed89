"""``/ask``, ``/caption`` and ``/classify``."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from rsrag.answers import Answer
from rsrag.rendering.answers.answer_pages import answer_mapping, evidence_geojson
from rsrag.rendering.answers.classes import classified_mapping
from rsrag.serve.chat.sent_pictures import sent_picture
from rsrag.serve.endpoints import Asked, endpoint, json_response
from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.discretion import discreet_values
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.service import Service

MOST_TOKENS = 1_024
_LONGEST = 4_000
_LABELS = 1_000


def answer_routes(service: Service, gate: Gate) -> list[Route]:
    """All of them."""
    answers = {"ask": _ask, "caption": _caption, "classify": _classify}
    return [
        endpoint(
            service, name, f"/{name}", made, methods=("POST",), scope="ask", gate=gate
        )
        for name, made in answers.items()
    ]


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as JSON values, its evidence as GeoJSON beside it."""
    mapping: dict[str, Any] = discreet_values(
        {**answer_mapping(answer), "geojson": evidence_geojson([answer])}
    )
    return mapping


def _ask(service: Service, asked: Asked) -> Response:
    given = fields(
        asked.body,
        question=text_of,
        image=lambda value: sent_picture(service, value),
        at=_numbers(2),
        bbox=_numbers(4),
        radius=_number(0, 20_000),
        after=_mapping,
        collection=text_of,
        max_tokens=_whole(MOST_TOKENS),
    )
    if "question" not in given:
        raise HttpFailure(400, "There is no question.")
    question, name = given.pop("question"), given.pop("collection", None)
    if "at" in given:
        given["at"] = tuple(given["at"])
    index = index_named(service, name, pictured="image" in given)
    answer = service.knowledge.ask(question, index=index, **given)
    return json_response(answer_json(answer))


def _caption(service: Service, asked: Asked) -> Response:
    given = fields(
        asked.body,
        image=lambda value: sent_picture(service, value),
        collection=text_of,
        neighbours=_whole(1_000),
    )
    if "image" not in given:
        raise HttpFailure(400, "There is no image.")
    index = index_named(service, given.pop("collection", None), pictured=False)
    answer = service.knowledge.caption(given.pop("image"), index=index, **given)
    return json_response(answer_json(answer))


def _classify(service: Service, asked: Asked) -> Response:
    given = fields(
        asked.body,
        image=lambda value: sent_picture(service, value),
        labels=_labels,
        collection=text_of,
        unsure=_number(0, 1),
        closed=_flag,
        top_k=_whole(_LABELS),
    )
    if "image" not in given:
        raise HttpFailure(400, "There is no image.")
    index = index_named(service, given.pop("collection", None), pictured=False)
    top_k = given.pop("top_k", 5)
    found = service.knowledge.classify(given.pop("image"), index=index, **given)
    mapping = classified_mapping(found, top_k)
    del mapping["image"]
    return json_response(discreet_values(mapping))


def index_named(service: Service, name: str | None, *, pictured: bool) -> Any:
    """The index that is named; for a picture the only one, if there is one."""
    if name is not None:
        return service.index(name)
    return service.index(service.only) if pictured and service.only else None


def fields(body: Any, **readers: Callable[[Any], Any]) -> dict[str, Any]:
    """The members of a JSON body, each read.

    Raises:
        HttpFailure: 400: a member that there is not, or cannot be.
    """
    if not isinstance(body, Mapping):
        raise HttpFailure(400, "The body is no JSON object.")
    found = {}
    for name, value in body.items():
        if name not in readers:
            known = ", ".join(readers)
            raise HttpFailure(
                400, f"There is no parameter {str(name)[:80]!r}.", f"known: {known}"
            )
        if value is not None:
            try:
                found[name] = readers[name](value)
            except (ValueError, TypeError, OverflowError):
                raise HttpFailure(
                    400, f"{name} is {str(value)[:80]!r}, which cannot be."
                ) from None
    return found


def text_of(value: Any) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise ValueError
    return value


def _numbers(count: int) -> Callable[[Any], list[float]]:
    def read(value: Any) -> list[float]:
        if not isinstance(value, list) or len(value) != count:
            raise ValueError
        return [_number(-360, 360)(one) for one in value]

    return read


def _number(low: float, high: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool | str) or not low <= value <= high:
            raise ValueError
        return float(value)

    return read


def _whole(most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not 1 <= value <= most:
            raise ValueError
        return value

    return read


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError
    return value


def _labels(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= _LABELS:
        raise ValueError
    return [text_of(one) for one in value]
