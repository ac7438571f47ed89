"""What a conversation holds between two turns: frozen, and plain JSON when kept."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FocusKind = Literal["nothing", "landmarks", "hits", "hit", "picture", "change"]
KEPT_TURNS = 200
"""Turns that a state remembers; older ones are dropped whole."""


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit as it was shown.

    Attributes:
        id: of the chip.
        name: of its file.
        point: longitude and latitude of its centre, degrees, if it has a place.
    """

    id: str
    name: str
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A search that can be edited.

    Attributes:
        words: what was looked for; empty where only something alike was.
        without: what is subtracted.
        chip: id of a chip that hits are to be like.
        picture: path of a picture that hits are to be like.
        datetime: time, as ``--datetime`` takes it.
        max_cloud: percent.
        place: name of the place in which hits are to lie.
        named: what the chip or the picture is called.
    """

    words: str = ""
    without: tuple[str, ...] = ()
    chip: str | None = None
    picture: str | None = None
    datetime: str | None = None
    max_cloud: float | None = None
    place: str | None = None
    named: str = field(default="", compare=False)

    def __str__(self) -> str:
        said = [f'"{self.words}"'] if self.words else []
        if self.chip or self.picture:
            said.append(f"what is like {self.named or self.picture or 'that hit'}")
        said += [f'without "{word}"' for word in self.without]
        said += [f"only in {self.datetime}"] if self.datetime else []
        if self.max_cloud is not None:
            said.append(f"at most {self.max_cloud:g} % cloud")
        said += [f"in {self.place}"] if self.place else []
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class Focus:
    """What is spoken of.

    Attributes:
        kind: of thing.
        context: of the answer that told of landmarks.
        search: that found the hits.
        hits: as numbered, from 1.
        number: of the hit that is spoken of.
        picture: its name; of a change what it is called.
    """

    kind: FocusKind = "nothing"
    context: Mapping[str, Any] = field(default_factory=dict)
    search: Search | None = None
    hits: tuple[ShownHit, ...] = ()
    number: int | None = None
    picture: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Of the landmarks."""
        return tuple(one["name"] for one in self.context.get("landmarks", ()))

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        if self.kind == "landmarks":
            return " and ".join(self.names[:3])
        if self.kind in ("picture", "change"):
            return str(self.picture)
        if self.kind == "nothing":
            return ""
        searched = f"the search for {self.search}"
        return f"hit {self.number} of {searched}" if self.kind == "hit" else searched


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that is over.

    Attributes:
        said: by the person.
        understood: how that was read.
        told: the reply.
        kind: ``search``, ``ask``, ``hit``, ``change``, ``back``, ``asks back`` or
            ``error``.
        focus: what was spoken of after it.
        pictures: names of the pictures that came with it.
        fact: the sentence with the value that was told, if one was.
    """

    said: str
    understood: str
    told: str
    kind: str
    focus: Focus
    pictures: tuple[str, ...] = ()
    fact: str = ""


@dataclass(frozen=True, slots=True)
class DialogueState:
    """All that a turn leaves for the next.

    Attributes:
        turns: oldest first.
        focus: what is spoken of.
        hits: the list that was shown last, and its search.
        pictures: name, as ``picture 1``, to path.
        question: that was last asked of a picture or a hit, to be asked of another.
        index: name of the index that the hits are of.
        change: that was compared last: its sheet, and what was spoken of in it.
    """

    turns: tuple[Turn, ...] = ()
    focus: Focus = Focus()
    hits: Focus = Focus()
    pictures: Mapping[str, str] = field(default_factory=dict)
    question: str | None = None
    index: str | None = None
    change: Mapping[str, Any] | None = None

    def with_picture(self, path: str) -> "DialogueState":
        """The same with one picture more, which is spoken of."""
        name = f"picture {len(self.pictures) + 1}"
        pictures = {**self.pictures, name: path}
        focus = Focus("picture", picture=name)
        return dataclasses.replace(self, pictures=pictures, focus=focus)

    def after(self, turn: Turn) -> "DialogueState":
        """The same with a turn more."""
        turns = (*self.turns, turn)[-KEPT_TURNS:]
        return dataclasses.replace(self, turns=turns, focus=turn.focus)

    def without_hits(self) -> "DialogueState":
        """The same, for another index: its hits are none of that."""
        gone = self.focus.kind in ("hits", "hit")
        focus = Focus() if gone else self.focus
        turns = tuple(
            dataclasses.replace(one, focus=Focus())
            if one.focus.kind in ("hits", "hit")
            else one
            for one in self.turns
        )
        return dataclasses.replace(
            self, turns=turns, focus=focus, hits=Focus(), index=None
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "DialogueState":
        """From what :meth:`to_json` gave."""
        turns = tuple(
            Turn(
                **{
                    **one,
                    "focus": _focus(one["focus"]),
                    "pictures": tuple(one["pictures"]),
                }
            )
            for one in given["turns"]
        )
        read = {
            "turns": turns,
            "focus": _focus(given["focus"]),
            "hits": _focus(given["hits"]),
        }
        return cls(**{**given, **read})


def _focus(given: Mapping[str, Any]) -> Focus:
    search = given["search"]
    if search is not None:
        search = Search(**{**search, "without": tuple(search["without"])})
    hits = tuple(
        ShownHit(one["id"], one["name"], one["point"] and tuple(one["point"]))
        for one in given["hits"]
    )
    return Focus(**{**given, "search": search, "hits": hits})
