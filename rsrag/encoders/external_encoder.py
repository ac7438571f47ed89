"""Stands for an encoder that is not here, whose vectors were imported."""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import EncoderError
from rsrag.types import EncoderIdentity, Pixels, Vectors

EXTERNAL = "external:"
"""Before the name of an encoder whose vectors were imported."""

UNKNOWN = "unknown"
"""Weights and preprocessing of such an encoder."""


class ExternalEncoder:
    """Stands for an encoder that made vectors elsewhere; it embeds nothing."""

    max_tokens = 0

    def __init__(self, name: str, dim: int) -> None:
        self.identity = EncoderIdentity(name, UNKNOWN, UNKNOWN, dim)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Refused."""
        self._refuse("texts")

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Refused."""
        self._refuse("texts")

    def prepare_image(self, image: Pixels) -> NDArray[np.uint8]:
        """Refused."""
        self._refuse("pictures")

    def encode_prepared(self, batch: NDArray[np.uint8]) -> Vectors:
        """Refused."""
        self._refuse("pictures")

    def encode_images(self, images: Sequence[Pixels]) -> Vectors:
        """Refused."""
        self._refuse("pictures")

    def _refuse(self, what: str) -> NoReturn:
        raise EncoderError(
            f"The vectors were made by {self.identity.id}, which is not here: {what} "
            "cannot be embedded.",
            hint="rsrag search --chip ID, or --vector FILE.npy with a vector of that "
            "encoder",
        )
