"""Whether what a model says depends on the picture that it is shown."""

from dataclasses import dataclass

import numpy as np

from rsrag.errors import GeneratorError
from rsrag.interfaces import Generator
from rsrag.types import Message, Picture, Text

COLOURS = {
    "blue": (0, 0, 255),
    "green": (0, 255, 0),
    "yellow": (255, 255, 0),
    "white": (255, 255, 255),
}
"""Pictures of one colour, which any eye tells apart."""
QUESTION = "Name the thing in the picture."
SIDE_PX = 224


@dataclass(frozen=True, slots=True)
class Trial:
    """What was said of each picture.

    Attributes:
        said: by the colour's name.
    """

    said: dict[str, str]

    @property
    def depends(self) -> bool:
        """Whether two pictures or more made it say different things."""
        return len(set(self.said.values())) > 1


def try_vision(
    generator: Generator, question: str = QUESTION, max_tokens: int = 24
) -> Trial:
    """Show a model each picture, alone, with one question.

    Raises:
        GeneratorError: it takes no pictures, or broke off.
    """
    if not generator.sees:
        raise GeneratorError(
            f"{generator.name} takes no pictures.",
            hint="--llm MODEL.gguf --mmproj PROJECTOR.gguf, or --llm-url of a server",
        )
    said = {}
    for name, colour in COLOURS.items():
        pixels = np.full((SIDE_PX, SIDE_PX, 3), colour, np.uint8)
        asked = Message("user", [Picture(pixels), Text(question)])
        said[name] = generator.generate([asked], max_tokens=max_tokens).text
    return Trial(said)
