"""Settings with what a person gives put over them; threads of the libraries.

Threads of the libraries that NumPy and FAISS compute with.

They read these variables once, when they are loaded. For one text, threads cost more
than they bring: they are started, wake each other, and spin while they wait.
"""

import dataclasses
import os
import sys
from pathlib import Path

from rsrag.config import Settings
from rsrag.config.homes import knowledge_roots
from rsrag.errors import ConfigError


def settings_with(
    threads: int | None = None,
    qdrant_url: str | None = None,
    knowledge: Path | None = None,
    indexes: Path | str | None = None,
) -> Settings:
    """Settings of environment and config file, with what was typed put over them."""
    if threads is not None and threads < 1:
        raise ConfigError(f"--threads is {threads}; it must be at least 1.")
    typed = {
        "indexes": indexes and Path(indexes).expanduser(),
        "qdrant_url": qdrant_url,
        "threads": threads,
        "knowledge": knowledge and knowledge_roots(str(knowledge)),
    }
    given = {name: value for name, value in typed.items() if value is not None}
    return dataclasses.replace(Settings.from_environment(), **given)  # type: ignore[arg-type]


COUNTS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def wait_passively() -> None:
    """Let threads that wait take no processor from those that decode.

    On two cores ``mini`` embeds three times as fast so.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def one_blas_thread() -> None:
    """One thread of BLAS for each block that is looked at: more wait for each other.

    It is read when NumPy is imported; ``mini`` alone embeds 200 names in 6 processor
    seconds so, and in 66 otherwise.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def one_thread() -> bool:
    """One thread, unless a variable asks for more: for programs that embed words only.

    Returns:
        Whether that was in time: NumPy is not loaded yet. Else nothing is changed.
    """
    if "numpy" in sys.modules:
        return False
    wait_passively()
    for name in COUNTS:
        os.environ.setdefault(name, "1")
    return True
