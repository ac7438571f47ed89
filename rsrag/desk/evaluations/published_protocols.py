"""Evaluation by published protocols, beside the figures that were published."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.config import Settings
from rsrag.desk.evaluations.stamping import Stamp
from rsrag.factory import EncoderChoice

if TYPE_CHECKING:
    from rsrag.evaluation.published import PublishedSet

Progress = Callable[[str, int, int], None]
Scored = tuple[Mapping[str, float], Mapping[str, int], Mapping[str, Any], bool]
"""Figures, counts, what was left out, and whether all was there."""


def published_table(model: str) -> dict[str, Any]:
    """What was published of a model, as plain JSON values; nothing is measured.

    Raises:
        ConfigError: nothing was.
    """
    from rsrag.evaluation.published import TOLERANCE, published_sets

    sets = published_sets(model).values()
    rows = [
        {
            "set": one.name,
            "task": one.task,
            "figures": {name: {"published": v} for name, v in one.figures.items()},
            "tolerance": TOLERANCE[one.task],
            "holds": {"published": dict(one.holds)},
            "source": one.source,
        }
        for one in sets
    ]
    return {"task": "published", "model": model, "sets": rows}


def evaluate_published(
    settings: Settings,
    model: str,
    given: Sequence[str],
    choice: EncoderChoice,
    progress: Progress,
) -> dict[str, Any]:
    """Figures of an encoder beside those published of ``model``, as JSON values.

    Args:
        model: whose published figures.
        given: sets and their folders, ``NAME=DIR``.
        choice: the encoder that is scored.
        progress: told the set, what is done, and how much there is.

    Raises:
        ConfigError: an unknown model or set, or a folder not laid out as published.
        SourceNotFoundError: a folder or pictures that are not there.
    """
    from rsrag.evaluation.published import chosen_sets, compared, published_sets

    stamp = Stamp()
    rows: list[dict[str, Any]] = []
    left_out: dict[str, Any] = {}
    complete = True
    for one, folder in list(chosen_sets(published_sets(model), given)):
        score = {
            "zeroshot": _zeroshot,
            "retrieval": _retrieval,
            "localize": _localization,
        }[one.task]
        told = _of_set(progress, one)
        figures, holds, missing, whole = score(settings, folder, choice, told)
        rows.append(compared(one, figures, holds))
        left_out |= {f"{one.name}_{key}": what for key, what in missing.items()}
        complete = complete and whole
    found = {
        "model": model,
        "sets": rows,
        "left_out": left_out,
        "complete": complete,
    }
    return stamp.report(
        "published",
        found,
        choice.load(settings).identity,
        precision=choice.precision,
        sets=list(given),
    )


def _of_set(progress: Progress, one: "PublishedSet") -> Progress:
    return lambda _, done, total: progress(one.name, done, total)


def _zeroshot(
    settings: Settings, folder: Path, choice: EncoderChoice, progress: Progress
) -> Scored:
    from rsrag.desk.evaluations.zeroshot_evaluation import evaluate_zeroshot

    report = evaluate_zeroshot(
        settings,
        [folder],
        None,
        None,
        None,
        encoder=choice.name,
        checkpoint=choice.checkpoint,
        precision=choice.precision,
        temperature=None,
        transductive=False,
        debias=False,
        seed=0,
        progress=progress,
    )
    found = report["georsclip"]
    holds = {"pictures": report["images"], "classes": len(found["per_class"])}
    return {"top1": found["top1"]}, holds, report["left_out"], report["complete"]


def _retrieval(
    settings: Settings, folder: Path, choice: EncoderChoice, progress: Progress
) -> Scored:
    from rsrag.desk.evaluations.encoder_comparison import evaluate_retrieval
    from rsrag.evaluation.published import caption_file

    file = caption_file(folder)
    report = evaluate_retrieval(settings, [folder], file, None, choice, progress)
    ranks = {
        f"{way} {rank}": value
        for way in ("i2t", "t2i")
        for rank, value in report[way].items()
    }
    holds = {"pictures": report["images"], "captions": report["captions"]}
    figures = {**ranks, "mR": report["mR"]}
    return figures, holds, report["left_out"], report["complete"]


def _localization(
    settings: Settings, folder: Path, choice: EncoderChoice, progress: Progress
) -> Scored:
    from rsrag.evaluation.localization_run import (
        by_crops,
        read_sought,
        score_localization,
    )
    from rsrag.evaluation.published import picture_folder, sentence_file

    sought = read_sought(sentence_file(folder))
    encoder = choice.load(settings)
    report = score_localization(
        sought,
        picture_folder(folder, sought[0].picture),
        by_crops(encoder),
        scale=1.0,
        progress=functools.partial(progress, ""),
    )
    own = report["ways"][encoder.identity.id]
    figures = {name: round(one["value"], 6) for name, one in own.items()}
    holds = {"pictures": report["images"], "sentences": report["queries"]}
    return figures, holds, {}, True
