"""An adapter learnt on an encoder from one's own pictures and what is said of them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.config import Settings
from rsrag.desk.upkeep.learning.lesson import Lesson, Progress, lesson_pairs
from rsrag.encoders.adapters.adapter_file import write_adapter
from rsrag.errors import QueryError
from rsrag.factory import EncoderChoice
from rsrag.packages import need

if TYPE_CHECKING:
    from rsrag.encoders.adapters.fitting import Fitted


def train_adapter(
    settings: Settings,
    choice: EncoderChoice,
    lesson: Lesson,
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Learn and write an adapter; run again after a stop, it goes on.

    Args:
        settings: threads.
        choice: the encoder that it is learnt on.
        lesson: from what, and how.
        progress: told the stage, what is done, and how much there is.
        stop: asked after each epoch.

    Returns:
        Plain JSON values: ``file``, ``encoder``, ``before``, ``after``, ``epochs``,
        counts, and what was left out.

    Raises:
        QueryError: too few pictures, all of them of one kind, examples that contradict
            each other, or nothing was gained.
        SourceNotFoundError: no picture, or none with a caption or class.
        EncoderError: an encoder on which none is learnt.
        CheckpointError: a stopped training of other pairs lies there.
        KeyboardInterrupt: it was stopped, and can be gone on with.
    """
    need("torch", "Learning an adapter")
    import torch

    from rsrag.encoders.adapters.fitting import Course, Fit
    from rsrag.encoders.adapters.learners import learner_of

    started = time.perf_counter()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    encoder = choice.load(settings)
    learner = learner_of(encoder, lesson.rank, lesson.seed)
    pairs, left_out = lesson_pairs(settings, encoder, learner, lesson, progress)
    course = Course(
        lesson.epochs,
        lesson.patience,
        lesson.batch_size,
        lesson.learning_rate or learner.learning_rate,
        lesson.rank,
        lesson.held_out,
        lesson.seed,
    )
    base = encoder.identity
    fit = Fit(learner, pairs, course, lesson.state, base.weights_sha256)
    fitted = fit.run(progress, stop)
    if fitted.stopped:
        raise KeyboardInterrupt
    lesson.state.unlink(missing_ok=True)
    before, after = fitted.epochs[0].figure, fitted.epochs[fitted.best].figure
    what = "classes are right" if pairs.labelled else "mR is"
    if not after > before:
        raise QueryError(
            f"Nothing was learnt that serves pictures held aside: there {what} "
            f"{before:.2f} before and at most "
            f"{max(one.figure for one in fitted.epochs[1:]):.2f} after. No adapter was "
            "written.",
            hint="more pictures, or words that tell them apart better",
        )
    report = {
        "encoder": base.id,
        "measure": "accuracy" if pairs.labelled else "mR",
        "before": round(before, 4),
        "after": round(after, 4),
        "best_epoch": fitted.best,
        "epochs": _epochs(fitted),
        "pictures": len(pairs.pictures),
        "texts": len(pairs.kinds),
        "rank": lesson.rank,
        "held_out": lesson.held_out,
        "seed": lesson.seed,
    }
    from rsrag.encoders.adapters.low_rank import as_deltas

    about = {
        name: str(value)
        for name, value in report.items()
        if name not in ("epochs", "encoder")
    }
    about["base_checkpoint"] = str((choice.checkpoint or Path()).absolute())
    if choice.checkpoint is None:
        del about["base_checkpoint"]
    write_adapter(lesson.out, as_deltas(fitted.tensors), base, about)
    return {
        "file": str(lesson.out),
        **report,
        "size_bytes": lesson.out.stat().st_size,
        "left_out": left_out,
        "seconds": round(time.perf_counter() - started, 1),
    }


def _epochs(fitted: "Fitted") -> list[dict[str, float | None]]:
    return [
        {
            "figure": round(one.figure, 4),
            "held_out_loss": round(one.loss, 5),
            "loss": None if one.learnt is None else round(one.learnt, 5),
        }
        for one in fitted.epochs
    ]
