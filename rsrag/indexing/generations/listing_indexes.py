"""Looking at indexes without opening their stores."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from rsrag.errors import IndexingError
from rsrag.indexing.format.build_report import FILE as REPORT
from rsrag.indexing.format.depths import density
from rsrag.indexing.format.ledger import read_ledger
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.generations.history import list_generations
from rsrag.indexing.generations.index_directory import IndexDirectory


def index_summary(directory: IndexDirectory) -> dict[str, Any]:
    """One line of ``rsrag index list``; a broken index is listed with its error."""
    try:
        folder = directory.current_path()
        manifest = read_manifest(folder)
    except IndexingError as error:
        return {"name": directory.name, "error": str(error)}
    return {
        "name": manifest.name,
        "kind": manifest.kind,
        **manifest.origin.counts,
        "spaces": {
            name: {
                "rows": space.rows,
                "encoder": space.encoder.id,
                "dim": space.encoder.dim,
                "store": space.store.kind,
                "ann": space.store.ann,
            }
            for name, space in manifest.spaces.items()
        },
        "created": manifest.created,
        "bytes": _size(folder),
        "sources": list(manifest.origin.named),
    }


def index_details(directory: IndexDirectory) -> dict[str, Any]:
    """All of ``rsrag index info``: the manifest, sizes, and the last build's report.

    Raises:
        IndexNotFoundError, IndexCorruptError: there is nothing good to show.
    """
    folder = directory.current_path()
    manifest = read_manifest(folder)
    details = dataclasses.asdict(manifest)
    parts = []
    for name, space in details["spaces"].items():
        space["parts_glob"] = str(folder.absolute() / "parts" / name / "*.parquet")
        parts += manifest.part_paths(folder, name)
    return {
        **details,
        "path": str(folder.absolute()),
        "bytes": {
            "parts": sum(path.stat().st_size for path in parts if path.is_file()),
            "store": _size(folder / "store"),
        },
        "dense": _dense(folder, manifest),
        "missing_parts": [str(path) for path in parts if not path.is_file()],
        "report": _report(folder, manifest.report_sha256),
        "generations": [dataclasses.asdict(g) for g in list_generations(directory)],
        "interrupted_build": directory.building.exists(),
    }


def _dense(folder: Path, manifest: Manifest) -> list[dict[str, Any]]:
    """What there is at each chip size; only such an index needs its ledger for it."""
    options = getattr(manifest.origin, "options", {})
    if not options.get("overview"):
        return []
    return density(read_ledger(folder, ["chips", "left_out", "depths"]), options)


def _report(folder: Path, sha256: str | None) -> Any:
    """The last build's report; the index does not depend on it."""
    path = folder / REPORT
    try:
        data = path.read_bytes()
        if sha256 not in (None, hashlib.sha256(data).hexdigest()):
            return {"error": f"{path} was changed or damaged"}
        return json.loads(data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as exc:
        return {"error": f"{path} cannot be read: {exc!r}"}


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
