"""Coordinates as people write them: ``40°11′27″N 29°02′46″E`` and its kin."""

import math
import re
import unicodedata

_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_DEGREE = "[°º˚]"
_MINUTE = "['′’‘ʹ´]"
_SECOND = "(?:[\"″”“ʺ]|''|′′|’’)"
# One angle: degrees, minutes, seconds, the last of them with decimals, then its side.
_ANGLE = (
    rf"([+-]?{_NUMBER})\s*{_DEGREE}\s*"
    rf"(?:({_NUMBER})\s*{_MINUTE}\s*(?:({_NUMBER})\s*{_SECOND})?)?\s*([NSEW])\b"
)
_WITH_DEGREES = re.compile(rf"{_ANGLE}\s*[,;/]?\s*{_ANGLE}")
_LAT, _LON = r"(?P<lat>\d+(?:\.\d+)?)", r"(?P<lon>\d+(?:\.\d+)?)"
_NS, _EW = "(?P<ns>[NS])", "(?P<ew>[EW])"
_LETTERED = [
    re.compile(form)
    for form in (
        rf"{_LAT}\s*{_NS}\s*[,;]?\s*{_LON}\s*{_EW}",
        rf"{_LON}\s*{_EW}\s*[,;]?\s*{_LAT}\s*{_NS}",
        rf"{_NS}\s*{_LAT}\s*°?\s*[,;]?\s*{_EW}\s*{_LON}\s*°?",
    )
]
_SIGNED = re.compile(
    r"(?:lat(?:itude)?[.:]?\s*)?([+-]?\d+(?:\.\d+)?)\s*°?\s*[;,]\s*"
    r"(?:lon(?:g|gitude)?[.:]?\s*)?([+-]?\d+(?:\.\d+)?)\s*°?",
    re.IGNORECASE,
)
_NAMED = r"(?i:\b(lat|lon)(?:itude|gitude|g)?\s*[.:=]?\s*([+-]?\d+(?:\.\d+)?)\s*°?)"
WORDED = rf"{_NAMED}\s*(?:[;,]|and\b)?\s*{_NAMED}"
"""*Latitude 12.03 longitude 39.04*, either first: a name and a number, twice."""
_SMALL = r"\d{1,2}(?:[.,]\d+)?"
_ONE_ANGLE = re.compile(
    rf"([NSEW])?\s*([+-])?({_NUMBER})(?:\s*{_DEGREE})?(?:\s*(?:{_DEGREE}|[d:\s])\s*({_SMALL})"
    rf"(?:\s*(?:{_MINUTE}|[m:\s])\s*({_SMALL})\s*(?:{_SECOND}|s)?|\s*(?:{_MINUTE}|m))?)?"
    r"\s*([NSEW])?"
)
_GROUPED = re.compile(
    r"([+-]?\d{1,3}(?:([., '’\u2009\u202f\u00a0])\d{3})((?:\2\d{3})*))((?!\2)[.,]\d+)?"
)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_AGREE_DEG = 0.1
"""Several forms of one place in one text may differ by this much, for rounding."""
_MINUS = str.maketrans({"−": "-", "–": "-", "\ufeff": " "})


def parse_place(text: str) -> tuple[float, float] | None:
    """Read a place as ``(lon, lat)`` in degrees.

    Understood are degrees, minutes and seconds with N/S/E/W, alone or somewhere in a
    sentence; and, where they are the whole text, decimal degrees with letters or signs
    (latitude first, as in ``31.78; 35.21``). Several forms with `` / `` between, as
    Wikipedia prints them, must agree; the last one, the most exact, counts. ``None`` if
    the text names no coordinates, contradicts itself, or leaves the Earth.
    """
    if len(text) > 10_000:
        return None
    clean = " ".join(unicodedata.normalize("NFC", text).translate(_MINUS).split())
    found = [
        place
        for part in clean.split(" / ")
        for place in [_one_form(part.strip(" .()[]"))]
        if place is not None
    ]
    if not found or any(not _agree(place, found[-1]) for place in found):
        return None
    return found[-1]


def parse_coordinate(text: str, sides: str = "", *, metres: bool = False) -> float:
    """Read one coordinate as a cell of a table has it.

    Args:
        sides: ``NS`` or ``EW``, to understand ``47°04'30"N`` and ``N 47 4.5``, too.
        metres: whether ``600,000`` is six hundred thousand; in degrees it is 600.

    Returns:
        NaN if the text is anything else.
    """
    clean = unicodedata.normalize("NFC", text).translate(_MINUS).strip()
    match = _ONE_ANGLE.fullmatch(clean) if sides else None
    if match and (match[1] or match[4] or match[6]):
        before, sign, *angle, after = match.groups()
        side = before or after or ""
        whole, *small = (float((part or "0").replace(",", ".")) for part in angle)
        if (
            side not in sides
            or (before and after)
            or (side and sign)
            or max(small) >= 60
        ):
            return math.nan
        value = whole + small[0] / 60 + small[1] / 3600
        return -value if sign == "-" or side in ("S", "W") else value
    clean = clean.rstrip("°º˚ ")
    grouped = _GROUPED.fullmatch(clean)
    if grouped:
        figures, mark, more, decimals = grouped.groups()
        if mark not in ".," or more or decimals or (metres and mark == ","):
            digits = re.sub(r"[^\d+-]", "", figures)
            return float(digits + (decimals or "").replace(",", "."))
    clean = clean.replace(",", ".")
    return float(clean) if _DECIMAL.fullmatch(clean) else math.nan


def _one_form(text: str) -> tuple[float, float] | None:
    sexagesimal = list(_WITH_DEGREES.finditer(text))
    if sexagesimal:
        first, *others = [_from_angles(match.groups()) for match in sexagesimal]
        if first is None or any(p is None or not _agree(p, first) for p in others):
            return None
        return first
    for form in _LETTERED:
        if match := form.fullmatch(text):
            lon = _sided(float(match["lon"]), match["ew"])
            return _on_earth(lon, _sided(float(match["lat"]), match["ns"]))
    if match := re.fullmatch(WORDED, text):
        said = {match[1].lower(): float(match[2]), match[3].lower(): float(match[4])}
        return _on_earth(said["lon"], said["lat"]) if len(said) == 2 else None
    match = _SIGNED.fullmatch(text)
    # Two whole numbers are as likely a date, a score or a house number.
    if match and "." in text:
        return _on_earth(float(match[2]), float(match[1]))
    return None


def _from_angles(groups: tuple[str | None, ...]) -> tuple[float, float] | None:
    first, second = _angle(groups[:4]), _angle(groups[4:])
    if first is None or second is None:
        return None
    sides = f"{groups[3]}{groups[7]}"
    if sides[0] in "NS" and sides[1] in "EW":
        return _on_earth(second, first)
    if sides[0] in "EW" and sides[1] in "NS":
        return _on_earth(first, second)
    return None


def _angle(groups: tuple[str | None, ...]) -> float | None:
    degrees, minutes, seconds, side = groups
    assert degrees is not None
    assert side is not None
    parts = [float((part or "0").replace(",", ".")) for part in (minutes, seconds)]
    if degrees[0] in "+-" or max(parts) >= 60:
        return None
    whole = float(degrees.replace(",", "."))
    return _sided(whole + parts[0] / 60 + parts[1] / 3600, side)


def _sided(value: float, side: str) -> float:
    return -value if side in "SW" else value


def _on_earth(lon: float, lat: float) -> tuple[float, float] | None:
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _agree(a: tuple[float, float], b: tuple[float, float]) -> bool:
    across = abs(a[0] - b[0]) % 360
    return min(across, 360 - across) <= _AGREE_DEG and abs(a[1] - b[1]) <= _AGREE_DEG
