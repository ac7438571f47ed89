"""Errors as answers: ``{code, description, hint}``, and nothing of this machine."""

import json
import logging
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from rsrag import errors
from rsrag.serve.guard.discretion import discreet

_LOG = logging.getLogger("rsrag.serve")
RETRY_S = 5
_OPTION = re.compile(r"(?<![\w-])--(?P<name>[a-z][a-z-]*)")

# The first class that fits counts. What is not here is a fault of the service.
_STATUS: tuple[tuple[type[errors.RsragError], int], ...] = (
    (errors.QueryError, 400),
    (errors.GeometryError, 400),
    (errors.ConfigError, 400),
    (errors.ChangeError, 400),
    (errors.IndexNotFoundError, 404),
    (errors.IndexMismatchError, 409),
    (errors.SourceNotFoundError, 404),
    (errors.ImageryError, 400),
    (errors.GeneratorError, 503),
    (errors.KnowledgeError, 503),
    (errors.IndexLockedError, 503),
)


class HttpFailure(Exception):
    """A request that is refused.

    Args:
        status: of HTTP.
        description: what is wrong, with the values that are.
        hint: what to send instead.
        headers: besides the usual ones.
    """

    def __init__(
        self,
        status: int,
        description: str,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(description)
        self.status, self.hint = status, hint
        self.headers = dict(headers or {})
        if status in (429, 503):
            self.headers.setdefault("retry-after", str(RETRY_S))

    @property
    def code(self) -> str:
        """The status in words: ``NotFound``."""
        return HTTPStatus(self.status).phrase.title().replace(" ", "")

    def response(self, *, openai: bool = False) -> Response:
        """The answer; also in the form of OpenAI's clients, if that is wanted."""
        said: dict[str, Any] = {"code": self.code, "description": discreet(str(self))}
        if self.hint:
            said["hint"] = discreet(self.hint)
        if openai:
            error = {"message": said["description"], "type": said["code"]}
            said["error"] = {**error, "code": said["code"], "param": None}
        return Response(
            json.dumps(said, ensure_ascii=True),
            self.status,
            headers=self.headers,
            media_type="application/json",
        )


def _member(option: re.Match[str]) -> str:
    """An option of the command line as a body calls it."""
    return option["name"].replace("-", "_")


def failure_of(error: Exception) -> HttpFailure:
    """Any error as a refusal; faults of the service are logged under an id."""
    if isinstance(error, HttpFailure):
        return error
    if isinstance(error, errors.RsragError):
        for kind, status in _STATUS:
            if isinstance(error, kind):
                hint = None if "rsrag " in (error.hint or "") else error.hint
                said = _OPTION.sub(_member, str(error))
                return HttpFailure(status, said, hint and _OPTION.sub(_member, hint))
    number = secrets.token_hex(4)
    _LOG.error("fault %s", number, exc_info=error)
    return HttpFailure(
        500, f"The service failed, fault {number}.", "its log says more under this id"
    )
