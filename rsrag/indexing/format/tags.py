"""``TAGS.json``: names of generations, which no switch and no prune removes.

A generation's own names stand in its folder, too, under the same file name: should the
index's list be lost, or lose a name, they say so.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rsrag.durable import write_atomically
from rsrag.errors import ConfigError, IndexCorruptError

FILE = "TAGS.json"
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,99}")


def read_tags(folder: Path) -> dict[str, int]:
    """Tags of an index and the generations they name.

    Returns:
        What the generations say themselves if the list is not there.

    Raises:
        IndexCorruptError: the file is no such list. Nothing is removed then.
    """
    data = _read(folder / FILE)
    if data is None:
        return own_tags(folder)
    if not isinstance(data, dict) or not all(type(n) is int for n in data.values()):
        raise _corrupt(folder / FILE, "it is not an object of numbers")
    return data


def own_tags(folder: Path) -> dict[str, int]:
    """The same, as the generations say it in their own folders.

    Raises:
        IndexCorruptError: what one says is no list of names.
    """
    found: dict[str, int] = {}
    for path in sorted(folder.glob(f"generations/[0-9]*/{FILE}")):
        names = _read(path) or []
        if not isinstance(names, list) or not all(type(n) is str for n in names):
            raise _corrupt(path, "it is not a list of names")
        if path.parent.name.isdecimal():
            found |= dict.fromkeys(names, int(path.parent.name))
    return found


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as exc:
        raise _corrupt(path, exc) from exc


def _corrupt(path: Path, why: object) -> IndexCorruptError:
    return IndexCorruptError(
        f"{path} cannot be read: {why}", hint="mend it, or delete it: it holds names"
    )


def write_tags(folder: Path, tags: Mapping[str, int]) -> None:
    """Replace the tags of an index in one step; then those in its generations."""
    text = json.dumps(dict(sorted(tags.items())), indent=2) + "\n"
    write_atomically(folder / FILE, text)
    for generation in folder.glob("generations/[0-9]*"):
        names = sorted(t for t, n in tags.items() if f"{n:06d}" == generation.name)
        own = generation / FILE
        if names:
            write_atomically(own, json.dumps(names) + "\n")
        else:
            own.unlink(missing_ok=True)


def check_tag(tag: str) -> str:
    """A tag as it was typed.

    Raises:
        ConfigError: it is none.
    """
    if not _TAG.fullmatch(tag):
        raise ConfigError(
            f"{tag!r} is no tag: use letters, digits, '.', '_' and '-', at most 100, "
            "starting with a letter.",
            hint="before-rebuild, v2024-05",
        )
    return tag
