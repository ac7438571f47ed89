"""The archives of an index: still there, and still holding what was indexed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config.homes import knowledge_roots
from rsrag.durable import file_sha256
from rsrag.errors import (
    ImageryError,
    IndexCorruptError,
    KnowledgeError,
    SourceNotFoundError,
)
from rsrag.indexing.checks.findings import SHOWN, Finding, some
from rsrag.indexing.format.ledger import FILE as LEDGER, read_ledger
from rsrag.indexing.format.manifest import Manifest
from rsrag.types import Skip

if TYPE_CHECKING:
    import pyarrow as pa

    from rsrag.imagery.imagery_options import ImageryOptions

Told = Callable[[int], None]


def check_sources(
    expected: Mapping[str, str],
    next_: str,
    told: Told,
    options: "ImageryOptions | None" = None,
) -> list[Finding]:
    """Hash every source again and compare.

    An archive is read once, from its beginning to its end; only pictures that were
    indexed are hashed.

    Args:
        expected: sha256 by source, as the chips have them.
        next_: command that brings the index up to date with its sources.
        told: called with the number of sources hashed since the last call.
        options: as the index was built with: which bands a scene is made of.

    Returns:
        A finding for each of the first sources that is wrong, then one for the rest.
    """
    left = dict(expected)
    wrong: list[Finding] = []
    archives: dict[Path, None] = {}
    for source in left:
        archives.update(dict.fromkeys(_archives_of(source)))
    for archive in archives:
        for source, digest in _hashes(archive, left, options):
            told(1)
            wrong += _compare(source, left.pop(source), digest, next_)
    for source, sha256 in left.items():
        told(1)
        wrong += _compare(source, sha256, _hash_alone(source, options), next_)
    if len(wrong) > SHOWN:
        rest = f"{len(wrong) - SHOWN:,} more sources are gone, damaged or changed"
        wrong[SHOWN:] = [Finding("problem", "sources", rest, next_)]
    return wrong


def check_ledger(
    name: str, folder: Path, counts: "Sequence[pa.Table]"
) -> list[Finding]:
    """Whether the ledger counts as many chips of each source as the parts have.

    Args:
        name: of the index.
        folder: of the generation; one without a ledger has nothing to compare.
        counts: ``source`` and ``chips_sum`` of all rows, in any number of tables.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    next_ = f"rm {folder.absolute() / LEDGER} && rsrag index update {name}"
    try:
        ledger = read_ledger(folder, ["source", "chips"])
    except IndexCorruptError as error:
        return [Finding("problem", LEDGER, str(error), next_)]
    if ledger is None or not counts:
        return []
    found = (
        pa.concat_tables(counts).group_by("source").aggregate([("chips_sum", "sum")])
    )
    said = ledger.filter(pc.greater(ledger["chips"], 0)).replace_schema_metadata()
    both = found.join(said, "source", join_type="full outer")
    equal = pc.fill_null(pc.equal(both["chips_sum_sum"], both["chips"]), False)
    wrong = both.filter(pc.invert(equal)).sort_by("source")["source"]
    if not len(wrong):
        return []
    what = (
        f"counts other chips than the parts hold for {len(wrong):,} sources: "
        f"{some(wrong[:SHOWN].to_pylist(), len(wrong))}"
    )
    return [Finding("problem", LEDGER, what, next_)]


def fault_of_report(path: Path, sha256: str | None) -> str | None:
    """What is wrong with the report of a generation, if anything."""
    if not path.is_file():
        return "is missing"
    damaged = sha256 is not None and file_sha256(path) != sha256
    return "was changed or damaged" if damaged else None


def check_records(manifest: Manifest) -> list[Finding]:
    """Whether the records of a knowledge index are those that were read."""
    from rsrag.indexing.knowledge.knowledge_source import knowledge_fingerprint

    where, next_ = manifest.records.folder, manifest.build_again()
    try:
        found = knowledge_fingerprint(knowledge_roots(where))
    except (OSError, KnowledgeError) as error:
        return [Finding("problem", where, f"cannot be read: {error}", next_)]
    if found == manifest.records.fingerprint:
        return []
    what = "changed since it was indexed: new records are not found by meaning"
    return [Finding("warning", where, what, next_)]


def _compare(
    source: str, expected: str, found: str | ImageryError, next_: str
) -> Iterator[Finding]:
    if found == expected:
        return
    if isinstance(found, SourceNotFoundError):
        what, then = "is gone", f"put it back, or forget its chips: {next_}"
    elif isinstance(found, ImageryError):
        what, then = f"cannot be read: {found}", next_
    else:
        what = f"changed: sha256 {found[:12]}…, when indexed {expected[:12]}…"
        then = next_
    yield Finding("problem", source, what, then)


def _archives_of(source: str) -> Iterator[Path]:
    """The archive that a source is a member of, if it is an archive on this disk."""
    from rsrag.imagery.archives.archive_names import (
        archive_marks,
        is_archive_name,
        unescape,
    )

    for at in archive_marks(source):
        path = Path(unescape(source[:at]))
        if path.is_file():
            if is_archive_name(path.name):
                yield path
            return


def _hashes(
    archive: Path, expected: Mapping[str, str], options: "ImageryOptions | None"
) -> Iterator[tuple[str, str | ImageryError]]:
    """Digests of the members of one archive that were indexed, in its order."""
    from rsrag.imagery.sources.sources import iter_sources

    try:
        for item in iter_sources([archive], options=options):
            if isinstance(item, Skip) or item.source not in expected:
                continue
            try:
                yield item.source, item.sha256()
            except ImageryError as error:
                yield item.source, error
    except SourceNotFoundError:
        # Nothing in it is a picture any more: its sources are told one by one.
        return


def _hash_alone(source: str, options: "ImageryOptions | None") -> str | ImageryError:
    from rsrag.imagery.sources.source_lookup import find_item

    try:
        return find_item(source, options).sha256()
    except ImageryError as error:
        return error
