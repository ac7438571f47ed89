"""``/ask`` as a stream of events: how far it is, then the answer that was checked."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import anyio.to_thread

from rsrag.errors import GeneratorError
from rsrag.serve.failures import failure_of
from rsrag.serve.guard.request_limits import Gate

EVENTS = "text/event-stream"
BEAT_S = 10.0
"""Seconds between two signs of life while an answer is made."""

Told = Callable[..., None]


def event(kind: str, value: dict[str, Any]) -> str:
    """One event: its kind, and JSON."""
    return f"event: {kind}\ndata: {json.dumps(value)}\n\n"


async def answer_events(
    work: Callable[[Told, Callable[[str], None]], dict[str, Any]], gate: Gate
) -> AsyncIterator[str]:
    """Events of an answer: ``progress``, and at last ``answer`` or ``error``.

    Args:
        work: makes the answer, on a thread; it is given what to tell its progress to,
            and what to show every piece of text to, which raises once nobody waits.
        gate: that it passes.
    """
    loop, gone = asyncio.get_running_loop(), threading.Event()
    told: asyncio.Queue[str] = asyncio.Queue()

    def progress(stage: str, **more: Any) -> None:
        said = event("progress", {"stage": stage, **more})
        loop.call_soon_threadsafe(told.put_nowait, said)

    def heard(_: str) -> None:
        if gone.is_set():
            raise GeneratorError("Nobody waits for the answer any more.")

    yield event("progress", {"stage": "waiting"})
    try:
        async with gate():
            task = asyncio.ensure_future(
                anyio.to_thread.run_sync(work, progress, heard)
            )
            while not task.done():
                following = asyncio.ensure_future(told.get())
                await asyncio.wait(
                    {task, following},
                    timeout=BEAT_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if following.done():
                    yield following.result()
                else:
                    following.cancel()
                    if not task.done():
                        yield ": still looking\n\n"
        while not told.empty():
            yield told.get_nowait()
        yield event("answer", task.result())
    except Exception as error:
        body = failure_of(error).response().body
        yield event("error", json.loads(bytes(body)))
    finally:
        gone.set()
