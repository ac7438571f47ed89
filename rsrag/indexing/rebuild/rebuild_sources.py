"""Are the archives there that a rebuild reads? Asked before it begins."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from rsrag.errors import SourceNotFoundError
from rsrag.indexing.checks.findings import SHOWN
from rsrag.indexing.format.ledger import read_ledger
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.parts import read_parts


def refuse_missing(manifest: Manifest, sources: Sequence[str] | None) -> None:
    """Raise if something that a rebuild needs is gone.

    Args:
        manifest: of the index.
        sources: whose chips are needed; ``None``: what was given to the build.

    Raises:
        SourceNotFoundError: the first ones, and how many there are.
    """
    origin = manifest.imagery
    needed = origin.sources if sources is None else sources
    if origin.imported is not None or not needed:
        raise SourceNotFoundError(
            f"Index {manifest.name!r} names no source: its embeddings were made "
            "elsewhere.",
            hint=f"rsrag index rebuild {manifest.name} --store faiss needs none",
        )
    gone = list(dict.fromkeys(_gone(needed)))
    table = origin.options.get("metadata")
    if table and not Path(table).is_file():
        gone.insert(0, str(table))
    if gone:
        lines = "".join(f"\n  {path}" for path in gone[:SHOWN])
        more = f"\n  and {len(gone) - SHOWN:,} more" if len(gone) > SHOWN else ""
        raise SourceNotFoundError(
            f"Index {manifest.name!r} cannot be rebuilt without its sources; gone are:"
            f"{lines}{more}",
            hint="put them back; or `rsrag index update "
            f"{manifest.name}` forgets the chips of what is gone",
        )


def indexed_sources(folder: Path, manifest: Manifest) -> list[str]:
    """Every source that has chips in a generation.

    Raises:
        IndexCorruptError: without a ledger, and with a part that cannot be read.
    """
    ledger = read_ledger(folder, ["source", "chips"])
    if ledger is not None:
        pairs = zip(
            ledger["source"].to_pylist(), ledger["chips"].to_pylist(), strict=True
        )
        return [source for source, chips in pairs if chips]
    found: dict[str, None] = {}
    for table in read_parts(manifest.part_paths(folder), ["source"]):
        found.update(dict.fromkeys(table["source"].unique().to_pylist()))
    return list(found)


def _gone(sources: Sequence[str]) -> Iterator[str]:
    from rsrag.imagery.archives.archive_names import unescape
    from rsrag.imagery.sources.urls import as_url

    @lru_cache(maxsize=4_096)
    def there(text: str) -> bool:
        return Path(unescape(text)).exists() or Path(text).exists()

    for source in sources:
        if as_url(source) or source.startswith("/vsi"):
            continue
        outer, inside, _ = source.partition("!/")
        if inside and there(outer):
            continue
        if not there(source):
            # A name with `!/` in it, or an archive in a folder of such a name.
            yield outer if inside else source
