"""``manifest.json`` of an index of knowledge."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.durable import write_atomically
from rsrag.errors import IndexCorruptError, IndexMismatchError
from rsrag.indexing.format.knowledge_schema import KNOWLEDGE_FORMAT, SPACES
from rsrag.indexing.format.manifest import FILE, IMAGERY, StoreInfo
from rsrag.indexing.format.parts import PartInfo
from rsrag.indexing.format.plain_values import check_file_name, plain, text_map, texts
from rsrag.types import EncoderIdentity

KNOWLEDGE = "knowledge"
"""Kind of these indexes."""

_AGAIN = "build it again: rsrag index build-knowledge"


@dataclass(frozen=True, slots=True)
class SpaceInfo:
    """One vector space of a knowledge index.

    Attributes:
        rows: number of vectors.
        encoder: that they come from.
        parts: the files, in the folder ``parts-SPACE``.
        store: the sidecar.
    """

    rows: int
    encoder: EncoderIdentity
    parts: tuple[PartInfo, ...]
    store: StoreInfo


@dataclass(frozen=True, slots=True)
class KnowledgeManifest:
    """The identity card of one generation of a knowledge index.

    Attributes:
        name: of the index.
        generation: counted from 1.
        created: UTC, RFC 3339.
        rsrag_version: that wrote it.
        knowledge: folders that were read, as ``--knowledge`` takes them, absolute.
        collections: that were read.
        fingerprint: of the catalogue over that folder when it was read.
        passages, landmarks: records that were read.
        images: reference pictures that have a vector.
        skipped: pictures that could not be read.
        text_encoder: what loads the encoder of ``text`` again: ``name``.
        image_text_encoder: likewise of the two other spaces; ``None`` without them.
        spaces: by name, those that have vectors.
        kind: ``knowledge``.
        format_version: of this layout.
    """

    name: str
    generation: int
    created: str
    rsrag_version: str
    knowledge: str
    collections: tuple[str, ...]
    fingerprint: str
    passages: int
    landmarks: int
    images: int
    skipped: int
    text_encoder: Mapping[str, str]
    image_text_encoder: Mapping[str, str] | None
    spaces: Mapping[str, SpaceInfo]
    kind: str = KNOWLEDGE
    format_version: int = KNOWLEDGE_FORMAT

    def check_encoder(self, space: str, other: EncoderIdentity) -> None:
        """Refuse an encoder whose vectors do not live in a space of this index.

        Raises:
            IndexMismatchError: naming every difference, and the way out.
        """
        mine = self.spaces[space].encoder
        differences = [
            f"{field.name}: index has {ours!r}, encoder has {theirs!r}"
            for field in dataclasses.fields(EncoderIdentity)
            if (ours := getattr(mine, field.name))
            != (theirs := getattr(other, field.name))
        ]
        if differences:
            option = "--text-encoder" if space == "text" else "--encoder"
            raise IndexMismatchError(
                f"The vectors {space!r} of index {self.name!r} are of {mine.id}, this "
                f"encoder is {other.id}. " + "; ".join(differences) + ".",
                hint=f"rsrag index build-knowledge --name {self.name} --knowledge "
                f"{self.knowledge} {option} {other.id}",
            )


def write_knowledge_manifest(manifest: KnowledgeManifest, folder: Path) -> None:
    """Write and sync ``manifest.json`` in a generation's folder."""
    text = json.dumps(dataclasses.asdict(manifest), indent=2, ensure_ascii=False)
    write_atomically(folder / FILE, text + "\n")


def read_knowledge_manifest(folder: Path) -> KnowledgeManifest:
    """Read the manifest of a generation of knowledge.

    Raises:
        IndexCorruptError: missing, not JSON, or fields missing or of a wrong kind.
        IndexMismatchError: an index of imagery, or a format version that is not
            known here.
    """
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version, kind = data["format_version"], data.get("kind", IMAGERY)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as exc:
        raise IndexCorruptError(f"{path} cannot be read: {exc!r}", hint=_AGAIN) from exc
    if kind != KNOWLEDGE:
        name = data.get("name")
        raise IndexMismatchError(
            f"Index {name!r} holds {kind}, not knowledge.",
            hint=f"rsrag search QUERY --index {name} looks in it; "
            "rsrag index build-knowledge makes one of knowledge",
        )
    if version != KNOWLEDGE_FORMAT:
        raise IndexMismatchError(
            f"{path} has format version {version!r}, this rsrag reads "
            f"{KNOWLEDGE_FORMAT}.",
            hint=f"pip install --upgrade rsrag, or {_AGAIN}",
        )
    try:
        return _from_json(data)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise IndexCorruptError(
            f"{path} is not a manifest: {exc!r}", hint=_AGAIN
        ) from exc


def part_paths(folder: Path, space: str, info: SpaceInfo) -> list[Path]:
    """Files of a space's parts, in the folder of a generation."""
    return [folder / f"parts-{space}" / part.file for part in info.parts]


def _from_json(data: Mapping[str, Any]) -> KnowledgeManifest:
    unknown = set(data) - {f.name for f in dataclasses.fields(KnowledgeManifest)}
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    spaces = {name: _space(info) for name, info in data["spaces"].items()}
    if set(spaces) - set(SPACES):
        raise ValueError(f"unknown spaces {sorted(set(spaces) - set(SPACES))}")
    counts = ("generation", "passages", "landmarks", "images", "skipped")
    if not all(type(data[n]) is int for n in counts):
        raise ValueError("counts must be whole numbers")
    for name in ("name", "created", "rsrag_version", "knowledge", "fingerprint"):
        if not isinstance(data[name], str):
            raise TypeError(f"{name} is {data[name]!r}")
    texts(data["collections"], "collections")
    text_map(data["text_encoder"], "text_encoder")
    if data["image_text_encoder"] is not None:
        text_map(data["image_text_encoder"], "image_text_encoder")
    return KnowledgeManifest(
        **{**data, "spaces": spaces, "collections": tuple(data["collections"])}
    )


def _space(data: Mapping[str, Any]) -> SpaceInfo:
    parts = tuple(plain(PartInfo, part) for part in data["parts"])
    for part in parts:
        check_file_name(part.file)
    if sum(part.rows for part in parts) != data["rows"]:
        raise ValueError("the parts' rows do not add up to the count of vectors")
    encoder = plain(EncoderIdentity, data["encoder"])
    store = plain(StoreInfo, data["store"])
    return SpaceInfo(data["rows"], encoder, parts, store)
