"""``rsrag serve``: the service, until it is stopped."""

import difflib
import functools
import inspect
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rsrag.commands.command_table import PREFIXES
from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import as_typed, command
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.desk.chosen_settings import one_thread
from rsrag.errors import ConfigError

PREFIX = PREFIXES["serve"]
_SAID = (
    *("host", "metrics_host", "log_format", "public_url", "anonymous"),
    *("llm_concurrency", "llm_queue", "workers"),
)


def check_variables(environment: Mapping[str, str], options: Iterable[str]) -> None:
    """Refuse variables that look like an option's, and are none's.

    Raises:
        ConfigError: naming one, and the nearest that there is.
    """
    known = {f"{PREFIX}_{name.upper()}" for name in options}
    for name in environment:
        if name.startswith(f"{PREFIX}_") and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise ConfigError(
                f"{name} is set, and rsrag serve has no such option.",
                hint=f"{near[0]} is one" if near else "rsrag serve --help lists them",
            )


def one_thread_a_request(**_: Any) -> None:
    """Processors serve requests side by side, not one request with all of them."""
    one_thread()


@functools.partial(command, first=one_thread_a_request)
def serve(
    *,
    index: list[str] | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    public_url: str | None = None,
    keys: Path | None = None,
    anonymous: str | None = None,
    allow_host: list[str] | None = None,
    cors: list[str] | None = None,
    max_body_mb: float = 16.0,
    max_pixels: int = 50_000_000,
    rate: float | None = None,
    metrics_host: str = "127.0.0.1",
    metrics_port: int | None = None,
    llm_concurrency: int = 1,
    llm_queue: int = 8,
    no_ui: bool = False,
    no_mcp: bool = False,
    no_chat: bool = False,
    log_format: str = "none",
    workers: int = 1,
    model: GeneratorChoice,
    settings: PlaceSettings,
) -> None:
    """Serve indexes and knowledge: a STAC API that ranks by what pictures show.

    Each option has a variable: --max-body-mb is RSRAG_SERVE_MAX_BODY_MB, which the
    command line goes before; several names stand with spaces between them.

    Options:
        index NAME: Index of imagery to serve. May be given several times. [default:
            all]
        host ADDRESS: To listen on. One that other machines reach needs --keys, or
            --anonymous on purpose.
        port N: To listen on; 0 takes a free one.
        public_url URL: Address under which clients see the service, behind a proxy.
        keys FILE: Keys of those who may ask, as rsrag keys add writes them.
        anonymous WORD: What those without a key may do: none, search or all. [default:
            none with --keys, all without]
        allow_host NAME: Name under which the service may be asked, besides its own. May
            be given several times.
        cors ORIGIN: Origin of pages of others that may ask. May be given several times.
        max_body_mb MB: Most megabytes of a request.
        max_pixels N: Most pixels of a picture that is sent.
        rate N: Most requests a second of one caller. [default: no limit]
        metrics_host ADDRESS: To listen on for /metrics.
        metrics_port N: For /metrics; 0 takes a free one; that of --port puts it beside
            all else, for keys with the scope metrics. [default: a thousand above
            --port]
        llm_concurrency N: Answers that --llm-url words side by side.
        llm_queue N: Most answers that wait for the language model.
        no_ui: Without the page for people.
        no_mcp: Without MCP.
        no_chat: Without answers: /ask, /caption, /classify, /v1, and MCP.
        log_format WORD: Lines on stderr for each request: none, text or json.
        workers N: Processes that answer side by side. Each opens the indexes by itself
            and loads its own --llm.
    """
    from rsrag.packages import need
    from rsrag.serve.serve_options import ServeOptions

    need("uvicorn", "rsrag serve")
    with as_typed(*_SAID):
        check_variables(os.environ, inspect.signature(serve).parameters)
        if llm_concurrency > 1 and not (model.llm_url or settings.llm_url):
            raise ConfigError(
                f"llm_concurrency is {llm_concurrency}; a model in this process words "
                "one answer at a time.",
                hint="--llm-url URL names a server that words several",
            )
        options = ServeOptions(
            host=host,
            port=port,
            public_url=public_url,
            keys=keys,
            anonymous=anonymous,
            allow_host=tuple(allow_host or ()),
            cors=tuple(cors or ()),
            max_body_mb=max_body_mb,
            max_pixels=max_pixels,
            rate=rate,
            metrics_host=metrics_host,
            metrics_port=metrics_port,
            llm_at_once=llm_concurrency,
            llm_queue=llm_queue,
            log=log_format,
            workers=workers,
            ui=not no_ui,
            mcp=not (no_mcp or no_chat),
            chat=not no_chat,
        )
    from rsrag.serve.processes.running import run_service

    def told(address: str, metrics: str | None) -> None:
        words = f"serving at {address}/{'' if no_ui else 'ui/'}"
        print(words, file=sys.stderr, flush=True)
        if metrics:
            print(f"metrics at {metrics}", file=sys.stderr, flush=True)

    run_service(settings, options, index or (), model, told)
