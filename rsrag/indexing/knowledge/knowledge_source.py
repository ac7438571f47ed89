"""Source of a knowledge index: the records of some collections."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from rsrag.config.homes import knowledge_text
from rsrag.errors import KnowledgeError
from rsrag.knowledge.catalogue.catalogue_files import (
    collections_of,
    files_of,
    fingerprint_of,
)
from rsrag.knowledge.collection import Roots, as_roots, read_collection
from rsrag.records import Landmark, Passage

CHUNK = 1_024
"""Records that are worked on at once."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """Collections to build from.

    Attributes:
        roots: the folders that were named.
        folders: of the collections, by name.
        fingerprint: of the catalogue over ``roots``, so that a stale index is told.
    """

    roots: Roots
    folders: Mapping[str, Path]
    fingerprint: str

    def read(self) -> "KnowledgeRecords":
        """Read the records; one that stands in two collections counts once.

        Raises:
            KnowledgeError: a record that is not well formed.
        """
        landmarks: dict[str, tuple[str, Landmark]] = {}
        passages: dict[str, tuple[str, Passage]] = {}
        for name, folder in sorted(self.folders.items()):
            records = read_collection(folder)
            for landmark in records.landmarks:
                landmarks.setdefault(landmark.id, (name, landmark))
            for passage in records.passages:
                passages.setdefault(passage.id, (name, passage))
        return KnowledgeRecords(landmarks, passages)


@dataclass(frozen=True, slots=True)
class KnowledgeRecords:
    """Landmarks and passages by id, each with the name of its collection."""

    landmarks: Mapping[str, tuple[str, Landmark]]
    passages: Mapping[str, tuple[str, Passage]]

    def landmark_of(self, passage: Passage) -> Landmark | None:
        """What a passage is about, if it is here."""
        found = self.landmarks.get(passage.landmark_id or "")
        return found[1] if found else None


def knowledge_source(roots: Roots, collections: Sequence[str] = ()) -> KnowledgeSource:
    """Collections to build from.

    Raises:
        KnowledgeError: none there, or not those.
    """
    folders = choose_collections(roots, collections)
    return KnowledgeSource(roots, folders, knowledge_fingerprint(roots))


def knowledge_fingerprint(roots: Roots) -> str:
    """Of the catalogue over ``roots``: another one after any change of a record."""
    return fingerprint_of(files_of(collections_of(roots)))


def text_encoder_source(name: str) -> dict[str, str]:
    """What a manifest keeps, to load a text encoder again."""
    return {"name": str(Path(name).absolute()) if Path(name).is_dir() else name}


def choose_collections(roots: Roots, names: Sequence[str] = ()) -> dict[str, Path]:
    """Folders of collections by name.

    Raises:
        KnowledgeError: none there, or not one of these names.
    """
    folders = {folder.resolve().name: folder for folder in collections_of(roots)}
    missing = [name for name in names if name not in folders]
    if missing:
        raise KnowledgeError(
            f"There is no collection {', '.join(map(repr, missing))} in "
            f"{knowledge_text(as_roots(roots))}. "
            f"There are: {', '.join(sorted(folders))}.",
            hint=f"--collection {min(folders)}",
        )
    return {name: folders[name] for name in (names or folders)}


def chunks(items: Iterator[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of up to ``size`` items."""
    while part := list(islice(items, size)):
        yield part
