"""Make one index of several whose vectors are of one encoder."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rsrag.errors import ConfigError, IndexingError, IndexMismatchError
from rsrag.indexing.build.build_request import BuildProgress, WriteRequest
from rsrag.indexing.build.part_files import PartFiles
from rsrag.indexing.build.publish import GenerationDraft, clear_stores, finish
from rsrag.indexing.build.sidecar import measure
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.format.manifest import Manifest, Space, part_paths
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.origins import Imagery
from rsrag.indexing.format.parts import read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.imports.import_earth import RowPlace
from rsrag.indexing.imports.import_rows import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequest(WriteRequest):
    """A merge of indexes of imagery into a new one.

    Attributes:
        sources: the indexes, in the order in which their chips are to stand.
        onto: whether the first of them is what is written: it gets a generation with
            the chips of all.
    """

    sources: tuple[IndexDirectory, ...]
    onto: bool = False


def check_alike(manifests: Sequence[Manifest]) -> None:
    """Refuse indexes whose vectors cannot be compared.

    Raises:
        IndexMismatchError: naming the first two that differ.
    """
    first = manifests[0]
    for other in manifests[1:]:
        if other.image.encoder != first.image.encoder:
            said = " and ".join(
                f"{one.name!r} is of {one.image.encoder.id}, weights "
                f"{one.image.encoder.weights_sha256[:12]}…"
                for one in (first, other)
            )
            raise IndexMismatchError(
                f"Vectors of different encoders cannot be compared: {said}.",
                hint=f"rsrag index rebuild {other.name} --encoder "
                f"{first.image.encoder.id}",
            )


def merge_indexes(request: MergeRequest, progress: BuildProgress) -> BuildReport:
    """Write the chips of some indexes into a new one; each chip once, the first of it.

    Its pictures can be read again if all were read with the same options.

    Raises:
        ConfigError: fewer than two indexes, or the new name is taken.
        IndexMismatchError: they are of different encoders.
        IndexingError: the first is to grow, and is built from an archive.
    """
    started, directory = time.perf_counter(), request.directory
    if len({one.path for one in request.sources}) < 2:
        raise ConfigError("A merge takes two indexes or more.", hint="rsrag index list")
    if not request.onto and (directory.exists() or directory.building.exists()):
        raise ConfigError(
            f"There is an index {directory.name!r} already.", hint="another --name"
        )
    with directory.writing():
        folders = [one.current_path() for one in request.sources]
        manifests = [read_manifest(folder, IMAGERY) for folder in folders]
        check_alike(manifests)
        if request.onto:
            _check_imported(manifests[0], directory)
        try:
            files = PartFiles(
                directory.building / "parts" / IMAGE, manifests[0].image.encoder
            )
            tally = Tally()
            for folder, manifest in zip(folders, manifests, strict=True):
                row = 0
                for table in read_parts(manifest.part_paths(folder)):
                    new = tally.new_ids(table["id"].to_pylist())
                    place = RowPlace(manifest.name, row)
                    tally.skip("duplicate", place, (~new).nonzero()[0])
                    if new.any():
                        files.write(table.filter(new))
                    row += len(table)
                    progress("read", files.rows, sum(tally.skipped.values()))
            draft = _draft(request, manifests, files, tally, started)
            return finish(request, draft)
        except BaseException:
            clear_stores(request)
            shutil.rmtree(directory.building, ignore_errors=True)
            raise


def _check_imported(manifest: Manifest, directory: IndexDirectory) -> None:
    """Refuse an index that follows its archives: it would not know what was added."""
    if manifest.imagery.imported is None:
        raise IndexingError(
            f"The index {manifest.name!r} follows its archives.",
            hint=f"rsrag index update {manifest.name} SOURCE adds pictures; rsrag "
            "index merge makes a new index of it and others",
        )
    if directory.building.exists():
        shutil.rmtree(directory.building)


def _draft(
    request: MergeRequest,
    manifests: Sequence[Manifest],
    files: PartFiles,
    tally: Tally,
    started: float,
) -> GenerationDraft:
    parts, first = files.close(), manifests[0]
    extent = measure(part_paths(request.directory.building, IMAGE, parts))
    options = first.imagery.options
    readable = all(
        one.imagery.options == options
        and (one.imagery.imported is None or one.imagery.imported["pixels"])
        for one in manifests
    )
    own = first.imagery.imported if request.onto else None
    imported = {
        "layout": "rsrag",
        "columns": {},
        "lengths": [1.0, 1.0],
        **(own or {}),
        "pixels": readable,
    }
    return GenerationDraft(
        kind=IMAGERY,
        spaces={
            IMAGE: Space(
                files.rows,
                first.image.encoder,
                first.image.encoder_source,
                tuple(parts),
            )
        },
        origin=Imagery(
            sources=tuple(
                dict.fromkeys(path for one in manifests for path in one.imagery.sources)
            ),
            options=options,
            scenes=extent.scenes,
            bbox=extent.bbox,
            time=extent.time,
            uniform=extent.uniform,
            imported=imported,
        ),
        started=started,
        skipped=tally.skips(),
        seconds={"read": time.perf_counter() - started},
        imported={"files": len(manifests), **imported},
    )
