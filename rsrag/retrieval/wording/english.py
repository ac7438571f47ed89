"""English for sentences about places: articles, number, coordinates, dates.

Rules of thumb over the last and the first word of a name and over its kind. Where they
do not know, they leave the article out, which reads plainly and is not wrong.
"""

import math
import re
from collections.abc import Sequence

from rsrag.knowledge.periods import period_words
from rsrag.records import Landmark

_AN = re.compile(r"[aeiou]|hour|heir|honest", re.IGNORECASE)
# Words that begin with the sound of "you" or "one".
_A = re.compile(
    r"one\b|once|eu|ewe|u(?:-|ni(?![nm])|nesco|s[ae]|t[ei]|ran|[ks]\b)", re.IGNORECASE
)
_BRACKETS = re.compile(r"\s*\([^)]*\)\s*$")
_HEAD_ENDS = re.compile(r"\s(?:of|in|at|on|per|by|for|from|to|above|below|with)\s")
_ONE_IN_S = frozenset("series species gas canvas atlas means".split())  # noqa: SIM905
_PLURAL_NAMES = frozenset(
    """alps andes antilles apennines azores badlands caves cliffs dolomites dunes fens
    fjords glaciers highlands hills himalayas islands isles keys lakes lowlands
    maldives moors mountains narrows plains pyramids pyrenees rapids rockies ruins
    skerries steppes straits terraces tropics urals wetlands woods""".split()  # noqa: SIM905
)
_THE_LAST = frozenset(
    """archipelago basin canal channel colosseum delta desert gulf ocean pantanal
    parthenon peninsula plateau range rainforest reef river sea sheet shelf steppe
    strait trench""".split()  # noqa: SIM905
)
_THE_KINDS = frozenset(
    """canal delta desert gulf ice_sheet ice_shelf mountain_range ocean
    peninsula plateau river sea strait""".split()  # noqa: SIM905
)
_BARE_FIRST = frozenset(
    """al cape crater el fort isla isle jabal jebel la lac lago laguna lake las le les
    loch los mont monte mount mt nevado our port pulau rio río saint san santa st st.
    wadi""".split()  # noqa: SIM905
)
_BARE_LAST = frozenset(
    "airport city forest island lake monument mountain park peak station valley".split()  # noqa: SIM905
)


def article(noun: str) -> str:
    """``a`` or ``an``, by how the noun sounds: ``an airport``, ``a university``."""
    return "an" if _AN.match(noun) and not _A.match(noun) else "a"


def is_plural(noun: str) -> bool:
    """Whether a noun phrase is plural: ``ruins``, ``number of visitors`` is not."""
    if noun.isupper():
        return False
    words = _HEAD_ENDS.split(_BRACKETS.sub("", noun.lower()), maxsplit=1)[0].split()
    last = words[-1] if words else ""
    singular = last.endswith(("ss", "us", "is")) or last in _ONE_IN_S
    return last.endswith("s") and not singular


def name_is_plural(name: str) -> bool:
    """Whether a place's name takes ``are``: ``Galápagos Islands``, not ``Texas``."""
    words = name.lower().split()
    return bool(words) and words[-1] in _PLURAL_NAMES and words[0] not in _BARE_FIRST


def with_article(landmark: Landmark) -> str:
    """The name as it stands inside a sentence: ``the Nile``, ``Lake Baikal``.

    A name that has an article keeps it as it is.
    """
    name = one_line(landmark.name)
    words = name.lower().split()
    if not words or words[0] == "the" or not name[0].isupper():
        return name
    first, last = words[0], words[-1]
    kind = (landmark.category or "").lower().replace(" ", "_")
    if "of" in words[1:-1] and first not in {"our", "saint", "st", "st.", "lake"}:
        return f"the {name}"
    if first in _BARE_FIRST or last in _BARE_LAST or "," in name:
        return name
    named = last in _THE_LAST or last in _PLURAL_NAMES
    return f"the {name}" if named or kind in _THE_KINDS else name


def capital(text: str) -> str:
    """The text with its first letter large; nothing else changes."""
    return text[:1].upper() + text[1:]


def one_line(text: str) -> str:
    """Runs of white space become one space."""
    return " ".join(text.split())


def in_a_row(names: Sequence[str], joining: str = "and") -> str:
    """Names with commas, and a word before the last: ``Nile, Congo and Niger``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joining} {names[-1]}"


def full_stop(text: str) -> str:
    """The text with a mark at its end."""
    ended = text.rstrip("\"'”’»)]").endswith((".", "!", "?", "…", "。"))
    return text if ended else f"{text}."


def coordinates(
    lon: float, lat: float, digits: int | None = None, unit: str = "° "
) -> str:
    """A point as people write it, latitude first: ``53.50° N 108.00° E``.

    Args:
        lon: degrees, any turn of the globe.
        lat: degrees.
        digits: after the point; if not given, two (a kilometre) where that is exact,
            else four (ten metres).
    """
    if digits is None:
        exact = all(math.isclose(x, round(x, 2), abs_tol=1e-9) for x in (lon, lat))
        digits = 2 if exact else 4
    lon = (lon + 180) % 360 - 180
    # Rounded first: -0.001° is 0.00°, and has no side.
    lat, lon = round(lat, digits), round(lon, digits)
    ns, ew = "S" if lat < 0 else "N", "W" if lon < 0 else "E"
    return f"{abs(lat):.{digits}f}{unit}{ns} {abs(lon):.{digits}f}{unit}{ew}"


def point_of(landmark: Landmark) -> tuple[float, float] | None:
    """A point that stands for a landmark: the middle, if that lies in its outline."""
    from rsrag.geo import bbox_centre, geometry_bbox

    shape = landmark.shape
    if shape is None or shape.is_empty:
        return None
    import shapely

    if shape.geom_type == "Point":
        return float(shape.x), float(shape.y)
    centre = bbox_centre(geometry_bbox(shape))
    if shape.intersects(shapely.Point(centre)):
        return centre
    inner = shapely.point_on_surface(shape)
    return float(inner.x), float(inner.y)


def place_words(landmark: Landmark) -> str | None:
    """Coordinates of a landmark, ``None`` if its place is not known.

    Of an area or a line a point of it is given, to a kilometre.
    """
    point = point_of(landmark)
    if point is None:
        return None
    shape = landmark.shape
    extended = shape is not None and shape.geom_type != "Point"
    box = landmark.bbox
    wide = box is not None and (extended and box.north - box.south > 0.05)
    return coordinates(*point, digits=2 if wide else None)


def when(period: str) -> str:
    """A period with its preposition: ``in June 2022``, ``on 31 January 2019``."""
    words = period_words(period)
    if "/" in period:
        return f"from {words}"
    return f"on {words}" if period.count("-") == 2 else f"in {words}"
