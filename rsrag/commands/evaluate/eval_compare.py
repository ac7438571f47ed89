"""``rsrag eval compare``: which encoder does best on one's own pictures."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rsrag.commands.options.arguments import JsonOption, PrecisionOption, settings_with
from rsrag.commands.options.eval_report import (
    ImagesOption,
    OutOption,
    ThreadsOption,
    finish,
)
from rsrag.errors import ConfigError

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.evaluation.data.caption_files import CaptionFile
    from rsrag.interfaces import Encoder
    from rsrag.metrics.bootstrap import Figure

Scored = tuple[dict[str, "Figure"], dict[str, Any], str]
"""Figures of one encoder, what was left out, and what was asked in words."""


def compare(
    encoders: Annotated[
        list[str],
        typer.Argument(
            metavar="ENCODER...",
            help="Names, or NAME=FILE with local weights. Differences are to the "
            "first.",
        ),
    ],
    images: ImagesOption,
    captions: Annotated[
        Path | None,
        typer.Option(
            "--captions", metavar="FILE", help="Compare retrieval: file of captions."
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", help="Of the file of captions.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="Compare zero-shot: classes by file name. Without --captions and "
            "--labels, folders are the classes.",
        ),
    ] = None,
    resamples: Annotated[
        int, typer.Option("--resamples", min=100, help="Of the bootstrap.")
    ] = 2000,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0.5, max=0.999)
    ] = 0.95,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.")] = 0,
    precision: PrecisionOption = "auto",
    threads: ThreadsOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare encoders on the same pictures, with confidence intervals."""
    from rsrag.evaluation.compare_run import compare as reckon
    from rsrag.evaluation.data.caption_files import read_captions
    from rsrag.evaluation.data.labelled import read_labels
    from rsrag.evaluation.provenance import encoder_mapping, file_mapping, versions
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.score_pages import compare_page

    if captions is not None and labels is not None:
        raise ConfigError(
            "Captions are for retrieval and labels for classes: two comparisons.",
            hint="--captions FILE or --labels FILE",
        )
    if split is not None and captions is None:
        raise ConfigError("--split is of a file of captions.", hint="--captions FILE")
    if twins := {name for name in encoders if encoders.count(name) > 1}:
        raise ConfigError(f"{min(twins)} is to be compared with itself.")
    started = time.perf_counter()
    settings = settings_with(threads=threads)
    file = read_captions(captions, split) if captions else None
    classes = read_labels(labels) if labels else None
    identities: dict[str, Any] = {}
    scored: dict[str, Scored] = {}
    for spec in encoders:
        name, equals, weights = spec.partition("=")
        checkpoint = Path(weights) if equals else None
        choice = EncoderChoice(name, checkpoint, precision=precision)
        model = choice.load(settings)
        identities[spec] = encoder_mapping(model)
        if file is not None:
            scored[spec] = _by_captions(model, images, file, settings)
        else:
            scored[spec] = _by_labels(model, images, classes, settings)
    figures = {name: one[0] for name, one in scored.items()}
    found = reckon(figures, resamples=resamples, seed=seed, confidence=confidence)
    for name, identity in identities.items():
        found["encoders"][name]["identity"] = identity
    _, left_out, queries = scored[encoders[0]]
    source = captions or labels
    report = {
        "task": "compare",
        **found,
        "queries": queries,
        "left_out": left_out,
        "complete": not any(left_out[key] for key in ("not_found", "broken")),
        "settings": {
            "encoders": list(encoders),
            "images": [str(path) for path in images],
            "captions" if captions else "labels": file_mapping(source)
            if source
            else "folders",
            "split": split,
            "resamples": resamples,
            "seed": seed,
            "versions": versions(),
            "elapsed_s": round(time.perf_counter() - started, 1),
        },
    }
    finish(report, compare_page, out, as_json)


def _by_captions(
    model: "Encoder",
    images: Sequence[Path],
    file: "CaptionFile",
    settings: "Settings",
) -> Scored:
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.evaluation.compare_run import retrieval_figures
    from rsrag.evaluation.retrieval_run import match_pictures, score_retrieval

    with CountBar(model.identity.id, " images") as bar:
        matched = match_pictures(
            images,
            file.pictures,
            model,
            elsewhere=file.elsewhere,
            threads=settings.threads,
            progress=bar,
        )
    result = score_retrieval(matched, model)
    left = {
        "not_found": list(matched.without_image),
        "without_caption": list(matched.without_caption),
        "broken": [one.source for one in matched.broken],
    }
    words = f"{len(matched.pictures):,} images, {len(matched.owner):,} captions"
    return retrieval_figures(matched, result), left, words


def _by_labels(
    model: "Encoder",
    images: Sequence[Path],
    labels: dict[str, str] | None,
    settings: "Settings",
) -> Scored:
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.evaluation.compare_run import labelled_figures
    from rsrag.evaluation.data.labelled import label_pictures

    with CountBar(model.identity.id, " images") as bar:
        found = label_pictures(
            images,
            model,
            labels=labels,
            threads=settings.threads,
            progress=bar,
        )
    left = {
        "not_found": list(found.without_image),
        "without_label": list(found.without_label),
        "broken": [one.source for one in found.broken],
    }
    words = f"{len(found.labels):,} images of {len(found.classes)} classes"
    return labelled_figures(found, model), left, words
