"""The airports of the package ``airportsdata`` (MIT licence)."""

import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from rsrag.knowledge.collection import Records
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.types import Skip

NAME = "airportsdata"
LICENCE = "MIT"

_FACTS = {
    **{field: field for field in ("iata", "icao", "city")},
    "subd": "subdivision",
    "country": "country_code",
    "tz": "time_zone",
}


def read_airports(options: ImportOptions) -> tuple[Records, list[Skip]]:
    """Read all airports of the installed package."""
    import airportsdata

    collector = Collector(options, NAME, namespace=NAME, source=NAME, licence=LICENCE)
    rows = airportsdata.load("ICAO").items()
    return collector.each(rows, partial(_add, collector))


def _add(to: Collector, airport: Mapping[str, Any]) -> None:
    landmark = to.landmark(
        airport["name"],
        airport["icao"],
        aliases=[airport["iata"], airport["icao"]],
        category="airport",
        geometry=to.point(float(airport["lon"]), float(airport["lat"])),
    )
    for field, variable in _FACTS.items():
        to.fact(landmark, variable, airport[field], measured=False)
    # An unknown code stays a code alone: no name is made up for it.
    country = _countries().get(airport["country"])
    if country:
        to.fact(landmark, "country", country, measured=False)
    feet = float(airport["elevation"])
    value = f"{feet:g}" if feet.is_integer() else f"{feet}"
    to.fact(landmark, "elevation", f"{value} ft", number=feet, unit="ft")


@cache
def _countries() -> dict[str, str]:
    """English short names by ISO 3166-1 alpha-2 code."""
    path = Path(__file__).with_name("countries.json")
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names
