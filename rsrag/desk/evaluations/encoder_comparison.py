"""Evaluation of retrieval, and comparison of encoders, on one's own pictures."""

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.config import Settings
from rsrag.errors import ConfigError
from rsrag.factory import EncoderChoice

if TYPE_CHECKING:
    from rsrag.evaluation.data.caption_files import CaptionFile
    from rsrag.evaluation.retrieval_run import Matched, Retrieval
    from rsrag.interfaces import Encoder
    from rsrag.metrics.bootstrap import Figure

Scored = tuple[dict[str, "Figure"], dict[str, Any], str]
"""Figures of one encoder, what was left out, and what was asked in words."""

Progress = Callable[[str, int, int], None]


def compare_encoders(
    settings: Settings,
    encoders: Sequence[str],
    images: Sequence[Path],
    captions: Path | None,
    split: str | None,
    labels: Path | None,
    *,
    precision: str,
    resamples: int,
    confidence: float,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Figures of each encoder and their differences, as plain JSON values.

    Args:
        settings: threads.
        encoders: names, or ``NAME=FILE``; differences are to the first.
        images: folders and archives.
        captions: compare retrieval by this file.
        split: of that file.
        labels: compare zero-shot by this file; folders are classes without either.
        precision: of the encoders.
        resamples: of the bootstrap.
        confidence: of its intervals.
        seed: of the bootstrap.
        progress: told the encoder, what is done, and how much there is.

    Raises:
        ConfigError: options that do not go together.
    """
    from rsrag.evaluation.compare_run import (
        compare as reckon,
        encoder_mapping,
        file_mapping,
        versions,
    )
    from rsrag.evaluation.data.caption_files import read_captions
    from rsrag.evaluation.data.labelled import read_labels

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
            scored[spec] = _by_captions(model, images, file, settings, progress)
        else:
            scored[spec] = _by_labels(model, images, classes, settings, progress)
    figures = {name: one[0] for name, one in scored.items()}
    found = reckon(figures, resamples=resamples, seed=seed, confidence=confidence)
    for name, identity in identities.items():
        found["encoders"][name]["identity"] = identity
    _, left_out, queries = scored[encoders[0]]
    source = captions or labels
    return {
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


def _by_captions(
    model: "Encoder",
    images: Sequence[Path],
    file: "CaptionFile",
    settings: Settings,
    progress: Progress,
) -> Scored:
    from rsrag.evaluation.compare_run import retrieval_figures

    told = functools.partial(progress, model.identity.id)
    matched, result = _retrieval(model, images, file, settings, told)
    left = {
        "not_found": list(matched.without_image),
        "without_caption": list(matched.without_caption),
        "broken": [one.source for one in matched.broken],
    }
    words = f"{len(matched.pictures):,} images, {len(matched.owner):,} captions"
    return retrieval_figures(matched, result), left, words


def _retrieval(
    model: "Encoder",
    images: Sequence[Path],
    file: "CaptionFile",
    settings: Settings,
    progress: Callable[[int, int], None],
) -> tuple["Matched", "Retrieval"]:
    """Pictures with the captions of a file, and how well they find each other."""
    from rsrag.evaluation.retrieval_run import match_pictures, score_retrieval

    matched = match_pictures(
        images,
        file.pictures,
        model,
        elsewhere=file.elsewhere,
        threads=settings.threads,
        progress=progress,
    )
    return matched, score_retrieval(matched, model)


def _by_labels(
    model: "Encoder",
    images: Sequence[Path],
    labels: dict[str, str] | None,
    settings: Settings,
    progress: Progress,
) -> Scored:
    from rsrag.evaluation.compare_run import labelled_figures
    from rsrag.evaluation.data.labelled import label_pictures

    found = label_pictures(
        images,
        model,
        labels=labels,
        threads=settings.threads,
        progress=functools.partial(progress, model.identity.id),
    )
    left = {
        "not_found": list(found.without_image),
        "without_label": list(found.without_label),
        "broken": [one.source for one in found.broken],
    }
    words = f"{len(found.labels):,} images of {len(found.classes)} classes"
    return labelled_figures(found, model), left, words


def evaluate_retrieval(
    settings: Settings,
    images: Sequence[Path],
    captions: Path,
    split: str | None,
    choice: EncoderChoice,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Hit rates both ways, with what they were measured on, as plain JSON values."""
    from rsrag.evaluation.compare_run import encoder_mapping, file_mapping, versions
    from rsrag.evaluation.data.caption_files import read_captions
    from rsrag.evaluation.retrieval_run import retrieval_mapping

    started = time.perf_counter()
    file = read_captions(captions, split)
    model = choice.load(settings)
    told = functools.partial(progress, "embedding")
    matched, result = _retrieval(model, images, file, settings, told)
    return {
        "task": "retrieval",
        **retrieval_mapping(matched, result),
        "settings": {
            "encoder": encoder_mapping(model),
            "precision": choice.precision,
            "images": [str(path) for path in images],
            "captions": {
                **file_mapping(captions),
                "form": file.form,
                "encoding": file.encoding,
                "split": file.split,
            },
            "protocol": "hit rate; ties in a random order, by expectation",
            "versions": versions(),
            "elapsed_s": round(time.perf_counter() - started, 1),
        },
    }
