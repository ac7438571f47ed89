"""Values as people write them: ``1,642 m`` is the number 1642 in metres.

Only what is a number with a known unit is read as one. A wrong number would be worse
than none: ``1783-1789`` is a span, ``29 May 1953`` a date, ``600 East Fremont Street``
an address.
"""

import math
import re

_UNITS: dict[str, str] = {
    "": "",
    **{u: u for u in ("m", "km", "cm", "mm", "nm", "ft", "mi", "yd", "in", "nmi")},
    **{u: u for u in ("m2", "km2", "ha", "m3", "km3", "m/s", "km/h", "m3/s", "mm/yr")},
    **{u: u for u in ("kg", "g", "t", "kt", "Mt", "Gt", "l", "L", "ML", "GL", "PSU")},
    **{u: u for u in ("s", "min", "h", "Pa", "hPa", "kPa", "W", "kW", "MW", "GW")},
    **{u: u for u in ("TW", "kWh", "MWh", "GWh", "TWh", "kV", "V", "A", "Hz", "W/m2")},
    **{u: u for u in ("°C", "°F", "K", "°", "%", "‰", "ppm", "dB", "days", "years")},
    **{u: u for u in ("mph", "knots", "people", "passengers", "spectators", "seats")},
    **{u: u for u in ("inhabitants", "residents", "visitors", "students", "rooms")},
    **{u: u for u in ("floors", "storeys", "runways", "islands", "spans", "arches")},
    **{u: u for u in ("species", "lanes", "gates", "terminals", "steps", "columns")},
    **{u: u for u in ("people/km2", "km/s", "mm/day", "m/yr", "m/km", "g/kg", "g/L")},
    **dict.fromkeys(("metre", "metres", "meter", "meters", "metres high"), "m"),
    **dict.fromkeys(("kilometre", "kilometres", "kilometer", "kilometers"), "km"),
    **dict.fromkeys(("centimetres", "centimeters"), "cm"),
    **dict.fromkeys(("millimetres", "millimeters"), "mm"),
    **dict.fromkeys(("foot", "feet"), "ft"),
    **dict.fromkeys(("mile", "miles"), "mi"),
    **dict.fromkeys(("sq m", "square metres", "square meters"), "m2"),
    **dict.fromkeys(("sq km", "square kilometres", "square kilometers"), "km2"),
    **dict.fromkeys(("sq mi", "square miles", "mi2"), "mi2"),
    **dict.fromkeys(("sq ft", "square feet", "ft2"), "ft2"),
    **dict.fromkeys(("cubic metres", "cubic meters"), "m3"),
    **dict.fromkeys(("cubic kilometres", "cubic kilometers"), "km3"),
    **dict.fromkeys(("cubic metres per second", "cubic meters per second"), "m3/s"),
    **dict.fromkeys(("hectare", "hectares"), "ha"),
    **dict.fromkeys(("acre", "acres"), "acres"),
    **dict.fromkeys(("tonne", "tonnes", "tons"), "t"),
    **dict.fromkeys(("degrees Celsius", "ºC", "℃", "C°"), "°C"),
    **dict.fromkeys(("degrees", "deg"), "°"),
    **dict.fromkeys(("percent", "per cent"), "%"),
    **dict.fromkeys(("metres per second", "m s-1"), "m/s"),
    **dict.fromkeys(("kph", "km per hour"), "km/h"),
    **dict.fromkeys(("seconds",), "s"),
    **dict.fromkeys(("minutes",), "min"),
    **dict.fromkeys(("hours",), "h"),
    **dict.fromkeys(("kelvin", "Kelvin"), "K"),
    **dict.fromkeys(("day",), "days"),
    **dict.fromkeys(("year",), "years"),
    **dict.fromkeys(("stories", "storey", "story"), "storeys"),
}
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_POWERS = str.maketrans({"²": "2", "³": "3", "^": "", "−": "-", "\u00a0": " "})
# An exponent has a sign, as Python prints it: "1E5" is the code of an airfield.
_VALUE = re.compile(
    r"(?:about|approximately|approx\.?|around|over|nearly|ca?\.|~|≈)?\s*"
    r"([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ \u2009\u202f]\d{3})+|\d+)(\.\d+)?"
    r"([eE][+-]\d{1,3})?"
    r"(?:\s+(thousand|million|billion|trillion))?"
    r"\s*([^\d\s(][^(]*?)?\s*(?:\([^()]*\))?",
    re.DOTALL,
)
_LONGEST = 80
"""Characters beyond which a text is no number with a unit."""


def parse_value(text: str) -> tuple[float | None, str | None]:
    """Read a number and its unit.

    Args:
        text: a value as a source writes it.

    Returns:
        The number and the unit in short form (``m``, ``km2``, ``°C``). ``(None,
        None)`` if the text is anything but one number with a known unit or none.
        What stands in brackets after it (``43 m (141 ft)``) is passed over.
    """
    if len(text) > _LONGEST:
        return None, None
    match = _VALUE.fullmatch(text.strip().translate(_POWERS))
    if not match:
        return None, None
    sign, whole, decimals, exponent, scale, words = match.groups()
    unit = _UNITS.get(words or "")
    # "1960s" is a decade, not a number of seconds.
    if unit is None or (words == "s" and len(whole) == 4 and not decimals):
        return None, None
    digits = re.sub(r"\D", "", whole)
    number = float(f"{sign}{digits}{decimals or ''}{exponent or ''}")
    number *= _SCALES.get(scale or "", 1.0)
    # Two significant decimals times a million leave dust behind the point.
    number = float(f"{number:.15g}") if scale else number
    return (number, unit or None) if math.isfinite(number) else (None, None)
