"""Addresses of pictures on servers: told from paths, cleaned of secrets, for GDAL."""

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from rsrag.errors import ConfigError

_URL = re.compile(r"(https?|s3|gs|az):/{1,2}(?=[^/])", re.I)
_API = re.compile(
    r"(?P<root>https?://[^/]+(?:/[^/]+)*?)/"
    r"(?:search|collections/(?P<collection>[^/]+)/items(?:/(?P<item>[^/]+))?)/?"
)
_SEARCHED = ("collections", "ids", "bbox", "datetime", "limit", "filter")
_VSI = {"s3": "/vsis3/", "gs": "/vsigs/", "az": "/vsiaz/"}
_HINT = (
    "an address is https://HOST/FILE, s3://BUCKET/KEY, gs://BUCKET/KEY or "
    "az://CONTAINER/KEY"
)


def as_url(given: Path | str) -> str | None:
    """The address that a source is, or ``None`` for a path.

    A ``Path`` has lost one of the two slashes; it is put back.
    """
    text = str(given)
    match = _URL.match(text)
    if match is None:
        return None
    return f"{match[1].lower()}://{text[match.end() :]}"


def whereabouts(source: str) -> str:
    """An address as it is, a path from the root on."""
    return source if as_url(source) else str(Path(source).expanduser().absolute())


def source_text(given: Path | str) -> str:
    """How a source is written down: an absolute path, or an address without secrets.

    Of the query of a STAC API, what is searched for is kept.
    """
    url = as_url(given)
    if url is None:
        return str(Path(given).absolute())
    asked = [(k, v) for k, v in parse_qsl(urlsplit(url).query) if k in _SEARCHED]
    kept = f"?{urlencode(asked, safe=',/:')}" if asked and api_parts(url) else ""
    shown = public(url).rstrip("/") if in_bucket(url) else public(url)
    return shown + kept


def api_parts(url: str) -> tuple[str, str | None, str | None] | None:
    """Root of a STAC API, collection and item, if an address is one of these.

    ``ROOT/search``, ``ROOT/collections/NAME/items`` or that with ``/ID``.
    """
    match = _API.fullmatch(public(url))
    if match is None:
        return None
    name, item = match["collection"], match["item"]
    return (
        match["root"],
        unquote(name) if name else None,
        unquote(item) if item else None,
    )


def in_bucket(url: str) -> bool:
    """Whether an address is of an object, or of a prefix of objects."""
    return url.partition("://")[0] in _VSI


def check_url(url: str) -> None:
    """Refuse what is no address, or holds a password.

    Raises:
        ConfigError: naming the address without its secrets.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as exc:
        raise ConfigError(f"{public(url)} is no address: {exc}.", hint=_HINT) from exc
    if not host or parts.path in ("", "/"):
        raise ConfigError(f"{public(url)} names no file on a server.", hint=_HINT)
    least = 0x1F if in_bucket(url) else 0x20  # A key may hold spaces.
    if any(ord(letter) <= least or ord(letter) == 0x7F for letter in url):
        raise ConfigError(
            f"{public(url)!r} holds spaces or control characters.", hint=_HINT
        )
    if parts.username or parts.password:
        raise ConfigError(
            f"{public(url)}: a name and password in an address would be kept in the "
            "index.",
            hint="put them into ~/.netrc, or AWS_* variables for s3://",
        )


def public(url: str) -> str:
    """An address without user, password, query and fragment: what may be shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0].rpartition("@")[2]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def gdal_path(url: str) -> str:
    """How GDAL finds a file on a server, reading only the parts that it needs."""
    scheme, _, rest = url.partition("://")
    if scheme in _VSI:
        return _VSI[scheme] + rest
    if "?" in url:
        return f"/vsicurl?url={quote(url, safe='')}"
    return f"/vsicurl/{url}"


def offline() -> bool:
    """Whether ``RSRAG_OFFLINE=1`` forbids to ask any server."""
    return os.environ.get("RSRAG_OFFLINE", "").strip().lower() in ("1", "true", "yes")
