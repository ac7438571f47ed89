"""Evaluation of retrieval: captions find pictures, pictures find captions."""

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rsrag.config import Settings
from rsrag.factory import EncoderChoice


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
    from rsrag.evaluation.retrieval_run import (
        match_pictures,
        retrieval_mapping,
        score_retrieval,
    )

    started = time.perf_counter()
    file = read_captions(captions, split)
    model = choice.load(settings)
    matched = match_pictures(
        images,
        file.pictures,
        model,
        elsewhere=file.elsewhere,
        threads=settings.threads,
        progress=functools.partial(progress, "embedding"),
    )
    result = score_retrieval(matched, model)
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
