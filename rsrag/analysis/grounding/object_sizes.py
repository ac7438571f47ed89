"""Objects that have a head of their own: their names, and how large they are.

Sizes are the length of the longer side, in metres, of the smallest and the largest that
are common. Sources: makers' and operators' published dimensions (a Cessna 172 is 8.3 m
long, an A380 73 m; a small car 3.5 m, a van 6 m; a rigid truck 6 m, a coupled train 25
m by EU directive 96/53/EC; a motor boat 5 m, the largest ships 400 m), the ITF's and
FIBA's rules of the court (23.77 m, 28 m), World Aquatics' for the pool (50 m), API 650
tanks of 5 to 100 m.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEWEST_PX = 12
"""An object with a longer side below this cannot be told from others."""


@dataclass(frozen=True, slots=True)
class ObjectSize:
    """How long an object is.

    Attributes:
        smallest_m: longer side of small ones, metres.
        largest_m: of large ones.
        names: that people have for it, without a plural's s.
    """

    smallest_m: float
    largest_m: float
    names: tuple[str, ...]


OBJECT_SIZES: Mapping[str, ObjectSize] = {
    "plane": ObjectSize(
        8, 75, ("plane", "airplane", "aeroplane", "aircraft", "airliner", "jet")
    ),
    "ship": ObjectSize(
        5, 400, ("ship", "boat", "vessel", "yacht", "ferry", "sailboat", "tanker")
    ),
    "small vehicle": ObjectSize(
        3.5, 6, ("small vehicle", "car", "van", "sedan", "taxi", "minivan", "suv")
    ),
    "large vehicle": ObjectSize(
        6,
        25,
        ("large vehicle", "truck", "bus", "lorry", "coach", "long vehicle", "trailer"),
    ),
    "storage tank": ObjectSize(
        5, 100, ("storage tank", "oil tank", "fuel tank", "tank", "silo")
    ),
    "court": ObjectSize(
        24, 37, ("court", "tennis court", "basketball court", "sports court")
    ),
    "pool": ObjectSize(5, 50, ("pool", "swimming pool")),
    "bridge": ObjectSize(20, 2000, ("bridge",)),
}
"""By the names of the head's classes."""
WIDER: Mapping[str, tuple[str, ...]] = {
    "vehicle": ("small vehicle", "large vehicle"),
    "automobile": ("small vehicle",),
}
_NAMES = {
    tuple(name.split()): (kind,)
    for kind, one in OBJECT_SIZES.items()
    for name in one.names
} | {(name,): kinds for name, kinds in WIDER.items()}
_LONGEST = max(map(len, _NAMES))


def objects_named(words: Sequence[str]) -> tuple[tuple[str, ...], int, int]:
    """The last object that some words name.

    Returns:
        The objects it may be, and where its name begins and ends; none, 0, 0.
    """
    for length in range(_LONGEST, 0, -1):
        for at in range(len(words) - length, -1, -1):
            name = tuple(_singular(word) for word in words[at : at + length])
            if name in _NAMES:
                return _NAMES[name], at, at + length
    return (), 0, 0


def _singular(word: str) -> str:
    if word.endswith(("buses", "coaches")):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y"
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word


def too_small(objects: Sequence[str], gsd_m: float | None) -> str:
    """Why none of some objects can be seen at a ground sampling; empty if one can."""
    if gsd_m is None or not objects:
        return ""
    longest = max(OBJECT_SIZES[one].largest_m for one in objects)
    if longest / gsd_m >= FEWEST_PX:
        return ""
    name = " or ".join(objects)
    return (
        f"a {name} is at most {longest:g} m long, which is {longest / gsd_m:.1f} "
        f"pixels of {gsd_m:g} m here; {FEWEST_PX} are needed to see one"
    )
