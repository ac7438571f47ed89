"""Evaluation of zero-shot classification: classes by their names alone."""

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.config import Settings
from rsrag.errors import ConfigError
from rsrag.factory import EncoderChoice

if TYPE_CHECKING:
    from rsrag.types import Vectors


def evaluate_zeroshot(
    settings: Settings,
    images: Sequence[Path],
    labels: Path | None,
    classes: Path | None,
    vectors: Path | None,
    *,
    encoder: str | None,
    checkpoint: Path | None,
    precision: str,
    temperature: float | None,
    transductive: bool,
    debias: bool,
    seed: int,
    progress: Callable[[str, int, int], None],
    prompts: Sequence[str] = (),
) -> dict[str, Any]:
    """Accuracy by each protocol, as plain JSON values.

    Raises:
        ConfigError: nothing to classify, or both pictures and vectors.
    """
    from rsrag.evaluation.compare_run import versions

    started = time.perf_counter()
    ways = {"transductive": transductive, "debiased": debias, "seed": seed}
    if vectors is not None:
        if images or labels or classes or encoder or checkpoint:
            raise ConfigError(
                "--vectors brings pictures, classes and texts: it stands alone.",
                hint="leave out --images, --labels, --classes, --encoder, --checkpoint",
            )
        report = _of_vectors(vectors, temperature, ways)
    elif images:
        choice = EncoderChoice(encoder or settings.encoder, checkpoint, None, precision)
        report = _of_pictures(
            settings,
            images,
            labels,
            classes,
            choice,
            temperature,
            ways,
            progress,
            tuple(prompts),
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
    return report


def _of_vectors(
    path: Path, temperature: float | None, ways: dict[str, Any]
) -> dict[str, Any]:
    from rsrag.evaluation.compare_run import file_mapping
    from rsrag.evaluation.data.vector_files import read_vectors
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
    settings: Settings,
    images: Sequence[Path],
    labels: Path | None,
    classes: Path | None,
    choice: EncoderChoice,
    temperature: float | None,
    ways: dict[str, Any],
    progress: Callable[[str, int, int], None],
    prompts: tuple[str, ...],
) -> dict[str, Any]:
    from rsrag.evaluation.compare_run import encoder_mapping, file_mapping
    from rsrag.evaluation.data.labelled import label_pictures, read_classes, read_labels
    from rsrag.evaluation.zeroshot import (
        PROTOCOLS,
        HasTextFeatures,
        class_vectors,
        prompts_of,
        zero_shot_protocols,
    )
    from rsrag.rag.looking.home import temperature_for

    named = read_labels(labels) if labels else None
    known = read_classes(classes) if classes else None
    templates = [one for given in prompts for one in prompts_of(given)]
    model = choice.load(settings)
    found = label_pictures(
        images,
        model,
        labels=named,
        classes=known,
        threads=settings.threads,
        progress=functools.partial(progress, "embedding"),
    )
    divided = temperature or temperature_for(model, found.vectors)
    figures: dict[str, Any] = {}
    named_by: dict[str, Vectors] = {
        name: class_vectors(found.classes, model, name) for name in PROTOCOLS
    }
    if templates:
        named_by["prompts"] = class_vectors(
            found.classes, model, "georsclip", templates
        )
    for protocol, texts in named_by.items():
        each = zero_shot_protocols(
            found.vectors,
            texts,
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
            "prompts": templates,
            "text_features": "as they come" if raw else "unit rows",
        },
    }
