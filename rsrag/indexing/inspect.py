"""Looking at indexes without opening their stores."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from rsrag.errors import IndexingError
from rsrag.indexing.generations import IndexDirectory
from rsrag.indexing.manifest import read_manifest
from rsrag.indexing.report import FILE as REPORT


def index_summary(directory: IndexDirectory) -> dict[str, Any]:
    """One line of ``rsrag index list``; a broken index is listed with its error."""
    try:
        folder = directory.current_path()
        manifest = read_manifest(folder)
    except IndexingError as error:
        return {"name": directory.name, "error": str(error)}
    return {
        "name": manifest.name,
        "chips": manifest.chips,
        "scenes": manifest.scenes,
        "encoder": manifest.encoder.id,
        "dim": manifest.encoder.dim,
        "store": manifest.store.kind,
        "ann": manifest.store.ann,
        "created": manifest.created,
        "bytes": _size(folder),
    }


def index_details(directory: IndexDirectory) -> dict[str, Any]:
    """All of ``rsrag index info``: the manifest, sizes, and the last build's report.

    Raises:
        IndexNotFoundError, IndexCorruptError: there is nothing good to show.
    """
    folder = directory.current_path()
    manifest = read_manifest(folder)
    parts = [folder / "parts" / part.file for part in manifest.parts]
    report = folder / REPORT
    details = dataclasses.asdict(manifest)
    details["path"] = str(folder.absolute())
    details["parts_glob"] = str(folder.absolute() / "parts" / "*.parquet")
    details["bytes"] = {
        "parts": sum(path.stat().st_size for path in parts if path.is_file()),
        "store": _size(folder / "store"),
    }
    details["missing_parts"] = [str(path) for path in parts if not path.is_file()]
    details["report"] = (
        json.loads(report.read_text(encoding="utf-8")) if report.is_file() else None
    )
    details["interrupted_build"] = directory.building.exists()
    return details


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
