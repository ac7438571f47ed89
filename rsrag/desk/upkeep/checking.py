"""Checks of an index, and what is left of its past."""

from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.errors import IndexCorruptError
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import StageProgress
    from rsrag.indexing.checks.audit_report import Audit
    from rsrag.indexing.checks.verify import OpenStores, VerifyReport


def verify_index(
    settings: Settings,
    name: str,
    *,
    sources: bool = False,
    sample: int = 100,
    progress: "StageProgress",
) -> "VerifyReport":
    """Read all of an index and gather what is wrong with it; nothing is changed.

    Args:
        settings: folders, and a server's key.
        name: of the index.
        sources: hash the archives too.
        sample: queries that compare the store with an exact search; 0 for none.
        progress: told each stage, what is done of it, and how much there is.
    """
    from rsrag.indexing.checks.verify import verify_index as verify

    directory = IndexDirectory(settings.at(name).indexes, name)
    return verify(
        directory, store_opener(settings), progress, sources=sources, sample=sample
    )


def audit_index(settings: Settings, name: str, progress: "StageProgress") -> "Audit":
    """Look for what is doubtful in an index of imagery; nothing is changed.

    Args:
        progress: told each stage, what is done of it, and how much there is.
    """
    from rsrag.indexing.checks.audit import audit_index as audit

    return audit(IndexDirectory(settings.at(name).indexes, name), progress)


def refuse_problems(report: "VerifyReport", name: str) -> None:
    """Raise for what :func:`verify_index` found.

    Raises:
        IndexCorruptError: there is a problem; it tells of the first.
    """
    from rsrag.indexing.checks.findings import problems

    found = problems(report.findings)
    if found:
        raise IndexCorruptError(
            f"Index {name!r} has {len(found)} problem{'s' * (len(found) > 1)}, the "
            f"first: {found[0].where} {found[0].what.rstrip('.')}.",
            hint=found[0].next,
        )


def store_opener(settings: Settings) -> "OpenStores":
    """A function that opens the stores of an index."""
    from rsrag.store_factory import open_stores

    return lambda manifest, folder: open_stores(manifest, folder, settings)


def prune_index(
    settings: Settings, name: str, keep: int
) -> tuple[list[int], list[int]]:
    """Remove generations without a tag, older than those to keep.

    Returns:
        Numbers of those that went, and of those that are left.
    """
    from rsrag.indexing.generations.history import prune
    from rsrag.store_factory import drop_store

    directory = IndexDirectory(settings.at(name).indexes, name)
    gone, stores = prune(directory, keep)
    for info in stores:
        drop_store(info, settings)
    return gone, directory.numbers()
