"""The embedding half of a knowledge build: records through the encoders."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.indexing.build.build_request import StageProgress
from rsrag.indexing.format.index_kinds import IMAGE, IMAGE_TEXT, TEXT
from rsrag.indexing.format.knowledge_schema import KnowledgeRow
from rsrag.indexing.knowledge.knowledge_rows import (
    TextRow,
    landmark_rows,
    passage_rows,
    pictures_of,
    read_pictures,
)
from rsrag.indexing.knowledge.knowledge_source import KnowledgeRecords, chunks
from rsrag.indexing.knowledge.space_rows import SpaceRows
from rsrag.interfaces import Encoder, TextEncoder
from rsrag.records import Landmark
from rsrag.types import Skip, Vectors

PICTURES = 64
"""Reference pictures in memory at once."""


class EmbedRun:
    """Puts records into spaces, chunk by chunk.

    A chunk goes through all spaces before the next one comes, so that encoders with
    a common first half may share it.

    Attributes:
        skipped: pictures that were left out.
        images: pictures that were not.
    """

    def __init__(
        self,
        records: KnowledgeRecords,
        folders: Mapping[str, Path],
        text_encoder: TextEncoder,
        encoder: Encoder | None,
        spaces: Mapping[str, SpaceRows],
        progress: StageProgress,
    ) -> None:
        self._records, self._folders = records, folders
        self._text_encoder, self._encoder = text_encoder, encoder
        self._spaces, self._progress = spaces, progress
        self.skipped: list[Skip] = []
        self.images = 0

    def embed(self, tick: Callable[[], None]) -> None:
        """Go through all passages, then all landmarks.

        Args:
            tick: called now and then; may raise to stop.
        """
        records, done = self._records, 0
        total = len(records.passages) + len(records.landmarks)
        for passages in chunks(iter(records.passages.values())):
            tick()
            rows = passage_rows(passages, records, self._text_encoder)
            self._texts(TEXT, self._text_encoder, rows)
            if self._encoder:
                rows = passage_rows(passages, records, self._encoder)
                self._texts(IMAGE_TEXT, self._encoder, rows)
            done += len(passages)
            self._progress("embed", done, total)
        if not self._encoder:
            return
        for landmarks in chunks(iter(records.landmarks.values())):
            tick()
            rows = landmark_rows(landmarks, self._encoder)
            self._texts(IMAGE_TEXT, self._encoder, rows)
            self._pictures(landmarks, self._encoder)
            done += len(landmarks)
            self._progress("embed", done, total)

    def _texts(self, space: str, encoder: TextEncoder, rows: Sequence[TextRow]) -> None:
        self._spaces[space].add(
            [row for row, _ in rows],
            lambda batch: encoder.encode_texts([rows[i][1] for i in batch]),
        )

    def _pictures(
        self, landmarks: Sequence[tuple[str, Landmark]], encoder: Encoder
    ) -> None:
        from rsrag.imagery.scenes import load_picture

        space = self._spaces[IMAGE]
        found, skips = pictures_of(landmarks, self._folders)
        self.skipped += skips
        for some in chunks(iter(found), PICTURES):
            unknown = [p for p in some if p.row.id not in space.log]
            good, pixels, skips = read_pictures(unknown, load_picture)
            self.skipped += skips
            prepared = {
                picture.row.id: encoder.prepare_image(image)
                for picture, image in zip(good, pixels, strict=True)
            }
            rows = [
                p.row for p in some if p.row.id in prepared or p.row.id in space.log
            ]
            space.add(rows, partial(_embed_pictures, encoder, prepared, rows))
            self.images += len(rows)


def _embed_pictures(
    encoder: Encoder,
    prepared: Mapping[str, NDArray[np.uint8]],
    rows: Sequence[KnowledgeRow],
    batch: Sequence[int],
) -> Vectors:
    return encoder.encode_prepared(np.stack([prepared[rows[i].id] for i in batch]))
