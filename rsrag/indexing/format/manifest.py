"""``manifest.json``: what an index knows about itself."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsrag.durable import write_atomically
from rsrag.errors import IndexCorruptError, IndexMismatchError
from rsrag.indexing.format.chip_schema import FORMAT_VERSION
from rsrag.indexing.format.parts import PartInfo
from rsrag.indexing.format.plain_values import (
    check_file_name,
    numbers,
    plain,
    text_map,
    texts,
)
from rsrag.types import EncoderIdentity

FILE = "manifest.json"
IMAGERY = "imagery"
"""Kind of an index whose manifest names none."""


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Which store stands beside the parts.

    Attributes:
        kind: ``exact``, ``faiss``, ``qdrant-edge`` or ``qdrant``.
        ann: the index type inside FAISS, else ``None``.
        reason: why this one was chosen, in a sentence.
        url: of a Qdrant server, never with a key in it.
        collection: on that server.
    """

    kind: str
    ann: str | None = None
    reason: str = ""
    url: str | None = None
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity card of one generation of an index.

    Attributes:
        name: of the index.
        generation: counted from 1.
        created: UTC, RFC 3339.
        rsrag_version: that wrote it.
        encoder: its vectors come from this one and no other.
        encoder_source: what loads that encoder again: ``name``, and, for a
            checkpoint of one's own, ``checkpoint`` and ``architecture``.
        imagery: how pictures were read: bands, stretch, chip size (the JSON
            form of ``rsrag.imagery.imagery_options.ImageryOptions``).
        sources: paths that were given to the build, absolute.
        chips: number of rows over all parts.
        scenes: number of pictures that gave at least one chip.
        skipped: number of sources, or parts of them, left out.
        bbox: west, south, east, north of all footprints, or ``None``.
        time: first and last acquisition, RFC 3339, or ``None``.
        parts: the files that hold the chips.
        store: the sidecar.
        format_version: of this layout.
        imported: of embeddings made elsewhere: ``layout`` and ``columns`` of the
            files, ``lengths`` of the shortest and longest vector as they came, and
            whether the ``pixels`` can be read again; ``None`` for an index that was
            built from pictures.
    """

    name: str
    generation: int
    created: str
    rsrag_version: str
    encoder: EncoderIdentity
    encoder_source: Mapping[str, str]
    imagery: Mapping[str, Any]
    sources: tuple[str, ...]
    chips: int
    scenes: int
    skipped: int
    bbox: tuple[float, float, float, float] | None
    time: tuple[str, str] | None
    parts: tuple[PartInfo, ...]
    store: StoreInfo
    format_version: int = field(default=FORMAT_VERSION)
    imported: Mapping[str, Any] | None = None

    def check_encoder(self, other: EncoderIdentity) -> None:
        """Refuse an encoder whose vectors do not live in this index's space.

        Raises:
            IndexMismatchError: naming every difference, and the way out.
        """
        differences = [
            f"{name}: index has {mine!r}, encoder has {theirs!r}"
            for name in ("id", "weights_sha256", "preprocessing", "dim")
            if (mine := getattr(self.encoder, name)) != (theirs := getattr(other, name))
        ]
        if differences:
            sources = " ".join(self.sources)
            raise IndexMismatchError(
                f"Index {self.name!r} was built with {self.encoder.id} "
                f"(dim {self.encoder.dim}), this encoder is {other.id} "
                f"(dim {other.dim}). " + "; ".join(differences) + ".",
                hint=f"search with --encoder {self.encoder.id}, or build again: rsrag "
                f"index build {sources} --name {self.name} --encoder {other.id}",
            )


def check_built(manifest: Manifest) -> None:
    """Refuse to look at the archives of an index that was not built from any.

    Raises:
        IndexMismatchError: its embeddings were imported.
    """
    if manifest.imported is not None:
        files = " ".join(manifest.sources[:3])
        raise IndexMismatchError(
            f"The embeddings of index {manifest.name!r} were made elsewhere: it has no "
            "archive to be compared with.",
            hint=f"rsrag index import {files} --name {manifest.name} --force reads the "
            "files again",
        )


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write and sync ``manifest.json`` in a generation's folder."""
    data = dataclasses.asdict(manifest)
    if manifest.imported is None:
        del data["imported"]
    text = json.dumps(data, indent=2, ensure_ascii=False)
    write_atomically(folder / FILE, text + "\n")


def index_kind(folder: Path) -> str | None:
    """What the generation in a folder holds.

    Returns:
        ``imagery`` or ``knowledge``; ``None`` if the manifest cannot be read.
    """
    try:
        data = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return str(data.get("kind", IMAGERY))
    except (OSError, ValueError, AttributeError, RecursionError):
        return None


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a generation of imagery.

    Raises:
        IndexCorruptError: missing, not JSON, or fields missing or of a wrong kind.
        IndexMismatchError: written by a format version that is not known here, or
            an index of knowledge.
    """
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data["format_version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
        raise IndexCorruptError(
            f"{path} cannot be read: {exc!r}",
            hint="build the index again from its archive: rsrag index build",
        ) from exc
    if data.get("kind", IMAGERY) != IMAGERY:
        raise IndexMismatchError(
            f"Index {data.get('name')!r} holds {data['kind']}, not imagery.",
            hint="rsrag ask QUESTION looks in it; rsrag index list shows the others",
        )
    if version != FORMAT_VERSION:
        raise IndexMismatchError(
            f"{path} has format version {version!r}, this rsrag reads "
            f"{FORMAT_VERSION}.",
            hint="pip install --upgrade rsrag, or build the index again",
        )
    try:
        return _from_json(data)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise IndexCorruptError(
            f"{path} is not a manifest: {exc!r}",
            hint="build the index again from its archive: rsrag index build",
        ) from exc


def _from_json(data: Mapping[str, Any]) -> Manifest:
    known = {f.name for f in dataclasses.fields(Manifest)}
    unknown = set(data) - known
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    bbox, time = data["bbox"], data["time"]
    for name in ("name", "created", "rsrag_version"):
        if not isinstance(data[name], str):
            raise TypeError(f"{name} is {data[name]!r}")
    if not isinstance(data["imagery"], dict):
        raise TypeError(f"imagery is {data['imagery']!r}")
    if time is not None and len(texts(time, "time")) != 2:
        raise ValueError(f"time is {time!r}")
    manifest = Manifest(
        **{
            **data,
            "encoder": plain(EncoderIdentity, data["encoder"]),
            "encoder_source": text_map(data["encoder_source"], "encoder_source"),
            "sources": texts(data["sources"], "sources"),
            "bbox": numbers(bbox, 4, "bbox") if bbox is not None else None,
            "time": tuple(time) if time is not None else None,
            "parts": tuple(plain(PartInfo, part) for part in data["parts"]),
            "store": plain(StoreInfo, data["store"]),
        }
    )
    counts = (manifest.generation, manifest.chips, manifest.scenes, manifest.skipped)
    if not all(type(n) is int and n >= 0 for n in counts):
        raise ValueError("counts must be whole numbers")
    if sum(part.rows for part in manifest.parts) != manifest.chips:
        raise ValueError("the parts' rows do not add up to the count of chips")
    if manifest.encoder.dim < 1 or any(part.rows < 0 for part in manifest.parts):
        raise ValueError("dim and rows must be positive")
    for part in manifest.parts:
        check_file_name(part.file)
    said = manifest.imported
    if said is not None and not (
        isinstance(said, dict)
        and isinstance(said.get("layout"), str)
        and isinstance(said.get("pixels"), bool)
    ):
        raise TypeError(f"imported is {said!r}")
    return manifest
