"""What an utterance can be read as."""

from dataclasses import dataclass

from rsrag.dialogue.state import Focus, Search


@dataclass(frozen=True, slots=True)
class Find:
    """A search to be run."""

    search: Search


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to be answered.

    Attributes:
        text: the question.
        number: of the hit that it is about.
        at_place: its place is meant, and not what it shows.
        picture: name of the picture that it is about.
        ordinal: it was told by its number, and not as *this* one.
    """

    text: str
    number: int | None = None
    at_place: bool = False
    picture: str | None = None
    ordinal: bool = False


@dataclass(frozen=True, slots=True)
class ShowHit:
    """A hit to be told of."""

    number: int


@dataclass(frozen=True, slots=True)
class GoBack:
    """What was spoken of before is again."""

    focus: Focus


@dataclass(frozen=True, slots=True)
class AskBack:
    """What the person is asked instead of a guess."""

    text: str


Side = tuple[str, str]
"""One of two pictures: ``hit`` and its number, ``picture`` and name, or ``path``."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Two pictures to be compared."""

    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class AskChange:
    """A question over the change that is spoken of."""

    text: str


Reading = Find | Ask | ShowHit | GoBack | AskBack | Compare | AskChange
