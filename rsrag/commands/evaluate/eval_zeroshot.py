"""``rsrag eval zeroshot``: classes by their names alone."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rsrag.commands.options.arguments import (
    CheckpointOption,
    JsonOption,
    PrecisionOption,
    settings_with,
)
from rsrag.commands.options.eval_report import (
    EncoderOption,
    OutOption,
    ThreadsOption,
    finish,
)
from rsrag.errors import ConfigError

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.factory import EncoderChoice


def zeroshot(
    images: Annotated[
        list[Path] | None,
        typer.Option(
            "--images",
            metavar="SRC",
            help="Folder or archive with a folder a class. May be given several times.",
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="Classes by file name, instead of folders: jsonl of file, label; or "
            "csv of filename,label.",
        ),
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(
            "--classes", metavar="FILE", help="All classes, one a line, in order."
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--vectors",
            metavar="FILE.npz",
            help="Instead of pictures: image_vectors, labels, class_names, "
            "text_vectors.",
        ),
    ] = None,
    transductive: Annotated[
        bool,
        typer.Option(
            "--transductive", help="Label all pictures together as well: RS-TransCLIP."
        ),
    ] = False,
    debias: Annotated[
        bool,
        typer.Option(
            "--debias", help="Take away how the archive leans to each class, as well."
        ),
    ] = False,
    temperature: Annotated[
        float | None,
        typer.Option(
            "--temperature",
            min=1e-6,
            help="That cosines are divided by. [default: the encoder's own, 0.01 for a "
            "CLIP and for vectors]",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Of the halves for calibration.")
    ] = 0,
    encoder: EncoderOption = None,
    checkpoint: CheckpointOption = None,
    precision: PrecisionOption = "auto",
    threads: ThreadsOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accuracy of classes by their names, by GeoRSCLIP's protocol and with words."""
    from rsrag.evaluation.provenance import versions
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.eval_pages import zeroshot_page

    started = time.perf_counter()
    settings = settings_with(threads=threads)
    ways = {"transductive": transductive, "debiased": debias, "seed": seed}
    if vectors is not None:
        if images or labels or classes or encoder or checkpoint:
            raise ConfigError(
                "--vectors brings pictures, classes and texts: it stands alone.",
                hint="leave out --images, --labels, --classes, --encoder, --checkpoint",
            )
        report = _of_vectors(vectors, temperature, ways)
    elif images:
        choice = EncoderChoice(
            encoder or settings.encoder, checkpoint, precision=precision
        )
        report = _of_pictures(
            images, labels, classes, choice, settings, temperature, ways
        )
    else:
        raise ConfigError(
            "There is nothing to classify.", hint="--images FOLDER, or --vectors FILE"
        )
    report["settings"] |= {
        **ways,
        "versions": versions(),
        "elapsed_s": round(time.perf_counter() - started, 1),
    }
    finish(report, zeroshot_page, out, as_json)


def _of_vectors(
    path: Path, temperature: float | None, ways: dict[str, Any]
) -> dict[str, Any]:
    from rsrag.evaluation.data.vector_files import read_vectors
    from rsrag.evaluation.provenance import file_mapping
    from rsrag.evaluation.zeroshot import zero_shot_protocols
    from rsrag.rag.looking.scene import CLIP_TEMPERATURE

    given = read_vectors(path)
    divided = temperature or CLIP_TEMPERATURE
    figures = zero_shot_protocols(
        given.images,
        given.texts,
        given.labels,
        given.classes,
        temperature=divided,
        **ways,
    )
    return {
        "task": "zeroshot",
        "protocols": list(figures),
        **figures,
        "images": len(given.labels),
        "left_out": {},
        "complete": True,
        "settings": {"vectors": file_mapping(path), "temperature": divided},
    }


def _of_pictures(
    images: list[Path],
    labels: Path | None,
    classes: Path | None,
    choice: "EncoderChoice",
    settings: "Settings",
    temperature: float | None,
    ways: dict[str, Any],
) -> dict[str, Any]:
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.evaluation.data.class_prompts import (
        PROTOCOLS,
        HasTextFeatures,
        class_vectors,
    )
    from rsrag.evaluation.data.labelled import label_pictures, read_classes, read_labels
    from rsrag.evaluation.provenance import encoder_mapping, file_mapping
    from rsrag.evaluation.zeroshot import zero_shot_protocols
    from rsrag.rag.looking.scene import temperature_of

    named = read_labels(labels) if labels else None
    known = read_classes(classes) if classes else None
    model = choice.load(settings)
    with CountBar("embedding", " images") as bar:
        found = label_pictures(
            images,
            model,
            labels=named,
            classes=known,
            threads=settings.threads,
            progress=bar,
        )
    divided = temperature or temperature_of(model)
    figures: dict[str, Any] = {}
    for protocol in PROTOCOLS:
        each = zero_shot_protocols(
            found.vectors,
            class_vectors(found.classes, model, protocol),
            found.labels,
            found.classes,
            temperature=divided,
            **ways,
        )
        for way, one in each.items():
            figures[protocol if way == "zero_shot" else f"{protocol}_{way}"] = one
    raw = isinstance(model, HasTextFeatures)
    return {
        "task": "zeroshot",
        "protocols": list(figures),
        **figures,
        "images": len(found.labels),
        "left_out": {
            "labels_without_image": list(found.without_image),
            "images_without_label": list(found.without_label),
            "broken_images": [
                {"source": one.source, "reason": one.reason} for one in found.broken
            ],
        },
        "complete": not (found.without_image or found.broken),
        "settings": {
            "encoder": encoder_mapping(model),
            "images": [str(path) for path in images],
            "labels": file_mapping(labels) if labels else "folders",
            "classes": file_mapping(classes) if classes else None,
            "temperature": divided,
            "text_features": "as they come" if raw else "unit rows",
        },
    }
