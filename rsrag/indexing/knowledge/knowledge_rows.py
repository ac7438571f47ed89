"""Rows of the spaces, made from records."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rsrag.durable import file_sha256
from rsrag.indexing.format.knowledge_schema import KnowledgeRow, row_id
from rsrag.indexing.knowledge.knowledge_pieces import pieces_of
from rsrag.indexing.knowledge.knowledge_source import KnowledgeRecords
from rsrag.interfaces import TextEncoder
from rsrag.records import Landmark, Passage
from rsrag.types import Skip

TextRow = tuple[KnowledgeRow, str]
"""A row, and the text that is embedded for it."""


def passage_rows(
    passages: Sequence[tuple[str, Passage]],
    records: KnowledgeRecords,
    encoder: TextEncoder,
) -> list[TextRow]:
    """Pieces of passages that the encoder reads to the end."""
    landmarks = [records.landmark_of(passage) for _, passage in passages]
    pieces = pieces_of(
        [passage.text for _, passage in passages],
        [
            landmark.name if landmark else passage.title
            for (_, passage), landmark in zip(passages, landmarks, strict=True)
        ],
        encoder,
    )
    rows = []
    for (collection, passage), landmark, parts in zip(
        passages, landmarks, pieces, strict=True
    ):
        for piece in parts:
            id_ = row_id("piece", passage.id, str(piece.ordinal), piece.embedded)
            row = KnowledgeRow(
                id_, "passage", collection, piece.text, piece.ordinal, passage, landmark
            )
            rows.append((row, piece.embedded))
    return rows


def landmark_rows(
    landmarks: Sequence[tuple[str, Landmark]], encoder: TextEncoder
) -> list[TextRow]:
    """Each landmark's name with its category, as a caption would have them."""
    captions = [caption_of(landmark) for _, landmark in landmarks]
    pieces = pieces_of(captions, [None] * len(captions), encoder)
    return [
        (
            KnowledgeRow(
                row_id("landmark", landmark.id, str(piece.ordinal), piece.text),
                "landmark",
                collection,
                piece.text,
                piece.ordinal,
                None,
                landmark,
            ),
            piece.embedded,
        )
        for (collection, landmark), parts in zip(landmarks, pieces, strict=True)
        for piece in parts
    ]


def caption_of(landmark: Landmark) -> str:
    """``Lake Baikal, a lake``; the name alone without a category."""
    kind = (landmark.category or "").strip()
    if not kind:
        return landmark.name
    article = "an" if kind[0].lower() in "aeiou" else "a"
    return f"{landmark.name}, {article} {kind}"


def pictures_of(
    landmarks: Sequence[tuple[str, Landmark]], folders: Mapping[str, Path]
) -> tuple[list[tuple[KnowledgeRow, Path]], list[Skip]]:
    """Reference pictures of landmarks, not read yet, and those that are not there.

    A path must stay inside its collection's folder.
    """
    found, skips = [], []
    for collection, landmark in landmarks:
        folder = folders[collection].resolve()
        for name in landmark.images:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder):
                reason = f"a picture of {landmark.name} lies outside {folder}"
                skips.append(Skip(name, reason, "UnsafePath"))
                continue
            try:
                digest = file_sha256(path)
            except OSError as exc:
                reason = f"a picture of {landmark.name}: {exc.strerror}"
                skips.append(Skip(str(path), reason, "SourceNotFoundError"))
                continue
            id_ = row_id("image", landmark.id, digest)
            row = KnowledgeRow(id_, "image", collection, name, 0, None, landmark)
            found.append((row, path))
    return found, skips
