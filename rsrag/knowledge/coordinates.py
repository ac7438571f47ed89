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
