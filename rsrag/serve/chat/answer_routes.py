"""``/ask``, ``/caption`` and ``/classify``."""

from collections.abc import Callable
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from rsrag.answers import Answer
from rsrag.desk.imagery.stages import stage
from rsrag.rendering.answers.answer_pages import answer_mapping, evidence_geojson
from rsrag.rendering.answers.classes import classified_mapping
from rsrag.serve.chat.ask_stream import EVENTS, Told, answer_events
from rsrag.serve.chat.sent_pictures import sent_picture
from rsrag.serve.endpoints import OPERATION, Asked, asked_of, endpoint, json_response
from rsrag.serve.failures import HttpFailure, failure_of
from rsrag.serve.guard.body_values import (
    fields,
    flag_of,
    mapping_of,
    number_of,
    numbers_of,
    text_of,
    whole_of,
)
from rsrag.serve.guard.discretion import discreet_values
from rsrag.serve.guard.protection import CALLER
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.service import Service

MOST_TOKENS = 1_024
_LABELS = 1_000


def answer_routes(service: Service, gate: Gate) -> list[Route]:
    """All of them."""
    answers = {"caption": _caption, "classify": _classify}

    async def ask(request: Request) -> Response:
        request.scope[OPERATION] = "ask"
        try:
            request.scope[CALLER].may("ask")
            asked = await asked_of(request, service)
            if EVENTS in asked.headers.get("accept", ""):
                gate.check()
                read = await anyio.to_thread.run_sync(_question, service, asked)

                def work(told: Told, heard: Callable[[str], None]) -> dict[str, Any]:
                    told("looking")

                    def found(_: Any) -> None:
                        told("wording")

                    return _answered(service, read, on_retrieved=found, on_text=heard)

                return StreamingResponse(answer_events(work, gate), media_type=EVENTS)
            async with gate():
                return await anyio.to_thread.run_sync(_ask, service, asked)
        except Exception as error:
            return failure_of(error).response()

    return [
        Route("/ask", ask, methods=["POST"], name="ask"),
        *(
            endpoint(
                *(service, name, f"/{name}", made),
                methods=("POST",),
                scope="ask",
                gate=gate,
            )
            for name, made in answers.items()
        ),
    ]


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as JSON values, its evidence as GeoJSON beside it."""
    mapping: dict[str, Any] = discreet_values(
        {**answer_mapping(answer), "geojson": evidence_geojson([answer])}
    )
    return mapping


def _ask(service: Service, asked: Asked) -> Response:
    return json_response(_answered(service, _question(service, asked)))


def _answered(service: Service, given: dict[str, Any], **heard: Any) -> dict[str, Any]:
    with stage("ask"):
        return answer_json(service.knowledge.ask(**given, **heard))


def _question(service: Service, asked: Asked) -> dict[str, Any]:
    """What is asked, as the desk takes it."""
    given = fields(
        asked.body,
        question=text_of,
        image=lambda value: sent_picture(service, value),
        at=numbers_of(2),
        bbox=numbers_of(4),
        radius=number_of(0, 20_000),
        after=mapping_of,
        collection=text_of,
        max_tokens=whole_of(MOST_TOKENS),
    )
    if "question" not in given:
        raise HttpFailure(400, "There is no question.")
    if "at" in given:
        given["at"] = tuple(given["at"])
    name = given.pop("collection", None)
    given["index"] = index_named(service, name, pictured="image" in given)
    return given


def _caption(service: Service, asked: Asked) -> Response:
    given = fields(
        asked.body,
        image=lambda value: sent_picture(service, value),
        collection=text_of,
        neighbours=whole_of(1_000),
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
        unsure=number_of(0, 1),
        closed=flag_of,
        top_k=whole_of(_LABELS),
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


def _labels(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= _LABELS:
        raise ValueError
    return [text_of(one) for one in value]
