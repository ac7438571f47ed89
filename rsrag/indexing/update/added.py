"""The next generation of an index: what is carried over, and what was staged."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rsrag.indexing.build.build import chips_of, origin_of
from rsrag.indexing.build.build_request import BuildRequest, CopyStore
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.publish import GenerationDraft, publish
from rsrag.indexing.build.sidecar import measure
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE
from rsrag.indexing.format.manifest import Manifest, part_paths
from rsrag.indexing.update.carry import carry_parts
from rsrag.indexing.update.change_counts import Renamed
from rsrag.indexing.update.update_store import make_store


@dataclass(frozen=True, slots=True)
class Added:
    """What a run has staged beside a generation.

    Attributes:
        build: of the run.
        copy_store: makes a copy of a store to add to.
        staging: its batches.
        run: that filled them.
        manifest, folder: of the generation.
    """

    build: BuildRequest
    copy_store: CopyStore
    staging: Staging
    run: EncodeRun
    manifest: Manifest
    folder: Path

    def publish(
        self, draft: GenerationDraft, carry: Mapping[str, Renamed | None]
    ) -> BuildReport:
        """Make the generation after it, and switch readers to that.

        Args:
            draft: its spaces, origin and store are filled in.
            carry: sources whose rows do not stay as they are.
        """
        build, folder, run = self.build, self.folder, self.run
        building, number = build.directory.building, build.directory.next_number()
        old, timed, tick = self.manifest.image, run.times.timed, build.tick
        carried = timed(
            "carry", lambda: carry_parts(folder, building, old, carry, tick)
        )
        parts = timed(
            "merge",
            lambda: self.staging.merge(run.void, carried.parts, tick, carried.small),
        )
        new = chips_of(build, parts)
        paths = part_paths(building, IMAGE, parts)
        extent = timed("extent", lambda: measure(paths, build.options.overview))
        store, draft.store_note = timed(
            "store",
            lambda: make_store(
                build, self.copy_store, old, folder, new, carried, number
            ),
        )
        draft.spaces, draft.origin = {IMAGE: new}, origin_of(build, extent)
        draft.scenes_by = extent.scenes_by
        return publish(build, draft, number, {IMAGE: store})
