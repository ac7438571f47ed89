"""``TAGS.json``: names of generations, which no switch and no prune removes."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from rsrag.durable import write_atomically
from rsrag.errors import ConfigError, IndexCorruptError

FILE = "TAGS.json"
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,99}")


def read_tags(folder: Path) -> dict[str, int]:
    """Tags of an index and the generations they name.

    Returns:
        Nothing if none was ever given.

    Raises:
        IndexCorruptError: the file is no such list. Nothing is removed then.
    """
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as exc:
        raise _corrupt(path, exc) from exc
    if not isinstance(data, dict) or not all(type(n) is int for n in data.values()):
        raise _corrupt(path, "it is not an object of numbers")
    return data


def _corrupt(path: Path, why: object) -> IndexCorruptError:
    return IndexCorruptError(
        f"{path} cannot be read: {why}", hint="mend it, or delete it: it holds names"
    )


def write_tags(folder: Path, tags: Mapping[str, int]) -> None:
    """Replace the tags of an index, in one step."""
    text = json.dumps(dict(sorted(tags.items())), indent=2) + "\n"
    write_atomically(folder / FILE, text)


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
