"""Looking at indexes without opening their stores."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from rsrag.errors import IndexingError
from rsrag.indexing.format.build_report import FILE as REPORT
from rsrag.indexing.format.knowledge_manifest import (
    KNOWLEDGE,
    part_paths,
    read_knowledge_manifest,
)
from rsrag.indexing.format.manifest import IMAGERY, index_kind, read_manifest
from rsrag.indexing.generations.history import list_generations
from rsrag.indexing.generations.index_directory import IndexDirectory


def index_summary(directory: IndexDirectory) -> dict[str, Any]:
    """One line of ``rsrag index list``; a broken index is listed with its error."""
    try:
        folder = directory.current_path()
        if index_kind(folder) == KNOWLEDGE:
            return _knowledge_summary(folder)
        manifest = read_manifest(folder)
    except IndexingError as error:
        return {"name": directory.name, "error": str(error)}
    return {
        "name": manifest.name,
        "kind": IMAGERY,
        "chips": manifest.chips,
        "scenes": manifest.scenes,
        "encoder": manifest.encoder.id,
        "dim": manifest.encoder.dim,
        "store": manifest.store.kind,
        "ann": manifest.store.ann,
        "created": manifest.created,
        "bytes": _size(folder),
        "sources": list(manifest.sources),
    }


def index_details(directory: IndexDirectory) -> dict[str, Any]:
    """All of ``rsrag index info``: the manifest, sizes, and the last build's report.

    Raises:
        IndexNotFoundError, IndexCorruptError: there is nothing good to show.
    """
    folder = directory.current_path()
    if index_kind(folder) == KNOWLEDGE:
        details = _knowledge_details(folder)
        details["generations"] = _generations(directory)
        details["interrupted_build"] = directory.building.exists()
        return details
    manifest = read_manifest(folder)
    parts = [folder / "parts" / part.file for part in manifest.parts]
    details = {"kind": IMAGERY, **dataclasses.asdict(manifest)}
    details["path"] = str(folder.absolute())
    details["parts_glob"] = str(folder.absolute() / "parts" / "*.parquet")
    details["bytes"] = {
        "parts": sum(path.stat().st_size for path in parts if path.is_file()),
        "store": _size(folder / "store"),
    }
    details["missing_parts"] = [str(path) for path in parts if not path.is_file()]
    details["report"] = _report(folder)
    details["generations"] = _generations(directory)
    details["interrupted_build"] = directory.building.exists()
    return details


def _generations(directory: IndexDirectory) -> list[dict[str, Any]]:
    return [dataclasses.asdict(info) for info in list_generations(directory)]


def _knowledge_summary(folder: Path) -> dict[str, Any]:
    manifest = read_knowledge_manifest(folder)
    return {
        "name": manifest.name,
        "kind": KNOWLEDGE,
        "passages": manifest.passages,
        "landmarks": manifest.landmarks,
        "spaces": {
            name: {
                "vectors": info.rows,
                "encoder": info.encoder.id,
                "dim": info.encoder.dim,
                "store": info.store.kind,
                "ann": info.store.ann,
            }
            for name, info in manifest.spaces.items()
        },
        "created": manifest.created,
        "bytes": _size(folder),
    }


def _knowledge_details(folder: Path) -> dict[str, Any]:
    manifest = read_knowledge_manifest(folder)
    parts = {
        name: part_paths(folder, name, info) for name, info in manifest.spaces.items()
    }
    files = [path for paths in parts.values() for path in paths]
    details = dataclasses.asdict(manifest)
    details["path"] = str(folder.absolute())
    details["parts_globs"] = {
        name: str(folder.absolute() / f"parts-{name}" / "*.parquet") for name in parts
    }
    details["bytes"] = {
        "parts": sum(path.stat().st_size for path in files if path.is_file()),
        "store": _size(folder / "store"),
    }
    details["missing_parts"] = [str(path) for path in files if not path.is_file()]
    details["report"] = _report(folder)
    return details


def _report(folder: Path) -> Any:
    """The last build's report; the index does not depend on it."""
    path = folder / REPORT
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as exc:
        return {"error": f"{path} cannot be read: {exc!r}"}


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
