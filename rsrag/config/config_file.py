"""The config file: TOML, its keys the names of settings. Anything else is refused."""

import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError


def read_config(
    path: Path, known: Collection[str], secret: Collection[str], *, named: bool
) -> Mapping[str, Any]:
    """Read a config file; empty if it is not there.

    Args:
        path: of the file.
        known: keys that may stand in it.
        secret: keys that may not stand in a file that others can read.
        named: by the user, so that it must be there.

    Raises:
        ConfigError: unreadable, not TOML, an unknown key (with the nearest one), or a
            secret that others can read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        if not named:
            return {}
        hint = "unset RSRAG_CONFIG, or make the file"
        raise ConfigError(f"There is no config file {path}.", hint=hint) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}.") from exc
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(
            f"{path} is not TOML: {exc}.", hint='a line is KEY = "VALUE"'
        ) from exc
    for key in values:
        if key not in known:
            raise ConfigError(
                f"{path}: there is no setting {key!r}.", hint=_nearest(key, known)
            )
    told = sorted(set(values) & set(secret))
    if told and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"{path} holds {told[0]}, and others than its owner may use the file.",
            hint=f"chmod 600 {path}",
        )
    return values


def _nearest(key: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1)
    return f"did you mean {near[0]}?" if near else f"settings: {', '.join(known)}"
