"""Folders of a user, where the platform keeps such things."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

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
