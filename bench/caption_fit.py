"""Consensus captions ordered anew by how well an encoder says they fit the picture.

``mini`` is not strong enough for that to help, so no command does it;
``bench_captions.py`` measures what it brings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rsrag.rag.looking.consensus import RankedCaption
from rsrag.types import Vectors


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What an encoder has to say.

    Attributes:
        fit: how much agreement one standard deviation of the candidates' cosines to the
            picture is worth; standard deviations, since encoders differ in how widely
            their cosines lie.
        shortlist: it is asked about so many captions, those agreed on best: a small one
            takes some 5 ms for each.
    """

    fit: float = 0.05
    shortlist: int = 40

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        if not self.fit >= 0:
            raise ValueError(f"fit is {self.fit}; it must not be negative.")
        if self.shortlist < 1:
            raise ValueError(f"shortlist is {self.shortlist}; it must be at least 1.")


def fitting_captions(
    captions: Sequence[RankedCaption],
    image_vector: Vectors,
    encode_texts: Callable[[Sequence[str]], Vectors],
    options: FitOptions,
) -> list[tuple[RankedCaption, float | None]]:
    """Order the shortlist by agreement and fit together; the rest stays behind it.

    Args:
        captions: best first.
        image_vector: ``(dim,)`` or ``(1, dim)`` unit vector of the picture.
        encode_texts: gives unit rows.
        options: see there.

    Returns:
        Captions with the cosine to the picture, ``None`` where it was not asked for.
    """
    head = captions[: options.shortlist]
    if not head:
        return []
    vectors = encode_texts([caption.text for caption in head])
    fits = (vectors @ np.ravel(image_vector)).astype(float)
    scores = np.array([caption.agreement for caption in head])
    scores += options.fit * (fits - fits.mean()) / (fits.std() or 1.0)
    order = np.argsort(-scores, kind="stable").tolist()
    rest = [(caption, None) for caption in captions[options.shortlist :]]
    return [*((head[row], float(fits[row])) for row in order), *rest]
