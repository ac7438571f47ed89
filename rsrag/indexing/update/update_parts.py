"""The parts of an updated index: carried over, and new."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from rsrag.indexing.build.build import chips_of
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.sidecar import Extent, measure
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.index_kinds import IMAGE
from rsrag.indexing.format.manifest import Manifest, Space, part_paths
from rsrag.indexing.update.carry import Carried, carry_parts
from rsrag.indexing.update.change_counts import SourceChanges


@dataclass(frozen=True, slots=True)
class NewParts:
    """What was written.

    Attributes:
        space: all parts; no store yet.
        paths: of the parts.
        extent: what they cover.
        carried: how the parts of the last generation were taken over.
        fresh: paths of those that were not.
        rewritten: paths of carried parts that are not what they were.
        renamed: sources whose rows say something else now.
    """

    space: Space
    paths: list[Path]
    extent: Extent
    carried: Carried
    fresh: list[Path]
    rewritten: list[Path]
    renamed: set[str]


def write_parts(
    build: BuildRequest,
    manifest: Manifest,
    folder: Path,
    staging: Staging,
    run: EncodeRun,
    changes: SourceChanges,
) -> NewParts:
    """Write the parts of a new generation into ``building``.

    Args:
        build: the request.
        manifest: of the last generation.
        folder: of the last generation.
        staging: what was encoded.
        run: that encoded it.
        changes: against the last generation.
    """
    building = build.directory.building
    target = building / "parts" / IMAGE
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    carried = run.times.timed(
        "carry",
        lambda: carry_parts(
            folder / "parts" / IMAGE,
            target,
            manifest.image.parts,
            changes.carry,
            manifest.image.encoder,
            build.tick,
        ),
    )
    parts = run.times.timed(
        "merge",
        lambda: staging.merge(run.void, carried.parts, build.tick, carried.small),
    )
    paths = part_paths(building, IMAGE, parts)
    return NewParts(
        space=chips_of(build, parts),
        paths=paths,
        extent=run.times.timed("extent", lambda: measure(paths)),
        carried=carried,
        fresh=paths[len(carried.parts) :],
        rewritten=[target / name for name in carried.rewritten],
        renamed={r.source for r in changes.carry.values() if r is not None},
    )
