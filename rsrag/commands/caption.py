"""``rsrag caption``: what pictures show, from what is known of them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.options.outputs import written
from rsrag.desk.asking.generator_choice import GeneratorChoice


@command
def caption(
    images: list[Path] | None = None,
    *,
    fill: str | None = None,
    index: str | None = None,
    neighbours: int = 20,
    exclude_self: bool = False,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    model: GeneratorChoice,
    show_prompt: bool = False,
    geojson: Annotated[Path | None, written()] = None,
    settings: PlaceSettings,
    json: bool = False,
) -> None:
    """Describe pictures: kind of scene, captions of like ones, the place.

    Options:
        images [IMAGE...]: Pictures to describe.
        fill NAME: Describe the chips of this index that have no caption, and keep what
            is said beside it, to be searched (rsrag search --lanes). Run it again to go
            on.
        index NAME: Index of captioned imagery; the captions of its pictures that are
            most like the one to describe are drawn on.
        neighbours N: Number of most similar pictures whose captions are compared.
        exclude_self: Leave out chips cut from the picture itself.
    """
    from rsrag.commands.terminal.filling import check_what, filled
    from rsrag.commands.terminal.telling import Unread, report, show, tell
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.rendering.answers.answer_pages import (
        answer_mapping,
        answer_text,
        prompt_text,
        write_geojson,
    )
    from rsrag.rendering.text_table import printable

    images = images or []
    check_what(images, fill, geojson, show_prompt)
    answers = []
    unread = Unread()
    with (
        model.opened(settings) as generator,
        Knowledge(
            llm=generator,
            index=index,
            encoder=encoder,
            checkpoint=checkpoint,
            settings=settings,
        ) as knowledge,
    ):
        if fill is not None:
            show(json, *filled(knowledge, fill, index, neighbours))
            raise typer.Exit
        for path in images:
            with unread:
                answer = knowledge.caption(
                    path, neighbours=neighbours, exclude_self=exclude_self
                )
                answers.append(answer)
                if not json:
                    heading = f"{printable(str(path))}\n" if len(images) > 1 else ""
                    prompt = prompt_text(answer) if show_prompt else ""
                    sys.stdout.write(f"{heading}{prompt}{answer_text(answer)}\n")
                    report(answer)
    if json:
        mappings = [answer_mapping(one, with_prompt=show_prompt) for one in answers]
        show(True, mappings, "")
    if geojson is not None:
        placed = write_geojson(geojson, answers)
        tell(f"wrote {geojson}: {placed} with a place")
    raise typer.Exit(unread.code(images))
