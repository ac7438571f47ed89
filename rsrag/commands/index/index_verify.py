"""``rsrag index verify``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import (
    IndexesOption,
    JsonOption,
    QdrantUrlOption,
    settings_with,
)
from rsrag.errors import IndexCorruptError

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.indexing.checks.verify import OpenStores


def verify(
    name: Annotated[str, typer.Argument(help="Name of the index.")],
    sources: Annotated[
        bool,
        typer.Option(
            "--sources",
            help="Hash the archives too, and compare with what was indexed.",
        ),
    ] = False,
    sample: Annotated[
        int,
        typer.Option(
            "--sample",
            min=0,
            help="Queries that compare the store with an exact search; 0: none.",
        ),
    ] = 100,
    qdrant_url: QdrantUrlOption = None,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read all of an index and say what is wrong with it. Nothing is changed."""
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.indexing.checks.findings import problems
    from rsrag.indexing.checks.verify import verify_index
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.rendering.reports.finding_pages import verify_text

    settings = settings_with(indexes, qdrant_url)
    with StageBar() as bar:
        report = verify_index(
            IndexDirectory(settings.indexes, name),
            store_opener(settings),
            bar,
            sources=sources,
            sample=sample,
        )
    if as_json:
        print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        print(verify_text(report), end="")
    found = problems(report.findings)
    if found:
        raise IndexCorruptError(
            f"Index {name!r} has {len(found)} problem{'s' * (len(found) > 1)}, the "
            f"first: {found[0].where} {found[0].what.rstrip('.')}.",
            hint=found[0].next,
        )


def store_opener(settings: "Settings") -> "OpenStores":
    """Opens the stores of an index of either kind."""
    from rsrag.factory import open_store
    from rsrag.indexing.format.manifest import Manifest
    from rsrag.indexing.format.part_sets import AnyManifest
    from rsrag.interfaces import VectorStore
    from rsrag.knowledge_factory import open_knowledge_stores

    def open_all(manifest: AnyManifest, folder: Path) -> dict[str, VectorStore]:
        if isinstance(manifest, Manifest):
            return {"": open_store(manifest.store, folder / "store", settings)}
        return open_knowledge_stores(manifest, folder / "store", settings)

    return open_all
