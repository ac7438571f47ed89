"""Build an index of knowledge from the records of some collections."""

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass

from rsrag.config.homes import knowledge_text
from rsrag.errors import IndexingError, KnowledgeError
from rsrag.indexing.build.build_request import StageProgress, WriteRequest
from rsrag.indexing.build.plans import take_up
from rsrag.indexing.build.publish import Draft, build_generation
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE, IMAGE_TEXT, KNOWLEDGE, TEXT
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.origins import Records
from rsrag.indexing.generations.keeping import is_whole
from rsrag.indexing.knowledge.knowledge_run import EmbedRun
from rsrag.indexing.knowledge.knowledge_source import KnowledgeSource
from rsrag.indexing.knowledge.space_rows import SpaceRows
from rsrag.interfaces import Encoder, TextEncoder
from rsrag.knowledge.collection import as_roots


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
        request, KNOWLEDGE, lambda: _embed(request, progress), progress
    )


def _embed(request: KnowledgeRequest, progress: StageProgress) -> Draft:
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
    run = EmbedRun(
        records, source.folders, request.text_encoder, request.encoder, rows, progress
    )
    run.embed(request.tick)
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
    return Draft(
        kind=KNOWLEDGE,
        spaces=spaces,
        origin=Records(
            folder=knowledge_text(as_roots(source.roots)),
            collections=tuple(sorted(source.folders)),
            fingerprint=source.fingerprint,
            passages=len(records.passages),
            landmarks=len(records.landmarks),
            images=run.images,
        ),
        started=started,
        encoded={name: rows[name].embedded for name in spaces},
        skipped=run.skipped,
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
        for name, space in manifest.spaces.items():
            if name in spaces and space.encoder == spaces[name].encoder:
                paths = manifest.part_paths(last, name)
                parts = zip(paths, space.parts, strict=True)
                good = [path for path, part in parts if is_whole(path, part)]
                spaces[name].log.copy_parts(good)
    return spaces
