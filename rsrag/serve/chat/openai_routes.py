"""OpenAI's protocol: models, chat completions, embeddings."""

import asyncio
import base64
import dataclasses
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from rsrag.answers import Answer
from rsrag.dialogue.turns import Reply
from rsrag.serve.chat.answer_routes import answer_json
from rsrag.serve.chat.chat_requests import (
    MODEL,
    ChatRequest,
    chat_request_of,
    index_of_model,
    pieces,
)
from rsrag.serve.chat.sent_conversation import next_reply
from rsrag.serve.endpoints import OPERATION, Asked, asked_of, endpoint, json_response
from rsrag.serve.failures import HttpFailure, failure_of
from rsrag.serve.guard.discretion import discreet, discreet_values
from rsrag.serve.guard.protection import CALLER, Caller
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.service import Service

BEAT_S = 10.0
"""Seconds between two signs of life while an answer is made."""
_TEXTS, _LONGEST = 256, 8_000


def openai_routes(service: Service, gate: Gate) -> list[Route]:
    """All of them."""

    async def chat(request: Request) -> Response:
        request.scope[OPERATION] = "chat"
        try:
            caller = request.scope[CALLER]
            caller.may("ask")
            read = await asked_of(request, service)
            asked = chat_request_of(service, read.body)
            if asked.stream:
                gate.check()
                told = _events(service, asked, caller, gate)
                return StreamingResponse(told, media_type="text/event-stream")
            async with gate():
                reply = await anyio.to_thread.run_sync(
                    next_reply, service, asked, caller
                )
        except Exception as error:
            return failure_of(error).response(openai=True)
        return json_response(_completion(service, reply, asked))

    return [
        endpoint(service, "models", "/v1/models", _models, scope="ask"),
        Route("/v1/chat/completions", chat, methods=["POST"], name="chat"),
        endpoint(
            service, "embeddings", "/v1/embeddings", _embeddings, methods=("POST",)
        ),
    ]


def _models(service: Service, asked: Asked) -> Response:
    names = [MODEL, *(f"{MODEL}/{name}" for name in service.names)]
    rows = [
        {"id": name, "object": "model", "created": 0, "owned_by": "rsrag"}
        for name in names
    ]
    return json_response({"object": "list", "data": rows})


def _said(service: Service, reply: Reply, asked: ChatRequest) -> dict[str, Any]:
    """What stands beside the text: evidence, notes, what was understood."""
    turn, answer = reply.turn, reply.answer
    index = asked.index or service.only
    known: dict[str, Any] = {"text": discreet(turn.told), "notes": []}
    if isinstance(answer, Answer):
        known = answer_json(answer)
    told = {
        "kind": turn.kind,
        "understood": turn.understood,
        "pictures": list(turn.pictures),
        "hits": [
            {**dataclasses.asdict(hit), "image": f"rsrag://{index}/{hit.id}"}
            for hit in reply.hits
        ],
    }
    notes = [*known["notes"], *asked.notes]
    return {**known, "notes": notes, "turn": discreet_values(told)}


def _head(kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
    }


def _completion(service: Service, reply: Reply, asked: ChatRequest) -> dict[str, Any]:
    said = _said(service, reply, asked)
    message = {"role": "assistant", "content": said["text"], "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**_head("chat.completion"), "choices": [choice], "rsrag": said}


async def _events(
    service: Service, asked: ChatRequest, caller: Caller, gate: Gate
) -> AsyncIterator[str]:
    """The answer as events, sentence by sentence, once all of it was checked."""
    head, gone = _head("chat.completion.chunk"), threading.Event()

    def event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps({**head, 'choices': [choice], **more})}\n\n"

    yield event({"role": "assistant", "content": ""})
    try:
        async with gate():
            work = asyncio.ensure_future(
                asyncio.to_thread(next_reply, service, asked, caller, gone)
            )
            while not (await asyncio.wait({work}, timeout=BEAT_S))[0]:
                yield ": still looking\n\n"
        said = _said(service, work.result(), asked)
        for piece in pieces(said["text"]):
            yield event({"content": piece})
        yield event({}, "stop", rsrag=said)
    except Exception as error:
        body = failure_of(error).response(openai=True).body
        yield f"data: {bytes(body).decode()}\n\n"
    finally:
        gone.set()
    yield "data: [DONE]\n\n"


def _embeddings(service: Service, asked: Asked) -> Response:
    body = asked.body if isinstance(asked.body, dict) else {}
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not 1 <= len(texts) <= _TEXTS:
        raise HttpFailure(400, f"input is a text, or a list of 1 to {_TEXTS}.")
    if not all(
        isinstance(one, str) and one.strip() and len(one) <= _LONGEST for one in texts
    ):
        raise HttpFailure(400, "input holds what is no text, or a blank or long one.")
    form = body.get("encoding_format", "float")
    if form not in ("float", "base64"):
        raise HttpFailure(400, "encoding_format is float or base64.")
    name = index_of_model(service, body.get("model", MODEL))
    if name is None and len({service.index(n).dim for n in service.names}) > 1:
        raise HttpFailure(400, "There are several encoders.", "model: rsrag/INDEX")
    if name is None and not service.names:
        raise HttpFailure(404, "There is no index, and so no encoder.")
    with service.index(name or service.names[0]).use() as generation:
        encoder = generation.joined_encoder
        rows = encoder.encode_texts(texts)
        tokens = sum(encoder.count_tokens(texts))
    if body.get("dimensions") not in (None, rows.shape[1]):
        raise HttpFailure(400, f"dimensions are {rows.shape[1]}.")
    data = [
        {
            "object": "embedding",
            "index": at,
            "embedding": row.tolist()
            if form == "float"
            else base64.b64encode(row.astype("<f4").tobytes()).decode(),
        }
        for at, row in enumerate(rows)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    said = {"object": "list", "data": data, "model": body.get("model", MODEL)}
    return json_response({**said, "usage": usage})
