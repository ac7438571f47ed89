"""``rsrag classify``: which of some labels pictures carry."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.options.outputs import written
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.desk.imagery.labelling import LabelledIndex
    from rsrag.factory import EncoderChoice


@command
def classify(
    images: list[Path] | None = None,
    *,
    labels: str | None = None,
    labels_file: Path | None = None,
    examples: Path | None = None,
    index: str | None = None,
    transductive: bool = False,
    debias: bool = False,
    temperature: float | None = None,
    neighbours: int = 10,
    exclude_self: bool = False,
    unsure: float = 0.5,
    top_k: int = 3,
    no_knowledge: bool = False,
    closed: bool = False,
    grid: bool = False,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    geojson: Annotated[Path | None, written()] = None,
    settings: PlaceSettings,
    json: bool = False,
) -> None:
    """Label pictures by their looks, their neighbours' labels and known places.

    Without pictures, label every chip of an index.

    Options:
        images [IMAGE...]: Pictures to label. Without any, all chips of the index are
            labelled.
        labels A,B,C: Labels to choose from. [default: kinds of scene]
        labels_file FILE: Labels to choose from, one a line.
        examples DIR: Labels to choose from, shown by a few pictures each: a folder for
            each label, named after it. Four pictures a label beat its name.
        index NAME: Index of labelled imagery; the labels of its pictures that are most
            like the one to label count, too.
        transductive: Label all chips of the index together: those that are alike share
            their label (RS-TransCLIP).
        debias: Label all chips of the index, and take away how the index as a whole
            leans to each label.
        temperature T: Temperature of the probabilities, as `rsrag eval zeroshot` fits
            it. [default: the encoder's own; 1.9 with --transductive]
        neighbours N: Number of most similar pictures whose labels count.
        exclude_self: Leave out chips cut from the picture itself.
        unsure SHARE: Probability below which the answer is unsure.
        top_k N: Most labels to print for a picture.
        no_knowledge: Do not look at known places.
        closed: One of the labels is right: never answer "none of these".
        grid: Label the cells of each picture, as `rsrag segment` does, and not the
            picture as a whole. [default labels: landcover]
        geojson FILE: Write the labelled footprints as GeoJSON; with --grid the areas.
    """
    from rsrag.commands.terminal.telling import Unread, show, tell
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.answers.answer_pages import write_json
    from rsrag.rendering.answers.classes import (
        classes_geojson,
        classes_text,
        classified_mapping,
    )

    chosen = _labels(labels, labels_file)
    if not images and index is None:
        raise typer.BadParameter(
            "neither a picture nor --index NAME, whose chips could be labelled."
        )
    if not images:
        with Index(index, settings, encoder, checkpoint) as opened:
            found = opened.classify(
                chosen,
                transductive=transductive,
                debias=debias,
                temperature=temperature,
                unsure=unsure,
                top_k=top_k,
                closed=closed,
                examples=examples,
            )
        _show_index(found, top_k, geojson, json)
        return
    if transductive or debias:
        raise QueryError(
            "--transductive and --debias label an index as a whole, not pictures.",
            hint="leave out the pictures: rsrag classify --index NAME --transductive",
        )
    if grid:
        choice = EncoderChoice(encoder or settings.encoder, checkpoint)
        _label_cells(images, chosen, closed, choice, settings, geojson, json)
        return
    results = []
    unread = Unread()
    with Knowledge(
        index=index, encoder=encoder, checkpoint=checkpoint, settings=settings
    ) as knowledge:
        for path in images:
            with unread:
                result = knowledge.classify(
                    path,
                    chosen,
                    neighbours=neighbours,
                    exclude_self=exclude_self,
                    unsure=unsure,
                    temperature=temperature,
                    by_place=not no_knowledge,
                    closed=closed,
                    examples=examples,
                )
                results.append(result)
                if not json:
                    sys.stdout.write(classes_text([result], top_k))
    if json:
        show(True, [classified_mapping(one, top_k) for one in results], "")
    if geojson is not None:
        write_json(geojson, classes_geojson(results, top_k))
        placed = sum(one.geometry is not None for one in results)
        tell(f"wrote {geojson}: {placed} with a place")
    raise typer.Exit(unread.code(images))


def _label_cells(
    images: list[Path],
    labels: list[str],
    closed: bool,
    choice: "EncoderChoice",
    settings: "Settings",
    geojson: Path | None,
    as_json: bool,
) -> None:
    """Label the cells of pictures, and say what came of it."""
    from rsrag.analysis.cover.cover_files import write_cover_polygons
    from rsrag.commands.terminal.telling import show, tell_drawn
    from rsrag.desk.segmenting import MARGIN, SegmentOptions, classes_of, segment_in
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.rendering.covers_found import segmented_mapping, segmented_text

    if geojson is not None and len(images) != 1:
        raise QueryError(f"--geojson with --grid is of one picture, not {len(images)}.")
    asked = classes_of(labels, None) if labels else classes_of(None, "landcover")
    options = SegmentOptions("auto", MARGIN, closed)
    model, imagery = choice.load(settings), ImageryOptions()
    found = [segment_in(str(one), model, asked, options, imagery) for one in images]
    show(
        as_json,
        lambda: [segmented_mapping(one) for one in found],
        lambda: "\n".join(segmented_text(one) for one in found),
    )
    if geojson is not None:
        tell_drawn(geojson, write_cover_polygons(geojson, found[0], None), "areas")


def _show_index(
    found: "LabelledIndex", top_k: int, geojson: Path | None, as_json: bool
) -> None:
    """Say what came of labelling an index: counts, JSON, GeoJSON."""
    from rsrag.commands.terminal.telling import show, tell
    from rsrag.desk.imagery.labelling import (
        labelled_geojson,
        labelled_mappings,
        labelled_text,
    )
    from rsrag.rendering.answers.answer_pages import write_json

    mappings = labelled_mappings(found, top_k)
    show(as_json, mappings, lambda: labelled_text(found))
    if found.doubts:
        tell(found.doubts)
    if geojson is not None:
        write_json(geojson, labelled_geojson(mappings))
        placed = sum(one.geometry is not None for one in found.results)
        tell(f"wrote {geojson}: {len(mappings)} chips, {placed} with a place")


def _labels(listed: str | None, file: Path | None) -> list[str]:
    """Labels from ``A,B,C`` or from a file with one a line; empty if neither is given.

    Raises:
        QueryError: both, an unreadable file, or one without labels.
    """
    if listed is not None and file is not None:
        raise QueryError("Give --labels or --labels-file, not both.")
    if listed and listed.endswith((".txt", ".csv")):
        raise QueryError(
            f"--labels {listed} looks like a file.", hint=f"--labels-file {listed}"
        )
    if listed is not None:
        return [label.strip() for label in listed.split(",")]
    if file is None:
        return []
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as exc:
        raise QueryError(
            f"{file} cannot be read as labels: {exc}",
            hint="a text file in UTF-8, one label a line",
        ) from exc
    labels = [line.strip() for line in lines if line.strip()]
    if not labels:
        raise QueryError(f"{file} holds no label.", hint="one label a line")
    return labels
