"""What ``rsrag index build`` calls once its words are read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.factory import EncoderChoice, drop_store, store_creator
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.indexing.build.build_request import Progress
    from rsrag.indexing.format.build_report import BuildReport


def run_build(
    settings: Settings,
    name: str,
    sources: Sequence[Path],
    options: "ImageryOptions",
    choice: EncoderChoice,
    store: str,
    ann: str,
    batch_size: int,
    strict: bool,
    progress: "Progress",
    stop: Callable[[], bool],
) -> "BuildReport":
    """Build an index, or take up a build that was stopped."""
    directory = IndexDirectory(settings.indexes, name)
    create_store = store_creator(store, ann, name, settings)

    from rsrag.imagery.facts.sidecar_metadata import read_metadata
    from rsrag.indexing.build.build import build_index
    from rsrag.indexing.build.encode import BuildRequest

    request = BuildRequest(
        directory=directory,
        sources=tuple(sources),
        options=options,
        metadata=read_metadata(options.metadata) if options.metadata else None,
        encoder=choice.load(settings),
        encoder_source=choice.to_json(),
        create_store=create_store,
        drop_store=lambda info: drop_store(info, settings),
        threads=settings.threads,
        batch_size=batch_size,
        strict=strict,
        stop=stop,
    )
    return build_index(request, progress)
