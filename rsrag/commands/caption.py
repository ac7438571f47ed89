"""``rsrag caption``: what pictures show, from what is known of them."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import (
    CheckpointOption,
    ExcludeSelfOption,
    GeojsonOption,
    IndexesOption,
    JsonOption,
    KnowledgeOption,
    LookingEncoderOption,
    NeighboursOption,
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


def caption(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Pictures to describe.")
    ],
    index: Annotated[
        str | None,
        typer.Option(
            "--index",
            metavar="NAME",
            help="Captioned imagery, whose captions of like pictures are drawn on.",
        ),
    ] = None,
    neighbours: NeighboursOption = 20,
    exclude_self: ExcludeSelfOption = False,
    knowledge: KnowledgeOption = None,
    encoder: LookingEncoderOption = None,
    checkpoint: CheckpointOption = None,
    no_llm: NoLlmOption = False,
    llm: LlmOption = None,
    llm_url: LlmUrlOption = None,
    llm_model: LlmModelOption = None,
    mmproj: MmprojOption = None,
    llm_handler: HandlerOption = None,
    context: ContextOption = None,
    show_prompt: ShowPromptOption = False,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
    indexes: IndexesOption = None,
) -> None:
    """Describe pictures: kind of scene, captions of like ones, the place."""
    from rsrag.commands.options.ask_words import report
    from rsrag.commands.options.language_model import generator_of
    from rsrag.commands.terminal.telling import Unread, tell
    from rsrag.desk.looking import Looking
    from rsrag.rag.looking.captioning import (
        CaptionRequest,
        CaptionTools,
        caption as describe,
    )
    from rsrag.rendering.answers.answer_pages import (
        answer_mapping,
        answer_text,
        prompt_text,
        write_geojson,
    )
    from rsrag.rendering.text_table import printable

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
    answers = []
    unread = Unread()
    with Looking(settings, index, encoder, checkpoint, neighbours) as looking:
        tools = CaptionTools(
            looking.encoder,
            looking.nearest if index else None,
            looking.catalogue(),
            generator,
        )
        for path in images:
            with unread:
                picture = looking.picture(path)
                excluded = looking.chips_of(path) if exclude_self else frozenset()
                request = CaptionRequest(
                    str(path), picture.pixels, picture.footprint, excluded
                )
                answer = describe(request, tools)
                answers.append(answer)
                if not as_json:
                    heading = f"{printable(str(path))}\n" if len(images) > 1 else ""
                    prompt = prompt_text(answer) if show_prompt else ""
                    sys.stdout.write(f"{heading}{prompt}{answer_text(answer)}\n")
                    report(answer)
    if as_json:
        mappings = [answer_mapping(one, with_prompt=show_prompt) for one in answers]
        print(json.dumps(mappings, ensure_ascii=False, indent=1, allow_nan=False))
    if geojson is not None:
        placed = write_geojson(geojson, answers)
        tell(f"wrote {geojson}: {placed} with a place")
    raise typer.Exit(unread.code(images))
