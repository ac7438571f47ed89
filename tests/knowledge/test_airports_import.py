"""The airports of the package, all of them, once."""

from pathlib import Path

import airportsdata
import pytest

from rsrag.knowledge.importers.detect import import_paths
from rsrag.knowledge.importers.import_options import ImportOptions


@pytest.fixture(scope="module")
def result():
    return import_paths([Path("airportsdata")], ImportOptions())


def test_all_airports(result) -> None:
    rows = airportsdata.load("ICAO")
    assert len(result.records.landmarks) == len(rows) >= 28_000
    assert result.skipped == ()
    ids = [record.id for group in result.records.groups for record in group]
    assert len(set(ids)) == len(ids)
    assert {f.licence for f in result.records.facts} == {"MIT"}


def test_one_airport(result) -> None:
    (heathrow,) = [one for one in result.records.landmarks if "LHR" in one.aliases]
    assert heathrow.name == "London Heathrow Airport"
    assert (heathrow.category, heathrow.aliases) == ("airport", ("LHR", "EGLL"))
    assert heathrow.bbox == pytest.approx((-0.4619, 51.4706) * 2, abs=0.01)
    facts = {
        f.variable: f for f in result.records.facts if f.landmark_id == heathrow.id
    }
    assert facts["elevation"].value == "83 ft"
    assert (facts["elevation"].number, facts["elevation"].unit) == (83, "ft")
    assert facts["time_zone"].value == "Europe/London"
    assert facts["country"].value == "United Kingdom"
    assert facts["country_code"].value == "GB"


def test_codes_are_no_numbers(result) -> None:
    codes = [f for f in result.records.facts if f.variable in ("icao", "iata", "city")]
    assert all(f.number is None for f in codes)


def test_gaps_for_places_are_skipped_and_said(monkeypatch) -> None:
    row = {
        "icao": "XXXX",
        "iata": "",
        "name": "Nowhere",
        "city": "",
        "subd": "",
        "country": "XX",
        "elevation": 0.0,
        "lat": 0.0,
        "lon": 0.0,
        "tz": "UTC",
    }
    good = {**row, "icao": "YYYY", "lat": 1.0}
    monkeypatch.setattr(airportsdata, "load", lambda _: {"XXXX": row, "YYYY": good})
    result = import_paths([Path("airportsdata")], ImportOptions())
    assert len(result.records.landmarks) == 1
    (skip,) = result.skipped
    assert (skip.source, "0/0 is a gap" in skip.reason) == ("airportsdata, XXXX", True)
