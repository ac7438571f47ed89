"""The parts of an index of either kind, one set for each vector space."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.indexing.format.chip_schema import EMBEDDING, chip_schema
from rsrag.indexing.format.knowledge_manifest import (
    KNOWLEDGE,
    KnowledgeManifest,
    part_paths,
    read_knowledge_manifest,
)
from rsrag.indexing.format.knowledge_schema import knowledge_schema
from rsrag.indexing.format.manifest import (
    Manifest,
    StoreInfo,
    index_kind,
    read_manifest,
)
from rsrag.indexing.format.parts import PartInfo
from rsrag.types import EncoderIdentity

if TYPE_CHECKING:
    import pyarrow as pa

AnyManifest = Manifest | KnowledgeManifest


@dataclass(frozen=True, slots=True)
class PartSet:
    """The parts of one vector space.

    Attributes:
        space: its name; empty for an index of imagery, which has one.
        paths: of the files, in order.
        infos: what the manifest says of each.
        encoder: whose vectors they hold.
        store: the sidecar made from them.
        columns: makes the schema that they should have, the embedding left out.
    """

    space: str
    paths: tuple[Path, ...]
    infos: tuple[PartInfo, ...]
    encoder: EncoderIdentity
    store: StoreInfo
    columns: "Callable[[], pa.Schema]"

    @property
    def rows(self) -> int:
        """That the manifest counts."""
        return sum(info.rows for info in self.infos)

    @property
    def folder(self) -> str:
        """Name of the folder of the parts."""
        return f"parts-{self.space}" if self.space else "parts"

    def schema(self) -> "pa.Schema":
        """Columns with the embedding."""
        import pyarrow as pa

        vector = pa.list_(pa.float32(), self.encoder.dim)
        return self.columns().append(pa.field(EMBEDDING, vector, nullable=False))


def read_any_manifest(folder: Path) -> AnyManifest:
    """The manifest of a generation of either kind.

    Raises:
        IndexCorruptError, IndexMismatchError: as the two readers.
    """
    if index_kind(folder) == KNOWLEDGE:
        return read_knowledge_manifest(folder)
    return read_manifest(folder)


def part_sets(folder: Path, manifest: AnyManifest) -> list[PartSet]:
    """All parts of a generation.

    Args:
        folder: of the generation.
        manifest: of the same.
    """
    if isinstance(manifest, Manifest):
        paths = tuple(folder / "parts" / part.file for part in manifest.parts)
        return [
            PartSet(
                "", paths, manifest.parts, manifest.encoder, manifest.store, chip_schema
            )
        ]
    return [
        PartSet(
            name,
            tuple(part_paths(folder, name, info)),
            info.parts,
            info.encoder,
            info.store,
            knowledge_schema,
        )
        for name, info in manifest.spaces.items()
    ]


def mending(manifest: AnyManifest, file: str) -> str:
    """The command that mends a part of an index."""
    if not isinstance(manifest, Manifest):
        return _building(manifest)
    if manifest.imported is not None:
        sources = " ".join(manifest.sources)
        return f"rsrag index import {sources} --name {manifest.name} --force"
    return f"rsrag index rebuild {manifest.name} --part {file}"


def _building(manifest: KnowledgeManifest) -> str:
    """``build-knowledge`` with the encoders of an index, where not the default."""
    words = f"--name {manifest.name} --knowledge {manifest.knowledge}"
    text, image = manifest.text_encoder.get("name"), manifest.image_text_encoder
    if text not in (None, "minilm"):
        words += f" --text-encoder {text}"
    encoder = image.get("name") if image else "none"
    if encoder not in (None, "mini"):
        words += f" --encoder {encoder}"
    return f"rsrag index build-knowledge {words}"
