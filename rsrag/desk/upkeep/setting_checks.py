"""Checks of variables, config file and folders for ``rsrag doctor``."""

import difflib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rsrag.cache import cache_folder, hub_cache
from rsrag.config import Settings
from rsrag.config.homes import config_path
from rsrag.config.plugins import find_plugin, plugins
from rsrag.config.settings import VARIABLES, parse_setting, read_settings
from rsrag.errors import ConfigError
from rsrag.indexing.checks.findings import Finding, problems

SERVED = "RSRAG_SERVE_"
"""How the variables of rsrag serve's options begin, which it checks itself."""
OTHERS = (
    "RSRAG_CONFIG",
    "RSRAG_LOG_LEVEL",
    "RSRAG_OFFLINE",
    "HF_HOME",
    "HF_HUB_OFFLINE",
)
"""Variables that rsrag reads and that are no setting."""

_TRUTH = {"", "0", "1", "ON", "OFF", "YES", "NO", "TRUE", "FALSE"}


def readable_settings(environ: Mapping[str, str]) -> Settings:
    """Settings of all that can be read: what cannot is told by :func:`settings`."""
    try:
        return Settings.from_environment(environ)
    except ConfigError:
        right = {k: v for k, v in environ.items() if not _is_wrong(k, v)}
        return Settings.from_environment({**right, "RSRAG_CONFIG": os.devnull})


def settings(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables and the config file, and values in them that cannot be."""
    found = [*_variables(environ), *_config_file(environ)]
    yield from found
    known = (*VARIABLES.values(), *OTHERS)
    for name in sorted(environ):
        ours = name.startswith("RSRAG_") and not name.startswith(SERVED)
        if ours and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            next_ = f"export {near[0]}=…" if near else None
            yield Finding("warning", name, "is not a variable that rsrag reads", next_)
    for name in ("HF_HUB_OFFLINE", "RSRAG_OFFLINE"):
        if environ.get(name, "").upper() not in _TRUTH:
            what = f"is {environ[name]!r}, which counts as unset"
            yield Finding("warning", name, what, f"export {name}=1")
    if not problems(found):
        names = [name for name in known if environ.get(name)]
        yield Finding("ok", "variables", f"set: {', '.join(names) or 'none'}")


def folders(settings: Settings, indexes: Path | None) -> dict[str, tuple[Path, str]]:
    """The folders that rsrag writes to by what they are for, and why it is they.

    Args:
        settings: that hold.
        indexes: folder of the indexes as typed.
    """
    try:
        origin = {k: v.origin for k, v in read_settings(os.environ).items()}
    except ConfigError:  # told of already
        origin = {}
    return {
        "data home": (settings.home, origin.get("home", "")),
        "indexes": (
            indexes or settings.indexes,
            "--indexes" if indexes else origin.get("indexes", ""),
        ),
        "searched folders": (settings.folders, "in the data home"),
        "own knowledge": (settings.knowledge[-1], origin.get("knowledge", "")),
        "cache of rsrag": (cache_folder(), "XDG_CACHE_HOME, else ~/.cache"),
        "cache of the hub": (hub_cache(), "HF_HUB_CACHE, HF_HOME, else ~/.cache"),
    }


def _is_wrong(variable: str, text: str) -> bool:
    names = [name for name, other in VARIABLES.items() if other == variable and text]
    try:
        for name in names:
            parse_setting(name, text, variable)
    except ConfigError:
        return True
    return False


def _variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    for name, variable in VARIABLES.items():
        if not (text := environ.get(variable)):
            continue
        try:
            value = parse_setting(name, text, variable)
        except ConfigError as error:
            what = str(error).removeprefix(f"{variable} ")
            yield Finding("problem", variable, what, f"unset {variable}")
        else:
            yield from _checked(name, value, variable, f"export {variable}=")


def _config_file(environ: Mapping[str, str]) -> Iterator[Finding]:
    unset = {k: v for k, v in environ.items() if k not in VARIABLES.values()}
    file = config_path(unset)
    if file is None or not file.exists():
        yield Finding("ok", "config file", f"{file or 'none'} is not there")
        return
    try:
        found = read_settings(unset)
    except ConfigError as error:
        yield Finding("problem", "config file", str(error), error.hint)
        return
    names = [name for name in found if found[name].origin == str(file)]
    yield Finding("ok", "config file", f"{file} sets {', '.join(names) or 'nothing'}")
    for name in names:
        yield from _checked(name, found[name].value, f"{name} in {file}", f"{name} = ")


def _checked(name: str, value: Any, where: str, set_: str) -> Iterator[Finding]:
    """What is wrong with a value that can be read."""
    from rsrag.encoders.encoder_registry import OPEN_CLIP, encoder_names

    if name == "encoder":
        known = (*encoder_names(), *(one.name for one in plugins("encoders")))
        if value not in known and not value.startswith(OPEN_CLIP):
            what = f"is {value!r}, and no encoder has that name"
            yield Finding("problem", where, what, "rsrag models list")
    elif name == "llm":
        if not _is_gguf(value) and find_plugin("generators", str(value)) is None:
            what = f"is {value}, which is no GGUF file"
            yield Finding("problem", where, what, f"{set_}MODEL.gguf")
    elif name.endswith("_url"):
        if not value.startswith(("http://", "https://")):
            what = f"is {value!r}, which is no http address"
            yield Finding("problem", where, what, f"{set_}http://HOST:PORT")
    elif name in ("home", "indexes", "knowledge"):
        for folder in (value,) if isinstance(value, Path) else value:
            if not folder.exists():
                yield Finding("warning", where, f"is {folder}, which is not there yet")
            elif not folder.is_dir():
                what = f"is {folder}, which is no folder"
                yield Finding("problem", where, what, f"{set_}FOLDER")


def _is_gguf(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return file.read(4) == b"GGUF"
    return False
