"""``rsrag classify``: which of some labels pictures carry."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import AtLeastOne, Share, command
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.desk.labelling import LabelWishes


@command
def classify(
    images: list[Path] | None = None,
    *,
    labels: str | None = None,
    labels_file: Path | None = None,
    index: str | None = None,
    transductive: bool = False,
    debias: bool = False,
    temperature: Annotated[float | None, typer.Option(min=1e-6)] = None,
    neighbours: AtLeastOne = 10,
    exclude_self: bool = False,
    unsure: Share = 0.5,
    top_k: AtLeastOne = 3,
    no_knowledge: bool = False,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    geojson: Path | None = None,
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
        geojson FILE: Write the labelled footprints as GeoJSON.
    """
    from rsrag.commands.terminal.showing import show
    from rsrag.commands.terminal.telling import Unread, tell
    from rsrag.desk.labelling import LabelWishes
    from rsrag.desk.looking import Looking, read_labels
    from rsrag.rag.answering.places import Whereabouts, neighbours as around_of
    from rsrag.rag.looking.classification import classify as label_picture
    from rsrag.rag.looking.scene import (
        label_vectors,
        scene_labels,
        temperature_of,
        zero_shot,
    )
    from rsrag.rendering.answers.answer_pages import write_json
    from rsrag.rendering.answers.classes import (
        classes_geojson,
        classes_text,
        classified_mapping,
    )

    chosen = read_labels(labels, labels_file) or list(scene_labels())
    if not images and index is None:
        raise typer.BadParameter(
            "neither a picture nor --index NAME, whose chips could be labelled."
        )
    if not images:
        assert index is not None
        wishes = LabelWishes(chosen, transductive, debias, temperature, unsure, top_k)
        _whole_index(index, wishes, settings, encoder, checkpoint, geojson, json)
        return
    if transductive or debias:
        raise QueryError(
            "--transductive and --debias label an index as a whole, not pictures.",
            hint="leave out the pictures: rsrag classify --index NAME --transductive",
        )
    results = []
    unread = Unread()
    with Looking(settings, index, encoder, checkpoint, neighbours) as looking:
        vectors = label_vectors(chosen, looking.encoder)
        catalogue = None if no_knowledge else looking.catalogue()
        divided = temperature or temperature_of(looking.encoder)
        for path in images:
            with unread:
                picture = looking.picture(path)
                vector = looking.encoder.encode_images([picture.pixels])
                excluded = looking.chips_of(path) if exclude_self else frozenset()
                place = Whereabouts.of(None, None, picture.footprint)
                result = label_picture(
                    str(path),
                    zero_shot(vector, chosen, vectors, divided),
                    hits=looking.nearest(vector, excluded) if index else (),
                    place=place,
                    around=around_of(place, catalogue, 0.0, excluded)
                    if place and catalogue
                    else (),
                    geometry=picture.footprint,
                    unsure=unsure,
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


def _whole_index(
    name: str,
    wishes: "LabelWishes",
    settings: "Settings",
    encoder: str | None,
    checkpoint: Path | None,
    geojson: Path | None,
    as_json: bool,
) -> None:
    """Label an index and say what came of it: counts, JSON, GeoJSON."""
    from rsrag.commands.terminal.showing import show
    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.labelling import (
        label_index,
        labelled_geojson,
        labelled_mappings,
        labelled_text,
    )
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.answers.answer_pages import write_json

    choice = None
    if encoder is not None or checkpoint is not None:
        choice = EncoderChoice(encoder or settings.encoder, checkpoint)
    found = label_index(name, wishes, settings, choice)
    mappings = labelled_mappings(found, wishes.top_k)
    show(as_json, mappings, lambda: labelled_text(found))
    if geojson is not None:
        write_json(geojson, labelled_geojson(mappings))
        placed = sum(one.geometry is not None for one in found.results)
        tell(f"wrote {geojson}: {len(mappings)} chips, {placed} with a place")
