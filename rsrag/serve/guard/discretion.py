"""What never leaves: paths of this machine."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath, PureWindowsPath
from typing import Any

_PATH = re.compile(
    r"(?<![\w:/.<])(?:file://)?(?:/|[A-Za-z]:[\\/]|~/)"
    r"(?:[^\s'\":;,<>|()\\/]*[^\s'\":;,<>|()\\/!][\\/])+(?P<last>[^\s'\":;,<>|()\\/]*)"
)
_LOCAL = re.compile(r"/|~/|file:|[A-Za-z]:[\\/]|\\\\")
_URL = re.compile(r"(?:https?|s3)://[^\s?#@]+")


def discreet(text: str) -> str:
    """A text in which of every absolute path only the last part is left."""
    return _PATH.sub(lambda match: match["last"] or "…", text)


def discreet_values(value: Any) -> Any:
    """JSON values in whose texts no absolute path is left."""
    if isinstance(value, str):
        return discreet(value)
    if isinstance(value, Mapping):
        return {key: _member(key, one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [discreet_values(one) for one in value]
    return value


def _member(key: str, value: Any) -> Any:
    """A source is one path, spaces and all."""
    if key == "source" and isinstance(value, str) and _LOCAL.match(value):
        return name_within(value, ())
    return discreet_values(value)


def public_address(source: str) -> str | None:
    """The address of a source that anyone may know; ``None`` for files of one's own.

    An address with a query may hold a key, and is not told.
    """
    return source if _URL.fullmatch(source) else None


def name_within(source: str, roots: Sequence[str]) -> str:
    """A source's name from its archive on: ``world.tar!/sand.png``.

    Args:
        source: path or address of a scene, or ``ARCHIVE!/MEMBER``.
        roots: what was given to the build.
    """
    for root in roots:
        base = root.rstrip("/\\")
        if source == base or source.startswith((f"{base}/", f"{base}\\", f"{base}!")):
            return _last(base) + source[len(base) :].replace("\\", "/")
    archive, mark, member = source.partition("!/")
    return _last(archive) + mark + member


def _last(path: str) -> str:
    if re.match(r"[A-Za-z]:\\|\\\\", path):
        return PureWindowsPath(path).name
    return PurePath(path.partition("?")[0]).name or path
