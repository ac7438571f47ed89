"""Folders where the platform keeps such things, and the config file in one."""

import os
import stat
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError

PACKAGED_KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"
"""Folder of the collections that come with rsrag."""

PACKAGED = "packaged"
"""How that folder is named on a command line and in a manifest."""


def data_home(environ: Mapping[str, str]) -> Path:
    """Where rsrag keeps indexes and a user's own knowledge; it need not exist.

    ``$XDG_DATA_HOME/rsrag``, else ``~/.local/share/rsrag``; on macOS
    ``~/Library/Application Support/rsrag``.

    Raises:
        ConfigError: there is no home directory either.
    """
    base = _base(environ, "XDG_DATA_HOME", ".local/share")
    if base is None:
        try:
            return data_home({"HOME": str(Path.home())})
        except RuntimeError as exc:
            raise ConfigError(
                "There is no home directory, and so no place for indexes.",
                hint="set RSRAG_HOME to a folder that can be written",
            ) from exc
    return base / "rsrag"


def config_path(environ: Mapping[str, str]) -> Path | None:
    """The config file, whether it is there or not; ``None`` without ``HOME``.

    ``$RSRAG_CONFIG``, else ``$XDG_CONFIG_HOME/rsrag/config.toml``, else
    ``~/.config/rsrag/config.toml``; on macOS
    ``~/Library/Application Support/rsrag/config.toml``.
    """
    if named := environ.get("RSRAG_CONFIG"):
        return Path(named)
    base = _base(environ, "XDG_CONFIG_HOME", ".config")
    return base and base / "rsrag" / "config.toml"


def _base(environ: Mapping[str, str], variable: str, usual: str) -> Path | None:
    named, home = Path(environ.get(variable, "")), environ.get("HOME")
    if named.is_absolute():  # The specification tells to pass over other paths.
        return named
    if not home:
        return None
    return Path(home, "Library/Application Support" if _is_mac() else usual)


def _is_mac() -> bool:
    return sys.platform == "darwin"


def local_indexes() -> Path | None:
    """``./indexes``, where that folder exists."""
    folder = Path("indexes")
    return folder if folder.is_dir() else None


def local_knowledge() -> Path | None:
    """``./knowledge``, where it holds a collection of records."""
    folder = Path("knowledge")
    return folder if next(folder.glob("*/*.jsonl"), None) else None


def user_path(text: str, folder: Path) -> Path:
    """A path as a person types it: ``~`` is the home, other paths start in a folder."""
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:  # ~name, and nobody has that name
        return folder / text


def knowledge_roots(text: str, folder: Path = Path()) -> tuple[Path, ...]:
    """Folders of knowledge, as they are typed: ``DIR``, or several as in ``PATH``.

    Args:
        text: in it ``packaged`` stands for what comes with rsrag.
        folder: that relative paths start from.
    """
    whole = user_path(text, folder)
    if whole.is_dir():
        return (whole,)
    return tuple(
        PACKAGED_KNOWLEDGE if name == PACKAGED else user_path(name, folder)
        for name in text.split(os.pathsep)
        if name
    )


def knowledge_text(roots: Sequence[Path]) -> str:
    """The opposite of :func:`knowledge_roots`, with absolute paths."""
    return os.pathsep.join(
        PACKAGED if root == PACKAGED_KNOWLEDGE else str(root.absolute())
        for root in roots
    )


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
