"""How the service is run: its address, who may ask, and its limits."""

import dataclasses
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rsrag.errors import ConfigError

_ABOVE = 1_000
"""From the service's port to that of its metrics."""
ANONYMOUS = ("none", "search", "all")
"""What those without a key may do."""
_LEAST = {"llm_at_once": 1, "llm_queue": 0, "max_pixels": 1, "workers": 1}
MOST_WORKERS = 64
LOGS = ("none", "text", "json")
"""Forms of the line that each request leaves in the log."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Address, callers and limits of the service.

    Attributes:
        host: to listen on; one that is not this machine's own needs ``keys``, or
            ``anonymous`` on purpose.
        port: to listen on; 0 takes a free one.
        public_url: under which clients see the service, behind a proxy.
        keys: file of the keys, as ``rsrag keys add`` writes it.
        anonymous: what those without a key may do; all without ``keys``, none else.
        allow_host: names under which the service may be asked, besides its own.
        cors: origins of pages of others that may ask.
        max_body_mb: megabytes of a request's body at most.
        max_pixels: pixels of a picture that is sent at most.
        rate: requests a second that one caller may make; ``None`` for no limit.
        llm_at_once: answers that the language model words side by side.
        llm_queue: answers that wait for it at most.
        body_s: seconds that a body may take to arrive.
        cache_mb: megabytes of thumbnails that are kept on disk at most.
        metrics_host: to listen on for ``/metrics``; one that other machines reach needs
            ``keys``, or ``anonymous`` on purpose.
        metrics_port: for ``/metrics``, 0 for a free one; ``None`` for a thousand above
            ``port``. ``port`` itself puts it beside all else, for the scope
            ``metrics``.
        log: a line on stderr for each request: ``json``, ``text`` or ``none``.
        workers: processes that answer behind the one address.
        ui, mcp, chat: whether there is the page, MCP, and what answers questions.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    keys: Path | None = None
    anonymous: str | None = None
    allow_host: tuple[str, ...] = ()
    cors: tuple[str, ...] = ()
    max_body_mb: float = 16.0
    max_pixels: int = 50_000_000
    rate: float | None = None
    llm_at_once: int = 1
    llm_queue: int = 8
    body_s: float = 30.0
    cache_mb: float = 512.0
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    log: str = "none"
    workers: int = 1
    ui: bool = True
    mcp: bool = True
    chat: bool = True

    def __post_init__(self) -> None:
        if self.anonymous not in (None, *ANONYMOUS):
            words = ", ".join(ANONYMOUS)
            raise ConfigError(f"anonymous is {self.anonymous!r}; it is one of {words}.")
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ConfigError(
                    f"{name} is {getattr(self, name)}; it is at least {least}."
                )
        if self.workers > MOST_WORKERS:
            raise ConfigError(
                f"workers is {self.workers}; it is {MOST_WORKERS} at most."
            )
        if self.log not in LOGS:
            raise ConfigError(
                f"log_format is {self.log!r}; it is one of {', '.join(LOGS)}."
            )
        if self.keys is None and self.anonymous == "none":
            raise ConfigError(
                "Without keys and without anonymous callers nobody may ask.",
                hint="rsrag keys add NAME --file keys.json, then --keys keys.json",
            )
        for name in ("host", "metrics_host"):
            given = getattr(self, name)
            if self.keys is None and self.anonymous is None and not is_local(given):
                raise ConfigError(
                    f"{name} is {given}, which other machines reach, and no keys are "
                    "asked for.",
                    hint="rsrag keys add NAME --file keys.json, then --keys keys.json; "
                    "or, on purpose, --anonymous search",
                )
        if "*" in self.cors and self.keys is not None:
            raise ConfigError(
                "cors is * and keys are asked for: any page could use a visitor's key.",
                hint="name the origins: --cors https://maps.example.org",
            )
        url = urlsplit(self.public_url or "http://localhost")
        if url.scheme not in ("http", "https") or not url.hostname or url.query:
            raise ConfigError(f"public_url is {self.public_url!r}; it is no address.")

    @property
    def local(self) -> bool:
        """Whether only this machine reaches the service."""
        return is_local(self.host)

    @property
    def metrics(self) -> "ServeOptions | None":
        """Options of the second address, which has ``/metrics`` and nothing else.

        On this machine alone nobody needs a key there. ``None``: there is none, as
        ``metrics_port`` is ``port``.
        """
        if self.metrics_port == self.port != 0:
            return None
        usual = self.port + _ABOVE if self.port else 0
        own = is_local(self.metrics_host)
        return dataclasses.replace(
            self,
            host=self.metrics_host,
            port=usual if self.metrics_port is None else self.metrics_port,
            metrics_host="localhost",
            metrics_port=None,
            public_url=None,
            keys=None if own else self.keys,
            anonymous=None if own else self.anonymous,
        )

    @property
    def scopes(self) -> frozenset[str]:
        """What those without a key may do."""
        word = self.anonymous or ("all" if self.keys is None else "none")
        allowed = {"none": (), "search": ("search", "pictures"), "all": SCOPES}
        return frozenset(allowed[word])

    @property
    def hosts(self) -> frozenset[str]:
        """Names under which the service may be asked, lower case, without a port."""
        own = {"localhost", "127.0.0.1", "::1", *self.allow_host}
        if not self.local and self.host not in ("0.0.0.0", "::"):
            own.add(self.host)
        if self.public_url:
            own.add(urlsplit(self.public_url).hostname or "")
        return frozenset(name.lower() for name in own)


SCOPES = ("search", "ask", "pictures", "metrics")
"""What a key may be good for."""


def is_local(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
