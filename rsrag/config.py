"""Where things live, from the environment. Options of a command come first.

========================  =====================================  ==============
variable                  what it sets                           default
========================  =====================================  ==============
``RSRAG_INDEXES``         folder that holds the indexes          ``./indexes``
``RSRAG_KNOWLEDGE``       folder that holds the knowledge        ``./knowledge``
``RSRAG_LLM``             GGUF file of the language model        SmolLM2-135M
``RSRAG_LLM_URL``         OpenAI-compatible server instead       unset
``RSRAG_LLM_API_KEY``     its key; only ever from here           unset
``RSRAG_ENCODER``         encoder of ``index build``             ``mini``
``RSRAG_THREADS``         threads for decoding and for forward   all processors
``RSRAG_OFFLINE``         ``1``: never ask a server for imagery  unset
``RSRAG_LOG_LEVEL``       records of a command on stderr         none
``HF_HOME``               cache of downloaded models             Hugging Face's
``HF_HUB_OFFLINE``        ``1``: never ask the hub               unset
``QDRANT_URL``            server of ``--store qdrant``           unset
``QDRANT_API_KEY``        its key; only ever from here           unset
========================  =====================================  ==============
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rsrag.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Settings:
    """Typed settings; see the table at the top of the module."""

    indexes: Path
    knowledge: Path
    encoder: str
    threads: int
    llm: Path | None
    llm_url: str | None
    llm_api_key: str | None
    qdrant_url: str | None
    qdrant_api_key: str | None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables.

        Args:
            environ: instead of ``os.environ``.

        Raises:
            ConfigError: a value that cannot be.
        """
        env = os.environ if environ is None else environ
        return cls(
            indexes=Path(env.get("RSRAG_INDEXES") or "indexes"),
            knowledge=Path(env.get("RSRAG_KNOWLEDGE") or "knowledge"),
            encoder=env.get("RSRAG_ENCODER") or "mini",
            threads=_threads(env.get("RSRAG_THREADS")),
            llm=Path(env["RSRAG_LLM"]) if env.get("RSRAG_LLM") else None,
            llm_url=env.get("RSRAG_LLM_URL") or None,
            llm_api_key=env.get("RSRAG_LLM_API_KEY") or None,
            qdrant_url=env.get("QDRANT_URL") or None,
            qdrant_api_key=env.get("QDRANT_API_KEY") or None,
        )


def _threads(value: str | None) -> int:
    if not value:
        return available_processors()
    if not value.isdecimal() or int(value) < 1:
        raise ConfigError(f"RSRAG_THREADS is {value!r}; it must be a whole number ≥ 1.")
    return int(value)


def available_processors() -> int:
    """Processors that this process may use (fewer than the machine has in a cage)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
