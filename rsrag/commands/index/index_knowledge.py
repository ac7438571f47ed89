"""``rsrag index build-knowledge``."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import (
    AnnOption,
    CheckpointOption,
    CollectionsOption,
    IndexesOption,
    JsonOption,
    QdrantUrlOption,
    StoreOption,
    ThreadsOption,
    settings_with,
)
from rsrag.config import Settings

if TYPE_CHECKING:
    from rsrag.factory import EncoderChoice
    from rsrag.indexing.format.knowledge_report import KnowledgeReport

NO_ENCODER = "none"


def build_knowledge(
    name: Annotated[str, typer.Option("--name", help="Name of the index.")] = (
        "knowledge"
    ),
    knowledge: CollectionsOption = None,
    collection: Annotated[
        list[str] | None,
        typer.Option("--collection", help="Only this one; may be given again."),
    ] = None,
    text_encoder: Annotated[
        str,
        typer.Option(
            "--text-encoder",
            help="minilm, or a folder or hub id of a sentence-transformers model.",
        ),
    ] = "minilm",
    encoder: Annotated[
        str | None,
        typer.Option(
            "--encoder",
            help="Image-text encoder, as of `rsrag index build`; none leaves its "
            "vectors out. [default: $RSRAG_ENCODER or mini]",
        ),
    ] = None,
    checkpoint: CheckpointOption = None,
    store: StoreOption = "faiss",
    ann: AnnOption = "auto",
    qdrant_url: QdrantUrlOption = None,
    threads: ThreadsOption = None,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the vectors of knowledge. Run it again after an import, or when stopped."""
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.reports.knowledge_reports import knowledge_report_text

    settings = settings_with(indexes, qdrant_url, threads, knowledge)
    wanted = encoder or settings.encoder
    choice = None if wanted == NO_ENCODER else EncoderChoice(wanted, checkpoint)
    report = _run(settings, name, collection or [], text_encoder, choice, store, ann)
    print(knowledge_report_text(report), end="", file=sys.stderr)
    if as_json:
        print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))


def _run(
    settings: Settings,
    name: str,
    collections: Sequence[str],
    text_encoder: str,
    choice: "EncoderChoice | None",
    store: str,
    ann: str,
) -> "KnowledgeReport":
    """Build with a bar, and say how to go on if it is stopped."""
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.encoders.sentence import load_text_encoder
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.indexing.knowledge.knowledge_build import (
        KnowledgeRequest,
        build_knowledge,
    )
    from rsrag.knowledge_factory import (
        drop_knowledge_stores,
        knowledge_source,
        knowledge_store_creator,
        text_encoder_source,
    )

    directory = IndexDirectory(settings.indexes, name)
    request = KnowledgeRequest(
        directory=directory,
        source=knowledge_source(settings.knowledge, collections),
        text_encoder=load_text_encoder(text_encoder),
        text_source=text_encoder_source(text_encoder),
        encoder=choice.load(settings) if choice else None,
        encoder_source=choice.to_json() if choice else None,
        create_stores=knowledge_store_creator(store, ann, name, settings),
        drop_stores=lambda stores: drop_knowledge_stores(stores, settings),
    )
    try:
        with StageBar(" records") as bar:
            return build_knowledge(request, bar)
    except KeyboardInterrupt:
        print(
            f"stopped; what is embedded of {name!r} is safe. Run the same command "
            "again to go on.",
            file=sys.stderr,
        )
        raise
