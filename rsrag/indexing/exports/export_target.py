"""Where an export goes: it appears whole, and replaces only what it may."""

import os
import shutil
from pathlib import Path

from rsrag.errors import ConfigError

MARK = "export.json"
"""Stands in every folder that an export wrote: only such a folder is replaced."""


def check_target(out: Path, force: bool) -> None:
    """Refuse a target that is there, or, with ``force``, one not of our making.

    Raises:
        ConfigError: saying which.
    """
    if not out.exists() and not out.is_symlink():
        return
    if not force:
        raise ConfigError(f"{out} is there already.", hint="--force replaces it")
    if out.is_dir() and not (out / MARK).is_file() and any(out.iterdir()):
        raise ConfigError(
            f"{out} is a folder that no export wrote; it is not replaced.",
            hint="give another --out, or remove the folder yourself",
        )


class StagedTarget:
    """A path beside the target, renamed to it at the end.

    Attributes:
        path: what to write to; it does not exist yet.
    """

    def __init__(self, out: Path) -> None:
        """Choose the path, and make the folder that it is in."""
        out = out.absolute()
        if not out.name:
            raise ConfigError(f"{out} cannot be replaced.", hint="--out PATH")
        self._out = out
        # The suffix stays: writers tell a file from a folder by it.
        self.path = out.with_name(f".{os.getpid()}.tmp.{out.name}")
        self._old = out.with_name(f".{os.getpid()}.old.{out.name}")
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise ConfigError(f"{out.parent} cannot be made: {exc}") from exc
        _remove(self.path)

    def publish(self) -> None:
        """Give what is written its name, in place of what has it."""
        if self._out.is_dir() and not self._out.is_symlink():
            # A folder cannot be replaced by a rename in one step.
            self._out.replace(self._old)
        self.path.replace(self._out)
        _remove(self._old)

    def discard(self) -> None:
        """Remove what is written, if it was not published."""
        _remove(self.path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
