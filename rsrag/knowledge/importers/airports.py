"""The airports of the package ``airportsdata`` (MIT licence)."""

from collections.abc import Mapping
from typing import Any

from rsrag.knowledge.collection import Records
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.packages import packaged_json
from rsrag.types import Skip

NAME = "airportsdata"
LICENCE = "MIT"

_FACTS = {
    "iata": "iata",
    "icao": "icao",
    "city": "city",
    "subd": "subdivision",
    "country": "country_code",
    "tz": "time_zone",
}


def read_airports(options: ImportOptions) -> tuple[Records, list[Skip]]:
    """Read all airports of the installed package."""
    import airportsdata

    collector = Collector(options, NAME, namespace=NAME, source=NAME, licence=LICENCE)
    for code, airport in airportsdata.load("ICAO").items():
        with collector.attempt(code):
            _add(collector, code, airport)
    return collector.records(), collector.skipped


def _add(to: Collector, code: str, airport: Mapping[str, Any]) -> None:
    landmark = to.landmark(
        airport["name"],
        code,
        aliases=[airport["iata"], airport["icao"]],
        category="airport",
        geometry=to.point(float(airport["lon"]), float(airport["lat"])),
    )
    for field, variable in _FACTS.items():
        to.fact(landmark, variable, airport[field], measured=False)
    # An unknown code stays a code alone: no name is made up for it.
    country = packaged_json("knowledge/importers/countries.json").get(
        airport["country"]
    )
    if country:
        to.fact(landmark, "country", country, measured=False)
    feet = float(airport["elevation"])
    value = f"{feet:g}" if feet.is_integer() else f"{feet}"
    to.fact(landmark, "elevation", f"{value} ft", number=feet, unit="ft")
