"""Build an index of knowledge from the records of some collections."""

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rsrag.config.homes import knowledge_text
from rsrag.errors import ImageryError, IndexingError, KnowledgeError
from rsrag.indexing.build.build_request import StageProgress, WriteRequest
from rsrag.indexing.build.plans import take_up
from rsrag.indexing.build.publish import GenerationDraft, build_generation
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE, IMAGE_TEXT, KNOWLEDGE, TEXT
from rsrag.indexing.format.knowledge_schema import KnowledgeRow
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.origins import Records
from rsrag.indexing.generations.keeping import all_parts, is_whole
from rsrag.indexing.knowledge.knowledge_rows import (
    landmark_rows,
    passage_rows,
    pictures_of,
)
from rsrag.indexing.knowledge.knowledge_source import (
    KnowledgeRecords,
    KnowledgeSource,
    chunks,
)
from rsrag.indexing.knowledge.space_rows import SpaceRows
from rsrag.interfaces import Encoder, TextEncoder
from rsrag.knowledge.collection import as_roots
from rsrag.types import Skip

PICTURES = 64
"""Reference pictures in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeRequest(WriteRequest):
    """A build of an index of knowledge.

    Attributes:
        source: the records.
        text_encoder: of the space ``text``.
        text_source: how to load it again, for the manifest.
        encoder: of the two other spaces, or ``None`` to leave them out.
        encoder_source: how to load it again.
    """

    source: KnowledgeSource
    text_encoder: TextEncoder
    text_source: Mapping[str, str]
    encoder: Encoder | None
    encoder_source: Mapping[str, str] | None


def build_knowledge(request: KnowledgeRequest, progress: StageProgress) -> BuildReport:
    """Build a generation of a knowledge index and make it the current one.

    Vectors of pieces that the last generation has, or that a stopped build with the
    same encoders has made, are not made again.

    Raises:
        KnowledgeError: records that are not well formed, or none at all.
        IndexingError, KeyboardInterrupt: as
            :func:`rsrag.indexing.build.publish.build_generation`.
    """
    return build_generation(
        request, KNOWLEDGE, lambda: _draft(request, progress), progress
    )


def _draft(request: KnowledgeRequest, progress: StageProgress) -> GenerationDraft:
    started = time.perf_counter()
    source = request.source
    records = source.read()
    if not records.passages and not records.landmarks:
        raise KnowledgeError(
            f"The collections {', '.join(source.folders)} hold neither landmarks nor "
            "passages.",
            hint="rsrag knowledge import FILE --name NAME",
        )
    rows = _spaces(request)
    read_s = time.perf_counter() - started
    images, skipped = _embed(request, records, rows, progress)
    seen = request.encoder_source or {}
    spaces = {
        name: one.finish(request.text_source if name == TEXT else seen)
        for name, one in rows.items()
    }
    spaces = {name: space for name, space in spaces.items() if space.rows}
    if not spaces:
        shutil.rmtree(request.directory.building)
        raise KnowledgeError(
            "There are no passages, and without --encoder landmarks have no vectors.",
            hint="rsrag index build-knowledge --encoder mini",
        )
    encode_s = time.perf_counter() - started - read_s
    return GenerationDraft(
        kind=KNOWLEDGE,
        spaces=spaces,
        origin=Records(
            folder=knowledge_text(as_roots(source.roots)),
            collections=tuple(sorted(source.folders)),
            fingerprint=source.fingerprint,
            passages=len(records.passages),
            landmarks=len(records.landmarks),
            images=images,
        ),
        started=started,
        encoded={name: rows[name].embedded for name in spaces},
        skipped=skipped,
        seconds={"read": read_s, "encode": encode_s},
    )


def _spaces(request: KnowledgeRequest) -> dict[str, SpaceRows]:
    """Spaces with the vectors that need not be made again."""
    identities = {TEXT: request.text_encoder.identity}
    if request.encoder:
        for name in (IMAGE_TEXT, IMAGE):
            identities[name] = request.encoder.identity
    directory = request.directory
    encoders = {name: asdict(identity) for name, identity in identities.items()}
    take_up(directory.building, {"kind": KNOWLEDGE, "encoders": encoders})
    spaces = {
        name: SpaceRows(directory.building, name, identity)
        for name, identity in identities.items()
    }
    # A last generation that cannot be read only costs the time to embed again.
    with suppress(IndexingError):
        last = directory.current_path()
        manifest = read_manifest(last)
        for name, path, part in all_parts(manifest, last):
            same = name in spaces and (
                manifest.spaces[name].encoder == spaces[name].encoder
            )
            if same and is_whole(path, part):
                spaces[name].log.copy_parts([path])
    return spaces


def _embed(
    request: KnowledgeRequest,
    records: KnowledgeRecords,
    spaces: Mapping[str, SpaceRows],
    progress: StageProgress,
) -> tuple[int, list[Skip]]:
    """Put all records into their spaces; how many pictures are there, which are not.

    A chunk of records goes through all spaces before the next one comes, so that
    encoders with a common first half may share it.
    """
    done, total = 0, len(records.passages) + len(records.landmarks)
    encoders = {TEXT: request.text_encoder, IMAGE_TEXT: request.encoder}
    for passages in chunks(iter(records.passages.values())):
        request.tick()
        for name, encoder in encoders.items():
            if encoder is not None:
                rows = passage_rows(passages, records, encoder)
                spaces[name].add(rows, encoder.encode_texts)
        done += len(passages)
        progress("embed", done, total)
    images, skipped = 0, list[Skip]()
    if request.encoder is None:
        return images, skipped
    for landmarks in chunks(iter(records.landmarks.values())):
        request.tick()
        rows = landmark_rows(landmarks, request.encoder)
        spaces[IMAGE_TEXT].add(rows, request.encoder.encode_texts)
        found, skips = pictures_of(landmarks, request.source.folders)
        skipped += skips
        for some in chunks(iter(found), PICTURES):
            images += _see(some, request.encoder, spaces[IMAGE], skipped)
        done += len(landmarks)
        progress("embed", done, total)
    return images, skipped


def _see(
    pictures: Sequence[tuple[KnowledgeRow, Path]],
    encoder: Encoder,
    space: SpaceRows,
    skipped: list[Skip],
) -> int:
    """Put pictures into their space, but those that cannot be read."""
    from rsrag.imagery.scenes import load_picture

    rows = []
    for row, path in pictures:
        pixels = np.empty(0, np.uint8)
        try:
            if row.id not in space.log:
                pixels = encoder.prepare_image(load_picture(path))
        except ImageryError as error:
            skipped.append(Skip(str(path), str(error), type(error).__name__))
            continue
        rows.append((row, pixels))
    space.add(rows, lambda batch: encoder.encode_prepared(np.stack(batch)))
    return len(rows)
