"""Keys of callers: made once, kept as hashes, good for some things and some time."""

import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from rsrag.durable import write_atomically
from rsrag.errors import ConfigError
from rsrag.serve.serve_options import SCOPES

_LOG = logging.getLogger("rsrag.serve")
LOOK_S = 2.0
"""Seconds after which a change of the file is seen at the latest."""
_KEY = re.compile(r"rsrag_(?P<id>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_-]{43})")
_DAYS = re.compile(r"(?P<days>\d{1,5})d")


@dataclasses.dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, without its secret.

    Attributes:
        id: that logs show.
        name: whose it is.
        scopes: what it is good for.
        sha256: of the secret.
        created: RFC 3339.
        expires: RFC 3339, or ``None``.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    sha256: str
    created: str
    expires: str | None = None

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        now = dt.datetime.now(dt.UTC)
        return (
            self.expires is not None and dt.datetime.fromisoformat(self.expires) < now
        )


def add_key(
    file: Path, name: str, scopes: Sequence[str], expires: str | None
) -> tuple[ApiKey, str]:
    """Make a key and write it into the file.

    Args:
        file: made if it is not there, readable by its owner alone.
        name: whose it is.
        scopes: of ``search``, ``ask``, ``pictures``, ``metrics``.
        expires: ``90d``, or ``None``.

    Returns:
        The key, and its text, which is nowhere else.

    Raises:
        ConfigError: no such scope, no such time, or a file that is no file of keys.
    """
    if strange := [scope for scope in scopes if scope not in SCOPES]:
        raise ConfigError(f"scope is {strange[0]!r}; it is one of {', '.join(SCOPES)}.")
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    until = None
    if expires is not None:
        match = _DAYS.fullmatch(expires)
        if match is None or not int(match["days"]):
            raise ConfigError(f"expires is {expires!r}; write days, as in 90d.")
        until = (now + dt.timedelta(days=int(match["days"]))).isoformat()
    id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        id_, name, tuple(dict.fromkeys(scopes)), _digest(secret), now.isoformat(), until
    )
    _write(file, [*read_keys(file, missing=True), key])
    return key, f"rsrag_{id_}_{secret}"


def revoke_key(file: Path, id_: str) -> ApiKey:
    """Take a key out of the file.

    Raises:
        ConfigError: there is none of that id.
    """
    keys = read_keys(file)
    found = [key for key in keys if key.id == id_]
    if not found:
        known = ", ".join(key.id for key in keys) or "none"
        raise ConfigError(f"{file} has no key {id_!r}.", hint=f"it has {known}")
    _write(file, [key for key in keys if key.id != id_])
    return found[0]


def read_keys(file: Path, *, missing: bool = False) -> list[ApiKey]:
    """The keys of a file, oldest first.

    Args:
        missing: a file that is not there has none.

    Raises:
        ConfigError: not there, or no file of keys.
    """
    try:
        rows = json.loads(file.read_text("utf-8"))["keys"]
        return [ApiKey(**{**row, "scopes": tuple(row["scopes"])}) for row in rows]
    except FileNotFoundError as exc:
        if missing:
            return []
        hint = f"rsrag keys add NAME --file {file}"
        raise ConfigError(f"There is no file of keys {file}.", hint=hint) from exc
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as exc:
        raise ConfigError(f"{file} is no file of keys: {exc!r}") from exc


class KeyRing:
    """The keys of a file, which is read again when it changes.

    Raises:
        ConfigError: at the start: not there, or no file of keys.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._keys: dict[str, ApiKey] = {}
        self._stamp: object = None
        self._looked = 0.0
        self._keys = {key.id: key for key in read_keys(file)}

    def holder(self, text: str) -> ApiKey | None:
        """The key that a caller shows; ``None`` for one that is not good."""
        match = _KEY.fullmatch(text)
        self._load()
        key = self._keys.get(match["id"]) if match else None
        same = hmac.compare_digest(
            key.sha256 if key else "0" * 64, _digest(match["secret"] if match else "")
        )
        return key if key and same and not key.expired else None

    def _load(self) -> None:
        with self._lock:
            if time.monotonic() - self._looked < LOOK_S:
                return
            self._looked = time.monotonic()
            try:
                status = self._file.stat()
                stamp: object = (status.st_mtime_ns, status.st_size, status.st_ino)
            except OSError:
                stamp = None
            if stamp is not None and stamp == self._stamp:
                return
            # A file that went or broke opens the door to nobody.
            self._keys, self._stamp = {}, stamp
            try:
                self._keys = {key.id: key for key in read_keys(self._file)}
            except ConfigError:
                _LOG.error("no key is good: %s cannot be read", self._file.name)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _write(file: Path, keys: Sequence[ApiKey]) -> None:
    rows = [dataclasses.asdict(key) for key in keys]
    old = os.umask(0o077)
    try:
        write_atomically(file, json.dumps({"keys": rows}, indent=1) + "\n")
        file.chmod(0o600)
    except OSError as exc:
        raise ConfigError(f"{file} cannot be written: {exc}") from exc
    finally:
        os.umask(old)
