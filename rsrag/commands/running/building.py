"""What ``rsrag index build`` calls once its words are read."""

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.commands.terminal.progress import BuildBar
from rsrag.commands.terminal.stopping import stop_softly
from rsrag.config import Settings
from rsrag.factory import EncoderChoice, drop_store, store_creator
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions
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
) -> "BuildReport":
    """Build with a bar, and say how to go on if it is stopped."""
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
    )
    with stop_softly() as stop, going_on(name), BuildBar() as bar:
        return build_index(dataclasses.replace(request, stop=stop), bar)


@contextmanager
def going_on(name: str) -> Iterator[None]:
    """Say how to go on with what was stopped."""
    try:
        yield
    except KeyboardInterrupt:
        print(
            f"stopped; what is encoded of {name!r} is safe. Run the same command again "
            "to go on.",
            file=sys.stderr,
        )
        raise
