"""The cache: where it is, small memories that programs share, and models of the hub."""

import importlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rsrag.durable import write_atomically
from rsrag.errors import ConfigError, ModelNotFoundError

_LOCK_S = 10


def cache_folder() -> Path:
    """Where rsrag keeps what it downloads and remembers; it need not exist.

    ``$XDG_CACHE_HOME/rsrag``, or ``~/.cache/rsrag`` if that variable is unset or, as
    its specification says, not an absolute path.

    Raises:
        ConfigError: there is no home directory either.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else _home_cache()) / "rsrag"


def hub_cache() -> Path:
    """The Hugging Face hub's cache, where its own variables put it.

    Raises:
        ConfigError: neither is set, and there is no home directory.
    """
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if cache:
        return Path(cache).expanduser()
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home).expanduser() / "hub"
    # The hub takes this path even where it is not absolute.
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else _home_cache()) / "huggingface" / "hub"


def hub_folder(name: str, unused: Sequence[str], hint: str) -> Path:
    """The folder of a hub model: a folder of that name, what is cached, else fetched.

    Args:
        name: of a folder or of a model on the hub.
        unused: patterns of files that need not be fetched.
        hint: what to type where there is none.

    Raises:
        ModelNotFoundError: it is not here, and the hub does not give it.
    """
    if Path(name).is_dir():
        return Path(name)
    import huggingface_hub as hub
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(hub.snapshot_download(name, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    except HFValidationError as exc:
        said = f"{name!r} is no folder and no name of a model: {exc}"
        raise ModelNotFoundError(said, hint=hint) from exc
    try:
        # Asked once: a download asks six times in half a minute, and prints each.
        hub.get_hf_file_metadata(hub.hf_hub_url(name, "config.json"))
        return Path(hub.snapshot_download(name, ignore_patterns=[*unused]))
    except network_errors() as exc:
        raise ModelNotFoundError(
            f"The model {name} is not on this machine, and was not got from the "
            f"hub: {str(exc).splitlines()[0]}",
            hint=hint,
        ) from exc


def network_errors() -> tuple[type[Exception], ...]:
    """What the hub's client lets through; its HTTP library depends on its version."""
    from huggingface_hub import errors

    found: list[type[Exception]] = [OSError]
    if hasattr(errors, "XetDownloadError"):
        found.append(errors.XetDownloadError)
    for name in ("httpx", "httpx2"):
        with suppress(ImportError):
            found.append(importlib.import_module(name).HTTPError)
    return tuple(found)


def _home_cache() -> Path:
    try:
        return Path.home() / ".cache"
    except RuntimeError as exc:
        raise ConfigError(
            "There is no home directory, and so no place for a cache.",
            hint="set XDG_CACHE_HOME to a folder that can be written",
        ) from exc


class JsonMemory:
    """A JSON object in the cache, to which several processes may add at once.

    A file that is missing or damaged counts as empty.

    Args:
        name: of the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def read(self) -> dict[str, Any]:
        """Everything that is remembered."""
        with suppress(OSError, ValueError, RecursionError, ConfigError):
            found = json.loads((cache_folder() / self._name).read_bytes())
            if isinstance(found, dict):
                return found
        return {}

    def put(self, key: str, value: object) -> None:
        """Remember a JSON value, in place of an older one.

        Raises:
            OSError: the cache cannot be written, or another process holds the lock
                for more than ten seconds.
            ConfigError: there is no place for a cache.
        """
        from filelock import FileLock

        file = cache_folder() / self._name
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_name(f".{file.name}.lock"), timeout=_LOCK_S):
            write_atomically(file, json.dumps(self.read() | {key: value}, indent=1))

    def try_put(self, key: str, value: object) -> None:
        """:meth:`put`, for what can be found out again: it may fail in silence."""
        with suppress(OSError, ConfigError):
            self.put(key, value)
