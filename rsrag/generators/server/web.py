"""JSON over HTTP to one server, its failures told in words."""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rsrag.errors import GeneratorError

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.error import HTTPError

_log = logging.getLogger(__name__)

MAX_BYTES = 16 << 20
"""Of an answer that does not come as a stream."""

_HINTS = {
    401: "set RSRAG_LLM_API_KEY to a key that this server takes",
    403: "set RSRAG_LLM_API_KEY to a key that this server takes",
    404: "check the address (--llm-url http://HOST:PORT/v1) and the model's name",
    413: "give less evidence, or a smaller picture",
    429: "wait a while; the server has had too many questions",
}


class StatusError(GeneratorError):
    """An error that the server answered with; ``status`` is HTTP's number."""

    def __init__(self, status: int, message: str, hint: str | None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class NotJSONError(GeneratorError):
    """The server answered with something else than a JSON object."""


class Web:
    """Asks one server.

    Args:
        root: address before ``/v1``.
        api_key: sent as a bearer token; never part of a message.
        timeout_s: how long the server may keep silent while it writes an answer.

    Raises:
        GeneratorError: a key that cannot be sent.
    """

    def __init__(self, root: str, api_key: str | None, timeout_s: float) -> None:
        self.root = root
        self._key = (api_key or "").strip()
        if not (self._key.isascii() and self._key.isprintable()) or " " in self._key:
            raise GeneratorError(
                "The server's key has characters that no key has.",
                hint="set RSRAG_LLM_API_KEY again",
            )
        self._timeout_s = timeout_s

    def json(
        self, path: str, body: Mapping[str, Any] | None = None, *, quick: bool = False
    ) -> dict[str, Any]:
        """One object in answer; ``body`` is posted, ``quick`` questions wait less.

        Raises:
            GeneratorError: no answer, an error, or no JSON object.
        """
        with self.open(path, body, quick=quick) as response:
            raw = response.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise GeneratorError(f"{self.root}{path} answers with more than 16 MB.")
        return self.parse(raw)

    def parse(self, raw: bytes | str) -> dict[str, Any]:
        """One JSON object, or an error with its beginning."""
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict):
            return answer
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        raise NotJSONError(
            f"{self.root} does not answer in JSON: {self.told(text)!r}.",
            hint="--llm-url must be an OpenAI-compatible server's",
        )

    @contextmanager
    def open(
        self, path: str, body: Mapping[str, Any] | None = None, *, quick: bool = False
    ) -> Iterator["HTTPResponse"]:
        """The answer as a stream; errors while it is read are told, too."""
        import http.client
        import urllib.error
        import urllib.request

        class Stay(urllib.request.HTTPRedirectHandler):
            # A redirect would carry the key to another server.
            def redirect_request(self, *_: object) -> None:
                return None

        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, headers)
        timeout_s = min(10.0, self._timeout_s) if quick else self._timeout_s
        started = time.perf_counter()
        try:
            opener = urllib.request.build_opener(Stay)
            with opener.open(request, timeout=timeout_s) as response:
                yield response
                seconds = time.perf_counter() - started
                _log.info(
                    "%s %s%s: %d, read in %.2f s",
                    *(request.get_method(), self.root, path, response.status, seconds),
                )
        except urllib.error.HTTPError as exc:
            with exc:
                refusal = self._refusal(path, exc)
            _log.info("%s %s%s: %d", request.get_method(), self.root, path, exc.code)
            raise refusal from exc
        except TimeoutError as exc:
            raise self._silence(timeout_s) from exc
        except urllib.error.URLError as exc:
            if isinstance(exc.reason, TimeoutError):
                raise self._silence(timeout_s) from exc
            raise GeneratorError(
                f"No server answers at {self.root}: {exc.reason}.",
                hint="start it (llama-server -m MODEL.gguf --port 8080), "
                "or check --llm-url",
            ) from exc
        except (http.client.HTTPException, OSError) as exc:
            said = str(exc) or type(exc).__name__
            raise GeneratorError(
                f"The server at {self.root} broke off: {said}.",
                hint="look at the server's own log",
            ) from exc

    def told(self, answer: object) -> str:
        """What a server says is wrong, from the forms that servers use, keyless."""
        while isinstance(answer, dict):
            known = [k for k in ("error", "message", "detail") if k in answer]
            answer = answer[known[0]] if known else str(answer)
        said = " ".join(str(answer).split())
        return (said.replace(self._key, "***") if self._key else said)[:300]

    def _refusal(self, path: str, error: "HTTPError") -> StatusError:
        try:
            raw = error.read(65536)
        except (OSError, ValueError):
            raw = b""
        try:
            said = self.told(json.loads(raw))
        except (ValueError, RecursionError):
            said = self.told(raw.decode("utf-8", "replace"))
        hint = _HINTS.get(error.code)
        if error.code >= 500:
            hint = "look at the server's own log; it may still be loading the model"
        elif 300 <= error.code < 400:
            moved = error.headers.get("Location") or "another address"
            said = f"the server is at {moved}"
            hint = "give that address as --llm-url"
        words = f"{self.root}{path} answers {error.code}"
        return StatusError(error.code, f"{words}: {said}" if said else words, hint)

    def _silence(self, timeout_s: float) -> GeneratorError:
        return GeneratorError(
            f"The server at {self.root} kept silent for {timeout_s:g} s.",
            hint="is it loading, or busy? ask again, or take a smaller model",
        )


def root_of(url: str) -> str:
    """A server's address without ``/v1`` and what may follow it."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GeneratorError(
            f"{url!r} is not the address of a server.",
            hint="--llm-url http://127.0.0.1:8080",
        )
    if parts.username or parts.password:
        raise GeneratorError(
            "The server's address holds a password.",
            hint="set RSRAG_LLM_API_KEY instead",
        )
    path = re.sub(r"(/v1)?(/chat/completions)?/*$", "", parts.path)
    return f"{parts.scheme}://{parts.netloc}{path}"


def listed(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The models of an answer to ``/v1/models``."""
    models = answer.get("data")
    found = models if isinstance(models, list) else []
    return [model for model in found if isinstance(model, dict)]
