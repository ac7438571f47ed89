"""``rsrag classify``: which of some labels pictures carry."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import (
    CheckpointOption,
    ExcludeSelfOption,
    IndexesOption,
    JsonOption,
    KnowledgeOption,
    LookingEncoderOption,
    NeighboursOption,
    settings_with,
)
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.desk.labelling import LabelWishes


def classify(
    images: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="IMAGE...",
            help="Pictures to label. Without any, all chips of the index are.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="A,B,C", help="What to choose from."),
    ] = None,
    labels_file: Annotated[
        Path | None,
        typer.Option("--labels-file", metavar="FILE", help="The same, one a line."),
    ] = None,
    index: Annotated[
        str | None,
        typer.Option(
            "--index",
            metavar="NAME",
            help="Labelled imagery, whose labels of like pictures are heard.",
        ),
    ] = None,
    transductive: Annotated[
        bool,
        typer.Option(
            "--transductive",
            help="Label all chips of the index together: those that are alike share "
            "their label (RS-TransCLIP).",
        ),
    ] = False,
    debias: Annotated[
        bool,
        typer.Option(
            "--debias",
            help="Take away how the index as a whole leans to each label.",
        ),
    ] = False,
    temperature: Annotated[
        float | None,
        typer.Option(
            "--temperature",
            min=1e-6,
            help="Of the probabilities, as `rsrag eval zeroshot` fits it. [default: "
            "the encoder's own; 1.9 with --transductive]",
        ),
    ] = None,
    neighbours: NeighboursOption = 10,
    exclude_self: ExcludeSelfOption = False,
    unsure: Annotated[
        float,
        typer.Option("--unsure", min=0, max=1, help="Below it the answer is unsure."),
    ] = 0.5,
    top_k: Annotated[
        int, typer.Option("--top-k", "-k", min=1, help="Labels to show a picture.")
    ] = 3,
    knowledge: KnowledgeOption = None,
    no_knowledge: Annotated[
        bool, typer.Option("--no-knowledge", help="By looks and neighbours alone.")
    ] = False,
    encoder: LookingEncoderOption = None,
    checkpoint: CheckpointOption = None,
    geojson: Annotated[
        Path | None,
        typer.Option("--geojson", metavar="FILE", help="Write labelled footprints."),
    ] = None,
    as_json: JsonOption = False,
    indexes: IndexesOption = None,
) -> None:
    """Label pictures by their looks, their neighbours' labels and known places.

    Without pictures, label every chip of an index.
    """
    from rsrag.commands.terminal.telling import Unread, tell
    from rsrag.desk.labelling import LabelWishes
    from rsrag.desk.looking import Looking, read_labels
    from rsrag.rag.answering.places import Place, neighbours as around_of
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
    settings = settings_with(indexes, knowledge=knowledge)
    if not images and index is None:
        raise typer.BadParameter(
            "neither a picture nor --index NAME, whose chips could be labelled."
        )
    if not images:
        assert index is not None
        wishes = LabelWishes(chosen, transductive, debias, temperature, unsure, top_k)
        _whole_index(index, wishes, settings, encoder, checkpoint, geojson, as_json)
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
                place = Place.of(None, None, picture.footprint)
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
                if not as_json:
                    sys.stdout.write(classes_text([result], top_k))
    if as_json:
        mappings = [classified_mapping(one, top_k) for one in results]
        print(json.dumps(mappings, ensure_ascii=False, indent=1, allow_nan=False))
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
    if as_json:
        print(json.dumps(mappings, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        sys.stdout.write(labelled_text(found))
    if geojson is not None:
        write_json(geojson, labelled_geojson(mappings))
        placed = sum(one.geometry is not None for one in found.results)
        tell(f"wrote {geojson}: {len(mappings)} chips, {placed} with a place")
