"""Manifest: all that a generation of an index knows about itself.

An index is a set of named vector spaces, each with parts, an encoder and a store. What
its rows were made from depends on its kind: pictures, or records of knowledge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rsrag.errors import IndexMismatchError
from rsrag.indexing.format import rebuild_commands as commands
from rsrag.indexing.format.index_kinds import (
    FORMAT_VERSION,
    IMAGE,
    IMAGE_TEXT,
    IMAGERY,
    KNOWLEDGE,
    TEXT,
)
from rsrag.indexing.format.origins import Imagery, Records
from rsrag.indexing.format.parts import PartInfo
from rsrag.types import EncoderIdentity


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Which store stands beside the parts of a space.

    Attributes:
        kind: ``exact``, ``faiss``, ``qdrant-edge``, ``qdrant`` or ``pgvector``.
        ann: the index type inside FAISS, else ``None``.
        reason: why this one was chosen, in a sentence.
        url: of a Qdrant server, never with a key in it.
        collection: on that server; a table of PostgreSQL, whose address no file holds.
    """

    kind: str
    ann: str | None = None
    reason: str = ""
    url: str | None = None
    collection: str | None = None

    @property
    def words(self) -> str:
        """Kind, index type and reason, for people."""
        return f"{self.kind}{f' {self.ann}' if self.ann else ''}: {self.reason}"

    def folder(self, generation: Path, space: str) -> Path:
        """Where it lies, if on this disk; one shard of Qdrant Edge has all spaces."""
        stores = generation / "store"
        return stores if self.kind == "qdrant-edge" else stores / space


NO_STORE = StoreInfo("none", reason="not made yet")


@dataclass(frozen=True, slots=True)
class Space:
    """One vector space of an index.

    Attributes:
        rows: number of vectors.
        encoder: they come from this one and no other.
        encoder_source: what loads that encoder again: ``name``, and, for a
            checkpoint of one's own, ``checkpoint`` and ``architecture``.
        parts: the files that hold the rows, in the folder ``parts/SPACE``.
        store: made from the parts.
    """

    rows: int
    encoder: EncoderIdentity
    encoder_source: Mapping[str, str]
    parts: tuple[PartInfo, ...]
    store: StoreInfo = NO_STORE


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity card of one generation of an index.

    Attributes:
        name: of the index.
        generation: counted from 1.
        created: UTC, RFC 3339.
        rsrag_version: that wrote it.
        kind: ``imagery`` or ``knowledge``.
        spaces: by name, those that have rows; of imagery ``image`` alone.
        origin: what the rows were made from.
        skipped: number of sources, or parts of them, left out.
        format_version: of this layout.
        report_sha256: of the ``report.json`` beside it.
    """

    name: str
    generation: int
    created: str
    rsrag_version: str
    kind: str
    spaces: Mapping[str, Space]
    origin: Imagery | Records
    skipped: int
    format_version: int = FORMAT_VERSION
    report_sha256: str | None = None

    def expect(self, kind: str) -> None:
        """Refuse what is only for an index of another kind.

        Raises:
            IndexMismatchError: naming both kinds, and what this one is for.
        """
        if self.kind == kind:
            return
        use = f"rsrag search QUERY --index {self.name}"
        if self.kind == KNOWLEDGE:
            use = "rsrag ask QUESTION"
        raise IndexMismatchError(
            f"Index {self.name!r} holds {self.kind}, not {kind}.",
            hint=f"{use} looks in it; rsrag index list shows the others",
        )

    @property
    def imagery(self) -> Imagery:
        """What the chips were made from; refused of knowledge."""
        self.expect(IMAGERY)
        assert isinstance(self.origin, Imagery)
        return self.origin

    @property
    def records(self) -> Records:
        """What the rows were made from; refused of imagery."""
        self.expect(KNOWLEDGE)
        assert isinstance(self.origin, Records)
        return self.origin

    @property
    def image(self) -> Space:
        """The only space of an index of imagery."""
        return self.spaces[IMAGE]

    @property
    def rows(self) -> int:
        """Over all spaces."""
        return sum(space.rows for space in self.spaces.values())

    @property
    def stores(self) -> tuple[StoreInfo, ...]:
        """Of all spaces, one that several share once."""
        return tuple(dict.fromkeys(space.store for space in self.spaces.values()))

    def part_paths(self, folder: Path, space: str = IMAGE) -> list[Path]:
        """Files of a space's parts, given the folder of the generation."""
        return part_paths(folder, space, self.spaces[space].parts)

    def check_encoder(self, other: EncoderIdentity, space: str = IMAGE) -> None:
        """Refuse an encoder whose vectors do not live in a space of this index.

        Raises:
            IndexMismatchError: naming every difference, and the way out.
        """
        mine = self.spaces[space].encoder
        differences = [
            f"{name}: index has {ours!r}, encoder has {theirs!r}"
            for name in ("id", "weights_sha256", "preprocessing", "dim")
            if (ours := getattr(mine, name)) != (theirs := getattr(other, name))
        ]
        if differences:
            again = self.build_again(space, other.id)
            if self.kind == IMAGERY:
                again = f"search with --encoder {mine.id}, or build again: {again}"
            raise IndexMismatchError(
                f"The vectors {space!r} of index {self.name!r} are of {mine.id} (dim "
                f"{mine.dim}), this encoder is {other.id} (dim {other.dim}). "
                f"{'; '.join(differences)}.",
                hint=again,
            )

    def build_again(self, space: str = "", encoder: str = "") -> str:
        """The command that makes all of it again from what it was made from.

        Args:
            space: whose encoder shall be another one.
            encoder: that one's id.
        """
        sources = {name: one.encoder_source for name, one in self.spaces.items()}
        if encoder:
            sources[space] = {"name": encoder}
        if isinstance(self.origin, Records):
            text, seen = sources.get(TEXT), IMAGE_TEXT if space in ("", TEXT) else space
            return commands.knowledge_command(
                self.name, self.origin.folder, text, sources.get(seen)
            )
        if self.origin.imported is not None:
            return commands.import_command(self.name, self.origin.sources)
        return commands.build_command(
            self.name, self.origin.sources, self.origin.options, sources[IMAGE]
        )

    def mend_part(self, *files: str) -> str:
        """The command that makes damaged parts again."""
        if isinstance(self.origin, Records) or self.origin.imported is not None:
            return self.build_again()
        parts = " ".join(f"--part {file}" for file in files)
        return f"rsrag index rebuild {self.name} {parts}"


def part_paths(folder: Path, space: str, parts: Sequence[PartInfo]) -> list[Path]:
    """Files of a space's parts, given the folder of a generation."""
    return [folder / "parts" / space / part.file for part in parts]
