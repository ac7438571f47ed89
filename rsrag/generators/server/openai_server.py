"""A model behind an OpenAI-compatible server: llama.cpp's, vLLM, Ollama and others."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from rsrag.errors import GeneratorError
from rsrag.generators.local.prompt_pieces import DEFAULT_CONTEXT, check_room
from rsrag.generators.server.completion import (
    estimated_tokens,
    streamed,
    to_openai,
    whole,
    without_pictures,
)
from rsrag.generators.server.schema_forms import NOT_TAKEN, SchemaForms
from rsrag.generators.server.web import NotJSONError, StatusError, Web, listed, root_of
from rsrag.types import Generation, Message

TIMEOUT_S = 600.0


class ServerGenerator:
    """Speaks ``/v1/chat/completions``; asks the server nothing before it must.

    Args:
        url: the server's address, with or without ``/v1``.
        model: to use; the server's first by default.
        context: tokens of prompt and completion together; by default what the
            server tells (llama.cpp and vLLM do), else 4,096.
        api_key: sent as a bearer token, never shown.
        timeout_s: how long the server may keep silent.

    Raises:
        GeneratorError: an address that cannot be.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        context: int | None = None,
        api_key: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        if context is not None and context < 1:
            raise GeneratorError(f"A context of {context} tokens cannot be.")
        self._web = Web(root_of(url), api_key, timeout_s)
        self._model = model
        self._context = context
        self._lock = threading.RLock()
        self._counting: str | None = None
        self._refused = False
        self._forms = SchemaForms()

    @property
    def name(self) -> str:
        """The model's name; asks the server if none was given."""
        return self._model or str(self._first_model["id"])

    @property
    def context_tokens(self) -> int:
        """As given, or as the server tells, or 4,096."""
        return self._context or self._told_context

    @property
    def sees(self) -> bool:
        """What llama.cpp's server and Ollama tell; of others, until one is refused."""
        told = self._told_sight
        return not self._refused if told is None else told

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt by the server's own tokenizer, if it lends it.

        llama.cpp's server and vLLM do; for others they are :func:`estimated_tokens`.
        """
        with self._lock:
            if self._counting is None:
                self._counting = self._way_of_counting()
            if self._counting == "vllm":
                body = self._vllm_body(messages)
                answer = self._web.json("/tokenize", body, quick=True)
                return self._number(answer.get("count"))
            if self._counting == "llama.cpp":
                return self._count_llama(messages)
            return estimated_tokens(messages)

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Generation:
        """Continue a conversation; see :class:`rsrag.interfaces.Generator`.

        A server that answers a picture with an error is shown no other: ``sees`` is
        false from then on.
        """
        if not messages:
            raise GeneratorError("There are no messages to answer.")
        looks = any(message.images for message in messages)
        if looks and not self.sees:
            raise GeneratorError(
                f"{self.name} at {self._web.root} cannot look at a picture.",
                hint="start the server with a model that sees and its --mmproj",
            )
        count = self.count_tokens(messages)
        check_room(count, max_tokens, self.context_tokens)
        body: dict[str, Any] = {
            "model": self.name,
            "messages": to_openai(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
        }
        try:
            return self._complete(body, count, on_text)
        except StatusError as exc:
            self._refused |= looks and exc.status in NOT_TAKEN
            raise

    def _complete(
        self, body: dict[str, Any], count: int, on_text: Callable[[str], None] | None
    ) -> Generation:
        path = "/v1/chat/completions"
        if on_text is None:
            return whole(self._web, self._web.json(path, body)).generation(count)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        with self._web.open(path, body) as response:
            if "json" in response.headers.get("Content-Type", ""):
                done = whole(self._web, self._web.parse(response.read()))
                if text := done.text.strip():
                    on_text(text)  # a server that does not stream
            else:
                done = streamed(self._web, response, on_text)
        return done.generation(count)

    @property
    def fills_schemas(self) -> bool:
        """A server is taken to run a model that is large enough, until it refuses."""
        return bool(self._forms.left)

    def fill(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> str:
        """JSON that fits a schema, as text; cut off at ``max_tokens``."""
        check_room(self.count_tokens(messages), max_tokens, self.context_tokens)
        body: dict[str, Any] = {"model": self.name, "messages": to_openai(messages)}
        body |= {"max_tokens": max_tokens, "temperature": 0.0}
        return self._forms.filled(
            lambda asked: self._complete(asked, 0, None).text, body, schema
        )

    def likelihood(self, prompt: Sequence[Message], continuation: str) -> float:
        """Not told: the protocol gives no likelihood of a given text."""
        raise GeneratorError(
            f"The server at {self._web.root} does not tell likelihoods.",
            hint="rerank with a model on this machine, or with a cross-encoder",
        )

    def close(self) -> None:
        """Nothing is kept open between calls."""

    @cached_property
    def _first_model(self) -> dict[str, Any]:
        for model in listed(self._web.json("/v1/models", quick=True)):
            if isinstance(model.get("id"), str):
                return model
        raise GeneratorError(
            f"The server at {self._web.root} lists no model.",
            hint="give its name: --llm-model NAME",
        )

    @cached_property
    def _props(self) -> dict[str, Any]:
        return self._asked("/props") or {}

    @cached_property
    def _told_sight(self) -> bool | None:
        """Whether the model sees; ``None`` where the server does not tell."""
        modalities = self._props.get("modalities")
        if isinstance(modalities, dict) and "vision" in modalities:
            return bool(modalities["vision"])
        shown = self._asked("/api/show", {"model": self.name}) or {}
        able = shown.get("capabilities")
        return "vision" in able if isinstance(able, list) else None

    @cached_property
    def _told_context(self) -> int:
        settings = self._props.get("default_generation_settings")
        told = settings.get("n_ctx") if isinstance(settings, dict) else None
        if told is None:
            there = listed(self._asked("/v1/models") or {})
            mine = (m.get("max_model_len") for m in there if m.get("id") == self.name)
            told = next(mine, None)
        return told if isinstance(told, int) and told > 0 else DEFAULT_CONTEXT

    def _asked(
        self, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """The answer to what not every server knows; ``None`` where it does not."""
        try:
            return self._web.json(path, body, quick=True)
        except NotJSONError:
            return None
        except StatusError as exc:
            if exc.status < 500 or exc.status == 501:
                return None
            raise

    def _way_of_counting(self) -> str:
        probe = [Message("user", "a")]
        answer = self._asked("/tokenize", self._vllm_body(probe))
        if answer is None:
            return "estimate"
        if isinstance(answer.get("count"), int):
            return "vllm"
        told = self._asked("/apply-template", {"messages": to_openai(probe)})
        known = told is not None and isinstance(told.get("prompt"), str)
        return "llama.cpp" if known else "estimate"

    def _vllm_body(self, messages: Sequence[Message]) -> dict[str, Any]:
        return {
            "model": self.name,
            "messages": to_openai(without_pictures(messages)),
            "add_generation_prompt": True,
        }

    def _count_llama(self, messages: Sequence[Message]) -> int:
        words = {"messages": to_openai(without_pictures(messages))}
        told = self._web.json("/apply-template", words, quick=True)
        body = {"content": told.get("prompt"), "add_special": True}
        tokens = self._web.json("/tokenize", body, quick=True).get("tokens")
        return self._number(len(tokens) if isinstance(tokens, list) else None)

    def _number(self, value: object) -> int:
        if not isinstance(value, int):
            raise GeneratorError(f"{self._web.root}/tokenize gives no count of tokens.")
        return value
