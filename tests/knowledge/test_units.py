"""Units: read, compared with their like, converted; never taken for another."""

import math

import pytest
from hypothesis import given, strategies as st

from rsrag.knowledge.importers.detect import import_paths
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.units import (
    Measure,
    comparable,
    convert,
    measure,
    split_column,
    unit_named,
    unit_names,
)


@pytest.mark.parametrize(
    ("number", "unit", "to", "value"),
    [
        (330, "m", "feet", 1082.677),
        (6650, "km", "miles", 4132.119),
        (1200, "acres", "km²", 4.856228),
        (300, "mi2", "km2", 776.996),
        (82_100, "km2", "square miles", 31_699.0),
        (240, "km/h", "mph", 149.129),
        (22.5, "GW", "MW", 22_500),
        (14, "m3/s", "cubic feet per second", 494.405),
        (100, "°C", "°F", 212),
        (-40, "°F", "Celsius", -40),
        (0, "K", "°C", -273.15),
        (29_032, "ft", "metres", 8848.954),
    ],
)
def test_conversions(number, unit, to, value) -> None:
    assert convert(number, unit, to) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    ("unit", "to"),
    [("m", "kg"), ("m", "km2"), (None, "m"), ("furlong", "m"), ("m", "furlong")],
)
def test_what_does_not_convert(unit, to) -> None:
    assert convert(3, unit, to) is None


@given(st.floats(-1e6, 1e6), *[st.sampled_from(sorted(set(unit_names().values())))] * 2)
def test_there_and_back(number, one, other) -> None:
    there = convert(number, one, other)
    if there is None:
        assert measure(1, one).kind != measure(1, other).kind
    else:
        back = convert(there, other, one)
        assert math.isclose(back, number, rel_tol=1e-9, abs_tol=1e-6)


@pytest.mark.parametrize(
    ("way", "name"),
    [("Km2", "km2"), ("MPH", "mph"), ("mw", "MW"), ("m³", "m3"),
     ("Feet", "ft"), ("square kilometers", "km2"), ("cheese", None), ("", None)],
)  # fmt: skip
def test_ways_to_write_a_unit(way, name) -> None:
    found = unit_named(way)
    assert (found and found.name) == name


MIXED = [
    ("1,200 acres", "0.5 km2"), ("300 mi2", "500 km2"), ("9,200 ft", "2.8 km"),
    ("1 nmi", "1.8 km"), ("1.2 ha", "10,000 m2"), ("2 GW", "1,900 MW"),
    ("3 mi", "4.7 km"), ("1 km3", "900 GL"), ("30 m/s", "100 km/h"),
    ("70 mph", "110 km/h"), ("1,100 hPa", "100 kPa"), ("5 t", "4,900 kg"),
    ("50 °F", "9 °C"), ("300 K", "20 °C"), ("1 mi2", "2.5 km2"), ("2 yd", "1.8 m"),
    ("3 days", "70 h"), ("12,000 ft3/s", "330 m3/s"), ("1 TWh", "900 GWh"),
    ("2 %", "15 ‰"),
]  # fmt: skip
"""The first is the larger, though its number is often the smaller."""


@pytest.mark.parametrize(("more", "less"), MIXED)
def test_mixed_units_are_compared_by_what_they_measure(more, less) -> None:
    from rsrag.knowledge.values import parse_value

    large, small = (measure(*parse_value(text)) for text in (more, less))
    assert large.kind == small.kind != ""
    assert large.value > small.value


@pytest.mark.parametrize(
    ("one", "other"),
    [(None, "MW"), ("furlong", "m"), ("m", "m2"), ("people", "seats"), ("", "km")],
)
def test_no_unit_and_unknown_ones_are_never_compared(one, other) -> None:
    kinds = measure(690, one).kind, measure(250, other).kind
    assert kinds[0] != kinds[1]
    same, others = comparable([("a", measure(1, other))] * 2 + [("b", measure(9, one))])
    assert (same, others) == (["a", "a"], ["b"])


def test_an_unknown_unit_compares_with_itself() -> None:
    assert measure(3, "furlong").kind == measure(4, "furlong").kind
    assert measure(3, None) == Measure("", 3)


@pytest.mark.parametrize(
    ("column", "parts"),
    [
        ("height_m", ("height", "m")),
        ("leistung_mw", ("leistung", "MW")),
        ("speed_km_h", ("speed", "km/h")),
        ("length_nautical_miles", ("length", "nmi")),
        ("opened_year", ("opened_year", None)),
        ("number_of_rooms", ("number_of_rooms", None)),
        ("plan_a", ("plan_a", None)),
        ("name_in", ("name_in", None)),
        ("m", ("m", None)),
    ],
)
def test_units_of_columns(column, parts) -> None:
    assert split_column(column) == parts


def test_columns_give_their_unit_to_bare_numbers(tmp_path) -> None:
    path = tmp_path / "plants.csv"
    path.write_text(
        "name,Leistung_MW,height (m),depth,opened,area_m\n"
        "Alpha,690,12,30,1950,see plan\nBeta,250 kW,40 ft,31,1960,n/a\n"
    )
    options = ImportOptions(units={"depth": "m"}, source="s", licence="l")
    facts = import_paths([path], options).records.facts
    assert {(f.variable, f.value, f.number, f.unit) for f in facts} == {
        ("installed_capacity", "690 MW", 690, "MW"),
        ("installed_capacity", "250 kW", 250, "kW"),
        ("height", "12 m", 12, "m"),
        ("height", "40 ft", 40, "ft"),
        ("depth", "30 m", 30, "m"),
        ("depth", "31 m", 31, "m"),
        ("opened", "1950", 1950, None),
        ("opened", "1960", 1960, None),
        ("area", "see plan", None, None),
        ("area", "n/a", None, None),
    }


def test_a_mapped_column_keeps_its_unit(tmp_path) -> None:
    path = tmp_path / "plants.csv"
    path.write_text("name,leistung_mw,hoch\nAlpha,690,12\n")
    options = ImportOptions(
        columns={"capacity": "leistung_mw", "height": "hoch"},
        units={"hoch": "ft"},
        source="s",
        licence="l",
    )
    facts = import_paths([path], options).records.facts
    assert {(f.variable, f.value) for f in facts} == {
        ("capacity", "690 MW"),
        ("height", "12 ft"),
    }
