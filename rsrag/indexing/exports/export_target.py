"""Target of an export: it appears whole, and replaces only what it may."""

from pathlib import Path

from rsrag.errors import ConfigError

MARK = "export.json"
"""Stands in every folder that an export wrote: only such a folder is replaced."""


def check_target(out: Path, force: bool) -> None:
    """Refuse a target that is there, or, with ``force``, one not of our making.

    Raises:
        ConfigError: saying which.
    """
    if not out.absolute().name:
        raise ConfigError(f"{out} cannot be replaced.", hint="--out PATH")
    if not out.exists() and not out.is_symlink():
        return
    if not force:
        raise ConfigError(f"{out} is there already.", hint="--force replaces it")
    if out.is_dir() and not (out / MARK).is_file() and any(out.iterdir()):
        raise ConfigError(
            f"{out} is a folder that no export wrote; it is not replaced.",
            hint="give another --out, or remove the folder yourself",
        )
