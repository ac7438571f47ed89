"""Indexes of folders that are searched by their path: made and refreshed on the way."""

import dataclasses
import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.errors import (
    IndexMismatchError,
    IndexNotFoundError,
    SourceNotFoundError,
)
from rsrag.factory import EncoderChoice
from rsrag.imagery.sources.urls import as_url, source_text
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import BuildProgress
    from rsrag.indexing.format.build_report import BuildReport


def refresh_folder(
    settings: Settings,
    paths: Sequence[Path],
    choice: EncoderChoice,
    progress: "BuildProgress",
    stop: Callable[[], bool],
) -> "BuildReport":
    """Index folders, archives and files, or what is new in them since the last time.

    Args:
        settings: the index lies in ``settings.folders``.
        paths: what is searched; several make one index, whatever their order.
        choice: of the encoder; each has an index of its own.
        progress: told what is done.
        stop: asked now and then whether to stop and keep what is done.

    Returns:
        What was done; ``report.index`` names the index.

    Raises:
        SourceNotFoundError: a path is not there, or holds no picture.
        IndexLockedError: another process writes this index.
        IndexMismatchError: it was made by another version of rsrag.
        KeyboardInterrupt: ``stop`` said so; what is done is safe.
    """
    from rsrag.desk.upkeep.building import build_imagery, build_request
    from rsrag.desk.upkeep.updating import update_imagery
    from rsrag.imagery.imagery_options import ImageryOptions

    for path in paths:
        if as_url(path) is None and not path.exists():
            raise SourceNotFoundError(f"There is no {path}.")
    name = folder_index(paths, choice)
    there = dataclasses.replace(settings, indexes=settings.folders)
    if _is_there(settings, name):
        return update_imagery(there, name, (), (), progress=progress, stop=stop)
    sources = [Path(source) for source in _sources(paths)]
    request = build_request(
        there, name, sources, ImageryOptions(), choice, "faiss", "auto", stop=stop
    )
    return build_imagery(request, progress)


def known_folder(
    settings: Settings, paths: Sequence[Path], choice: EncoderChoice
) -> str:
    """The index of folders that were searched before.

    Raises:
        IndexNotFoundError: they were not.
        IndexMismatchError: it was made by another version of rsrag.
    """
    name = folder_index(paths, choice)
    if not _is_there(settings, name):
        raise IndexNotFoundError(
            f"{', '.join(_sources(paths))} was never indexed with {choice.name}: "
            f"{settings.folders} holds no {name!r}.",
            hint="leave out --no-refresh",
        )
    return name


def folder_index(paths: Sequence[Path], choice: EncoderChoice) -> str:
    """Name of the index of some paths: a word to know it by, and a hash of all."""
    sources = _sources(paths)
    checkpoint = choice.checkpoint and str(choice.checkpoint.absolute())
    parts = "\0".join([*sources, choice.name, checkpoint or ""])
    digest = hashlib.sha256(parts.encode("utf-8", "surrogateescape")).hexdigest()
    word = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(sources[0]).name).strip(".-_")[:40]
    more = f"-and-{len(sources) - 1}-more" if len(sources) > 1 else ""
    return f"{word or 'folder'}{more}-{digest[:8]}"


def _is_there(settings: Settings, name: str) -> bool:
    directory = IndexDirectory(settings.folders, name)
    if not directory.exists():
        return False
    try:
        directory.read_manifest()
    except IndexMismatchError as error:
        raise IndexMismatchError(
            str(error), hint=f"rm -r {directory.path}; the next search makes it anew"
        ) from error
    return True


def _sources(paths: Sequence[Path]) -> list[str]:
    """What is searched, each once: addresses, and absolute paths without links."""
    return sorted(
        {
            str(path.resolve()) if as_url(path) is None else source_text(path)
            for path in paths
        }
    )
