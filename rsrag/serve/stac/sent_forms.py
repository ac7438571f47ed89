"""A search with pictures as files of a form (``multipart/form-data``)."""

import base64
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.request_limits import parse_json

KIND = "multipart/form-data"
_PARTS = 8
_HINT = "parts: image, once or more, and search, JSON as of POST /search"


async def search_of_form(request: Request) -> Any:
    """A form as the body of a search: its files stand in ``similar``, each alike.

    Raises:
        HttpFailure: 415 or 400.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind.lower() != KIND:
        raise HttpFailure(415, f"The body is {kind[:80]!r}; it must be {KIND}.", _HINT)
    body: Any = {}
    images = []
    try:
        async with request.form(max_files=_PARTS, max_fields=_PARTS) as form:
            for name, part in form.multi_items():
                data = await part.read() if isinstance(part, UploadFile) else part
                if name == "image" and isinstance(data, bytes):
                    text = base64.b64encode(data).decode()
                    images.append({"image": f"data:image/png;base64,{text}"})
                elif name == "search":
                    body = _parsed(data)
                else:
                    raise HttpFailure(400, f"A part is {name[:80]!r}.", _HINT)
    except HTTPException as error:
        raise HttpFailure(400, f"The form cannot be read: {error.detail}.") from None
    if not images or not isinstance(body, dict):
        raise HttpFailure(400, "There is no image, or search is no JSON object.", _HINT)
    known = body.get("similar") or []
    if not isinstance(known, list):
        raise HttpFailure(400, "similar is no list.")
    return {**body, "similar": [*known, *images]}


def _parsed(text: str | bytes) -> Any:
    try:
        return parse_json(text, "search")
    except UnicodeDecodeError:
        raise HttpFailure(400, "search is no UTF-8.") from None
