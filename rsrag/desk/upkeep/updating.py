"""Updates: sources of an index that come, change and go."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.desk.upkeep.building import build_request, never
from rsrag.desk.upkeep.rebuilding import at_server, stored_choice
from rsrag.errors import ConfigError
from rsrag.factory import EncoderChoice
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import BuildProgress, BuildRequest
    from rsrag.indexing.format.build_report import BuildReport


def update_imagery(
    settings: Settings,
    name: str,
    added: Sequence[Path],
    removed: Sequence[Path],
    *,
    dry_run: bool = False,
    retry: bool = False,
    strict: bool = False,
    batch_size: int = 64,
    progress: "BuildProgress",
    stop: Callable[[], bool] = never,
) -> "BuildReport":
    """Bring an index up to date with its archives.

    Raises:
        ConfigError: a source to forget that the index does not have, or the last one.
    """
    request = request_again(
        settings, name, added, removed, batch_size=batch_size, strict=strict, stop=stop
    )
    directory = request.directory

    from rsrag.indexing.build.plans import keep_stopped
    from rsrag.indexing.update.update import UpdateRequest, update_index, update_plan
    from rsrag.stores.files.copying import copy_store

    if not dry_run:
        manifest = directory.read_manifest(IMAGERY)
        with directory.writing():
            keep_stopped(directory, update_plan(request, manifest))
    return update_index(UpdateRequest(request, copy_store, retry, dry_run), progress)


def request_again(
    settings: Settings,
    name: str,
    added: Sequence[Path] = (),
    removed: Sequence[Path] = (),
    *,
    batch_size: int = 64,
    strict: bool = False,
    stop: Callable[[], bool] = never,
) -> "BuildRequest":
    """The request of the build of an index, with its sources, options and store.

    Args:
        added: sources besides.
        removed: sources to forget.

    Raises:
        ConfigError: a source to forget that the index does not have, or the last one.
        IndexMismatchError: its embeddings were imported.
    """
    settings = settings.at(name)
    directory = IndexDirectory(settings.indexes, name)
    manifest = directory.read_manifest(IMAGERY)

    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.indexing.update.update import check_built

    check_built(manifest)
    store = manifest.image.store
    folder = store.folder(directory.current_path(), IMAGE)
    kind, ann = stored_choice(None, None, store, folder)
    return build_request(
        at_server(settings, store),
        name,
        _sources(name, manifest.imagery.sources, added, removed),
        ImageryOptions.from_json(manifest.imagery.options),
        EncoderChoice.from_json(manifest.image.encoder_source),
        kind,
        ann,
        batch_size=batch_size,
        strict=strict,
        stop=stop,
    )


def _sources(
    name: str, known: Sequence[str], added: Sequence[Path], removed: Sequence[Path]
) -> list[Path]:
    """The sources of the index, with those that come and without those that go."""
    from rsrag.imagery.sources.urls import source_text

    forgotten = {source_text(path) for path in removed}
    if strange := sorted(forgotten - set(known)):
        raise ConfigError(
            f"Index {name!r} has no source {strange[0]}; it has {', '.join(known)}.",
            hint=f"rsrag index info {name}",
        )
    left = [source for source in known if source not in forgotten]
    left += [text for path in added if (text := source_text(path)) not in left]
    if not left:
        raise ConfigError(
            f"Index {name!r} would have no source left.",
            hint=f"rm -r it, or give another source: rsrag index update {name} SOURCE",
        )
    return [Path(source) for source in left]
