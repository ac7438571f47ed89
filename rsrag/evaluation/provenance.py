"""Provenance of a figure: encoder, files and versions."""

import importlib.metadata
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rsrag import __version__
from rsrag.durable import file_sha256
from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.interfaces import Encoder

_PACKAGES = ("numpy", "pillow", "torch", "open_clip_torch", "tokenizers")


def encoder_mapping(encoder: Encoder) -> dict[str, Any]:
    """Id, sha256 of the weights, preprocessing and dim."""
    return asdict(encoder.identity)


def file_mapping(path: Path) -> dict[str, Any]:
    """Path, size and sha256 of a file; errors as in :mod:`rsrag.evaluation.data`."""
    try:
        digest = file_sha256(path)
        return {"path": str(path), "bytes": path.stat().st_size, "sha256": digest}
    except FileNotFoundError as exc:
        raise SourceNotFoundError(f"There is no file {path}.") from exc
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc


def versions(packages: Sequence[str] = _PACKAGES) -> dict[str, str]:
    """Of rsrag, Python and the packages that decide a figure's last digits."""
    found = {"rsrag": __version__, "python": platform.python_version()}
    for name in packages:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
