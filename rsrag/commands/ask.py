"""``rsrag ask``: an answer with its evidence."""

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import Box, as_typed, command
from rsrag.commands.options.outputs import written
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.desk.asking.retrieval_choice import RetrievalChoice
from rsrag.desk.chosen_settings import one_thread
from rsrag.desk.filter_values import point_of
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.retrieval.retrieve import Retrieved


def _words_only(**given: Any) -> None:
    """Compute with one thread if no picture is embedded and no CrossEncoder rereads."""
    if not given["image"] and given["reranker"] in (None, "llm"):
        one_thread()


@functools.partial(command, first=_words_only)
def ask(
    question: str,
    *,
    image: Path | None = None,
    at: str | None = None,
    bbox: Box | None = None,
    radius: float = 100.0,
    after: Path | None = None,
    exclude: list[str] | None = None,
    exclude_self: bool = False,
    knowledge_index: str | None = None,
    index: str | None = None,
    reranker: str | None = None,
    retrieval: RetrievalChoice,
    model: GeneratorChoice,
    max_tokens: int = 160,
    budget: int = 1500,
    template: str = "answer",
    show_prompt: bool = False,
    explain: bool = False,
    query: Path | None = None,
    geojson: Annotated[Path | None, written()] = None,
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
        after FILE: Answer before, as --json printed it, or - for stdin: "it", "there",
            "the second" are then those of that answer.
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
        explain: Print what the question was read as, and the rank of each piece of
            evidence in each way of retrieval.
        query FILE: What the question asks, as JSON: what --explain prints, edited. The
            question is then not read.
    """
    from rsrag.commands.terminal.telling import report, show, tell
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.geo import parse_bbox
    from rsrag.rag.answering.answer import check_question
    from rsrag.rag.saying.prompt import load_template
    from rsrag.rendering.answers.answer_pages import (
        answer_mapping,
        answer_text,
        prompt_text,
        understood_text,
        write_geojson,
    )

    with as_typed():
        check_question(question)
        point = None if at is None else point_of(at, "at")
        box = parse_bbox(bbox) if bbox else None
        if template != "answer":
            load_template(template)
    found: list[Retrieved] = []
    with (
        model.opened(settings) as generator,
        Knowledge(
            llm=generator,
            index=index,
            knowledge_index=knowledge_index,
            reranker=reranker,
            settings=settings,
        ) as opened,
    ):
        answer = opened.ask(
            question,
            image=image,
            at=point,
            bbox=box,
            radius=radius,
            after=None if after is None else _before(after),
            exclude=exclude or (),
            exclude_self=exclude_self,
            template=template,
            budget=budget,
            max_tokens=max_tokens,
            retrieval=retrieval,
            on_retrieved=found.append,
            query=query,
        )
    if json:
        mapping = answer_mapping(answer, with_prompt=show_prompt)
        if explain:
            mapping["lanes"] = [row for one in found for row in _explained(one)]
        show(True, mapping, "")
    else:
        text = prompt_text(answer) if show_prompt else ""
        if explain:
            text += understood_text(answer) + _explained_text(found)
        show(False, None, text + answer_text(answer))
    report(answer)
    if geojson is not None:
        placed = write_geojson(geojson, [answer])
        tell(f"wrote {geojson}: {placed} with a place")


def _before(path: Path) -> dict[str, Any]:
    """The answer before, from a file or stdin.

    Raises:
        QueryError: it is no answer that was printed by ``--json``.
    """
    from json import loads

    where = "stdin" if str(path) == "-" else str(path)
    hint = "give what rsrag ask --json printed"
    try:
        text = sys.stdin.read() if where == "stdin" else path.read_text("utf-8")
        given = loads(text)
    except (OSError, ValueError, RecursionError) as exc:
        raise QueryError(f"{where} holds no answer: {exc}", hint=hint) from exc
    if not isinstance(given, dict):
        raise QueryError(f"{where} holds no answer.", hint=hint)
    return given


def _explained(found: "Retrieved") -> list[dict[str, Any]]:
    """``--explain`` as JSON values."""
    import dataclasses

    from rsrag.rendering.answers.lane_table import explain_rows

    return [dataclasses.asdict(row) for row in explain_rows(found)]


def _explained_text(found: "list[Retrieved]") -> str:
    """``--explain`` as a table; how it was, if nothing was retrieved."""
    from rsrag.rendering.answers.lane_table import explain_table
    from rsrag.rendering.hits.hit_table import table_width

    if not found:
        return "No lane ran: the answer was looked up.\n\n"
    return explain_table(found[0], width=table_width(sys.stdout)) + "\n"
