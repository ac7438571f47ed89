"""``rsrag ask``: a question in words, with a picture or a place if there is one."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import (
    GeojsonOption,
    IndexesOption,
    JsonOption,
    KnowledgeOption,
    ShowPromptOption,
    settings_with,
)
from rsrag.commands.options.language_model import (
    ContextOption,
    HandlerOption,
    LlmModelOption,
    LlmOption,
    LlmUrlOption,
    MmprojOption,
    NoLlmOption,
)

KnowledgeIndexOption = Annotated[
    str | None,
    typer.Option(
        "--knowledge-index",
        metavar="NAME",
        help="Vectors of the knowledge. [default: the only one, if there is one]",
    ),
]
ImageryIndexOption = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="NAME",
        help="Imagery to look in. [default: the only one, for --image]",
    ),
]


def ask(
    question: Annotated[str, typer.Argument(help='"How deep is Lake Baikal?"')],
    image: Annotated[
        Path | None,
        typer.Option(
            "--image", metavar="FILE", help="A picture the question is about."
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="LON,LAT", help="A point it is about, degrees."),
    ] = None,
    bbox: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option("--bbox", metavar="W S E N", help="A box it is about, degrees."),
    ] = None,
    radius: Annotated[
        float,
        typer.Option("--radius", metavar="KM", min=0, help="How near counts as near."),
    ] = 100.0,
    knowledge: KnowledgeOption = None,
    knowledge_index: KnowledgeIndexOption = None,
    index: ImageryIndexOption = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="ID",
            help="Landmark, fact, passage or chip to leave out.",
        ),
    ] = None,
    exclude_self: Annotated[
        bool,
        typer.Option(
            "--exclude-self",
            help="Leave out chips and reference pictures with the bytes of --image.",
        ),
    ] = False,
    lanes: Annotated[
        str | None,
        typer.Option("--lanes", metavar="A,B", help="Only these lanes of retrieval."),
    ] = None,
    fusion: Annotated[
        str, typer.Option("--fusion", help="rrf, or alpha as RS-RAG has it.")
    ] = "rrf",
    alpha: Annotated[
        float, typer.Option("--alpha", min=0, max=1, help="Weight of the picture.")
    ] = 0.7,
    reranker: Annotated[
        str | None,
        typer.Option(
            "--reranker",
            help="llm (likelihood of the question), or the path or name of a "
            "sentence-transformers CrossEncoder. [default: none]",
        ),
    ] = None,
    rerank_weight: Annotated[
        float,
        typer.Option("--rerank-weight", min=0, max=1, help="Below 1: blended."),
    ] = 1.0,
    candidates: Annotated[
        int, typer.Option("--candidates", min=1, help="A lane, before reranking.")
    ] = 50,
    top_k: Annotated[
        int,
        typer.Option("--top-k", "-k", min=1, help="Evidence in the prompt at most."),
    ] = 8,
    no_llm: NoLlmOption = False,
    llm: LlmOption = None,
    llm_url: LlmUrlOption = None,
    llm_model: LlmModelOption = None,
    mmproj: MmprojOption = None,
    llm_handler: HandlerOption = None,
    context: ContextOption = None,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=1, help="Of the model's answer.")
    ] = 160,
    budget: Annotated[
        int, typer.Option("--budget", min=64, help="Tokens of the prompt at most.")
    ] = 1500,
    template: Annotated[
        str,
        typer.Option(
            "--template", metavar="FILE", help="Prompt instead of the own one."
        ),
    ] = "answer",
    show_prompt: ShowPromptOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print each lane's rank for each hit.")
    ] = False,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
    indexes: IndexesOption = None,
) -> None:
    """Answer a question from the knowledge, each sentence with its evidence."""
    from rsrag.commands.options.ask_words import point_of, report
    from rsrag.commands.options.language_model import generator_of
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.answering import Answering
    from rsrag.desk.retrieval_choice import RetrievalChoice
    from rsrag.geo import parse_bbox
    from rsrag.rag.answering.answer import ask as answer_question
    from rsrag.rag.answering.ask_request import AskRequest
    from rsrag.rendering.answers.answer_pages import (
        answer_mapping,
        answer_text,
        prompt_text,
        write_geojson,
    )
    from rsrag.rendering.hits.hit_table import table_width

    settings = settings_with(indexes, knowledge=knowledge)
    generator = generator_of(
        settings,
        no_llm=no_llm,
        llm=llm,
        llm_url=llm_url,
        llm_model=llm_model,
        mmproj=mmproj,
        handler=llm_handler,
        context=context,
    )
    wishes = RetrievalChoice(
        knowledge_index=knowledge_index,
        index=index,
        reranker=reranker,
        lanes=lanes,
        fusion=fusion,
        alpha=alpha,
        rerank_weight=rerank_weight,
        candidates=candidates,
        top_k=top_k,
    )
    with Answering(settings, generator, wishes) as answering:
        picture, excluded = answering.picture(image, exclude_self)
        request = AskRequest(
            question=question,
            at=point_of(at),
            bbox=parse_bbox(bbox) if bbox else None,
            image=picture.pixels if picture else None,
            footprint=picture.footprint if picture else None,
            radius_m=radius * 1000,
            exclude=frozenset([*(exclude or []), *excluded]),
            template=template,
            budget=budget,
            max_tokens=max_tokens,
        )
        answer = answer_question(request, answering.tools)
    for note in answering.notes:
        tell(note)
    if as_json:
        mapping = answer_mapping(answer, with_prompt=show_prompt)
        if explain:
            mapping["lanes"] = answering.explained_mapping()
        print(json.dumps(mapping, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        if show_prompt:
            sys.stdout.write(prompt_text(answer))
        if explain:
            print(answering.explained_text(table_width(sys.stdout)))
        sys.stdout.write(answer_text(answer))
    report(answer)
    if geojson is not None:
        placed = write_geojson(geojson, [answer])
        tell(f"wrote {geojson}: {placed} with a place")
