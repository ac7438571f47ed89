"""What an encoder knows, measured on pictures for which it is to be right."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.config import Settings
from rsrag.factory import EncoderChoice


def calibrate_encoder(
    settings: Settings,
    choice: EncoderChoice,
    images: Sequence[Path],
    labels: Path | None,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Measure and write the home of an encoder.

    One half of the pictures gives the centres, the other says how near to them such
    pictures lie, and from where on one is odd. With labels the temperature is fitted on
    them, else it stays as it is.

    Args:
        images: folders and archives.
        labels: file of classes by file name; ``None``: there are none.
        seed: of the halves.

    Raises:
        QueryError: too few pictures.
        SourceNotFoundError: no picture, or none with a label.
    """
    from rsrag.evaluation.data.labelled import label_pictures, read_labels
    from rsrag.evaluation.data.vector_files import embed_pictures
    from rsrag.evaluation.zeroshot import class_vectors
    from rsrag.rag.looking.calibration import calibration_error, fit_temperature
    from rsrag.rag.looking.home import home_path, make_home, save_home
    from rsrag.rag.looking.oddities import drawn_vectors
    from rsrag.rag.looking.scene import temperature_of
    from rsrag.rag.looking.transduction import softmax

    encoder = choice.load(settings)
    before = temperature = temperature_of(encoder)
    errors: dict[str, float] = {}
    if labels is None:
        found = embed_pictures(
            images, encoder, lambda item: True, 0, settings.threads, progress
        )
        vectors = found.vectors
    else:
        labelled = label_pictures(
            images,
            encoder,
            labels=read_labels(labels),
            threads=settings.threads,
            progress=progress,
        )
        vectors = labelled.vectors
        texts = class_vectors(labelled.classes, encoder, "classify")
        cosines = vectors @ texts.T
        temperature = fit_temperature(cosines, labelled.labels)
        errors = {
            name: 100 * calibration_error(softmax(cosines / at), labelled.labels)
            for name, at in (("error_before", before), ("error_after", temperature))
        }
    order = np.random.default_rng(seed).permutation(len(vectors))
    half = len(order) // 2
    known, held = vectors[order[:half]], vectors[order[half:]]
    home = make_home(known, held, temperature, drawn_vectors(encoder))
    path = home_path(encoder.identity)
    save_home(home, path)
    return {
        "encoder": encoder.identity.id,
        "file": str(path),
        "pictures": len(vectors),
        "nearness": home.median,
        "temperature_before": before,
        "temperature": temperature,
        **errors,
    }
