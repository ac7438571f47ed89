"""The settings of rsrag, each from the first place that names it.

The places, in order: an option of the command line, the variable, the config file, the
default. docs/configuration.md says it for users; a test holds it to this table.

==================  ======================  =========================================
setting             variable                default
==================  ======================  =========================================
``home``            ``RSRAG_HOME``          the platform's folder for data of programs
``indexes``         ``RSRAG_INDEXES``       ``./indexes`` if it exists, else in the home
``knowledge``       ``RSRAG_KNOWLEDGE``     what comes with rsrag, and one's own:
                                            ``./knowledge`` if it holds collections,
                                            else in the home
``encoder``         ``RSRAG_ENCODER``       ``mini``
``text_encoder``    ``RSRAG_TEXT_ENCODER``  ``minilm``
``threads``         ``RSRAG_THREADS``       all processors
``preview``         ``RSRAG_PREVIEW``       ``auto``
``llm``             ``RSRAG_LLM``           SmolLM2-135M
``llm_url``         ``RSRAG_LLM_URL``       unset
``llm_api_key``     ``RSRAG_LLM_API_KEY``   unset
``nli``             ``RSRAG_NLI``           unset
``qdrant_url``      ``QDRANT_URL``          unset
``qdrant_api_key``  ``QDRANT_API_KEY``      unset
``database_url``    ``RSRAG_DATABASE_URL``  unset
==================  ======================  =========================================

Not settings, and only ever variables: ``RSRAG_CONFIG`` (another config file),
``RSRAG_OFFLINE`` (``1``: never ask a server for imagery), ``RSRAG_LOG_LEVEL``
(records of a command on stderr), ``HF_HOME``, ``HF_HUB_OFFLINE`` (the hub's own).
"""

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.config.homes import (
    PACKAGED_KNOWLEDGE,
    config_path,
    data_home,
    knowledge_roots,
    knowledge_text,
    local_indexes,
    local_knowledge,
    read_config,
    user_path,
)
from rsrag.errors import ConfigError

VARIABLES = {
    "home": "RSRAG_HOME",
    "indexes": "RSRAG_INDEXES",
    "knowledge": "RSRAG_KNOWLEDGE",
    "encoder": "RSRAG_ENCODER",
    "text_encoder": "RSRAG_TEXT_ENCODER",
    "threads": "RSRAG_THREADS",
    "preview": "RSRAG_PREVIEW",
    "llm": "RSRAG_LLM",
    "llm_url": "RSRAG_LLM_URL",
    "llm_api_key": "RSRAG_LLM_API_KEY",
    "nli": "RSRAG_NLI",
    "qdrant_url": "QDRANT_URL",
    "qdrant_api_key": "QDRANT_API_KEY",
    "database_url": "RSRAG_DATABASE_URL",
}
"""The variable of each setting, by its name in :class:`Settings` and in the file."""
TEXT_ENCODER = "minilm"
"""The text encoder that comes with rsrag; it reads English."""
SECRETS = ("llm_api_key", "qdrant_api_key", "database_url")
"""Settings that are never shown."""
PREVIEWS = ("auto", "never", "kitty", "iterm2", "sixel")


@dataclass(frozen=True, slots=True)
class Settings:
    """Typed settings; see the table at the top of the module.

    Attributes:
        home: folder of indexes and knowledge where nothing else is said.
        indexes: folder of indexes.
        knowledge: folders of collections, or collections. One in a later folder takes
            the place of one of the same name; imports go into the last.
        encoder: of ``index build``.
        text_encoder: of questions: ``minilm``, or the folder or hub id of a
            sentence-transformers model, which may read more languages.
        threads: for decoding and for forward passes.
        preview: whether searches draw pictures on a terminal: ``auto`` where it can,
            ``never``, or a protocol.
        llm: GGUF file of the language model.
        llm_url: OpenAI-compatible server, instead.
        llm_api_key: its key.
        nli: folder of an NLI CrossEncoder that checks what the language model says.
        qdrant_url: server of ``--store qdrant``; ``qdrant_api_key`` is its key.
        database_url: PostgreSQL of ``--store pgvector``, its password included.
    """

    home: Path
    indexes: Path
    knowledge: tuple[Path, ...]
    encoder: str
    text_encoder: str
    threads: int
    preview: str
    llm: Path | None
    llm_url: str | None
    llm_api_key: str | None
    nli: Path | None
    qdrant_url: str | None
    qdrant_api_key: str | None
    database_url: str | None

    @property
    def folders(self) -> Path:
        """Folder of the indexes that ``rsrag search QUERY FOLDER`` makes."""
        return self.home / "folders"

    def at(self, index: str) -> "Settings":
        """These settings for an index, which may be one of a searched folder."""
        searched = (self.folders / index / "CURRENT").exists()
        if searched and not (self.indexes / index).exists():
            return dataclasses.replace(self, indexes=self.folders)
        return self

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read variables and the config file.

        Args:
            environ: instead of ``os.environ``.

        Raises:
            ConfigError: a value that cannot be, or a config file that cannot be read.
        """
        found = read_settings(os.environ if environ is None else environ)
        return cls(**{name: setting.value for name, setting in found.items()})


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, and where it is from.

    Attributes:
        value: as :class:`Settings` holds it.
        origin: the variable, the config file, or why the default is what it is.
    """

    value: Any
    origin: str


def read_settings(environ: Mapping[str, str]) -> dict[str, Setting]:
    """Every setting by its name, with where it is from.

    Raises:
        ConfigError: as :meth:`Settings.from_environment`.
    """
    file = config_path(environ)
    named = bool(environ.get("RSRAG_CONFIG"))
    config = read_config(file, VARIABLES, SECRETS, named=named) if file else {}
    found: dict[str, Setting] = {}
    for name, variable in VARIABLES.items():
        if text := environ.get(variable):
            found[name] = Setting(parse_setting(name, text, variable), variable)
        elif name in config and file is not None:
            where = f"{file}: {name}"
            value = parse_setting(name, config[name], where, file.absolute().parent)
            found[name] = Setting(value, str(file))
        elif name in ("indexes", "knowledge"):
            found[name] = _folder(name, found["home"].value)
        else:
            found[name] = Setting(_DEFAULTS[name](environ), "default")
    return found


def available_processors() -> int:
    """Processors that this process may use (fewer than the machine has in a cage)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_DEFAULTS: dict[str, Callable[[Mapping[str, str]], Any]] = {
    **{name: lambda _: None for name in VARIABLES},
    "home": data_home,
    "encoder": lambda _: "mini",
    "text_encoder": lambda _: TEXT_ENCODER,
    "threads": lambda _: available_processors(),
    "preview": lambda _: "auto",
}


def _folder(name: str, home: Path) -> Setting:
    """The default of ``indexes`` and ``knowledge``: here if they are here."""
    here = local_indexes() if name == "indexes" else local_knowledge()
    origin = f"default: in home, as there is no ./{name}"
    if name == "knowledge":
        origin += " with collections"
    if here is not None:
        origin = f"default: ./{name} is here"
    folder = here or home / name
    value = folder if name == "indexes" else (PACKAGED_KNOWLEDGE, folder)
    return Setting(value, origin)


def parse_setting(name: str, value: object, where: str, folder: Path = Path()) -> Any:
    """A value of a variable (text) or of the config file, as :class:`Settings` has it.

    Args:
        name: of the setting.
        value: as it stands there.
        where: it stands, for errors.
        folder: that relative paths start from.

    Raises:
        ConfigError: a value that cannot be.
    """
    if name == "threads":
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if type(number) is not int or number < 1:
            raise ConfigError(f"{where} is {value!r}; it must be a whole number ≥ 1.")
        return number
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where} is {value!r}; it must be text.")
    if name == "preview" and value not in PREVIEWS:
        words = ", ".join(PREVIEWS)
        raise ConfigError(f"{where} is {value!r}; it must be one of {words}.")
    if name == "knowledge":
        return knowledge_roots(value, folder)
    if name in ("home", "indexes", "llm", "nli"):
        return user_path(value, folder)
    return value


def shown_value(name: str, value: Any) -> str | int | None:
    """A setting as it may be shown and written: no key, no password of an address.

    Args:
        name: of the setting.
        value: as :class:`Settings` holds it.
    """
    if name in SECRETS:
        return value and "********"
    if name == "knowledge":
        return knowledge_text(value)
    if isinstance(value, str):
        return re.sub(r"(?<=://)[^/@]+(?=@)", "********", value)
    return str(value.absolute()) if isinstance(value, Path) else value
