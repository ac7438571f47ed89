"""``rsrag ask``: an answer with its evidence."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import AtLeastOne, Box, command
from rsrag.desk.generator_choice import GeneratorChoice
from rsrag.desk.retrieval_choice import RetrievalChoice


@command
def ask(
    question: str,
    *,
    image: Path | None = None,
    at: str | None = None,
    bbox: Box | None = None,
    radius: Annotated[float, typer.Option(min=0)] = 100.0,
    exclude: list[str] | None = None,
    exclude_self: bool = False,
    wishes: RetrievalChoice,
    model: GeneratorChoice,
    max_tokens: AtLeastOne = 160,
    budget: Annotated[int, typer.Option(min=64)] = 1500,
    template: str = "answer",
    show_prompt: bool = False,
    explain: bool = False,
    geojson: Path | None = None,
    settings: PlaceSettings,
    json: bool = False,
) -> None:
    """Answer a question from the knowledge, each sentence with its evidence.

    Options:
        question TEXT: What to answer: "How deep is Lake Baikal?"
        image FILE: Picture that the question is about.
        at LON,LAT: Point that the question is about, degrees.
        bbox W S E N: Box that the question is about, degrees.
        radius KM: Distance up to which a place counts as near, kilometres.
        knowledge_index NAME: Index of the knowledge's vectors. [default: the only one,
            if there is one]
        index NAME: Index of imagery to look in, too. [default: the only one, for
            --image]
        exclude ID: Landmark, fact, passage or chip to leave out. May be given several
            times.
        exclude_self: Leave out chips and reference pictures that are --image itself.
        lanes A,B: Ways of retrieval to use, all by default: named, image, image_text,
            text, bm25, bm25_facts, geometry, facts, chips.
        fusion HOW: How ways of retrieval are put together: rrf, or alpha as RS-RAG
            does.
        alpha SHARE: Weight of the picture against the words in --fusion alpha, 0 to 1.
        reranker NAME: What rereads the candidates: llm (likelihood of the question), or
            the path or name of a sentence-transformers CrossEncoder. [default: none]
        rerank_weight SHARE: Weight of the reranker against the score before it, 0 to 1.
        candidates N: Candidates that each way of retrieval fetches, before reranking.
        top_k N: Most pieces of evidence to give to the language model.
        max_tokens N: Most tokens of the language model's answer.
        budget N: Most tokens of the prompt.
        template FILE: Prompt to use instead of the one that ships.
        explain: Print the rank of each piece of evidence in each way of retrieval.
    """
    from rsrag.commands.options.ask_words import point_of, report
    from rsrag.commands.terminal.showing import show
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.answering import Answering
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

    generator = model.load(settings, tell)
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
    if json:
        mapping = answer_mapping(answer, with_prompt=show_prompt)
        if explain:
            mapping["lanes"] = answering.explained_mapping()
        show(True, mapping, "")
    else:
        text = prompt_text(answer) if show_prompt else ""
        if explain:
            text += answering.explained_text(table_width(sys.stdout)) + "\n"
        show(False, None, text + answer_text(answer))
    report(answer)
    if geojson is not None:
        placed = write_geojson(geojson, [answer])
        tell(f"wrote {geojson}: {placed} with a place")
