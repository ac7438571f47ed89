"""Numbers with units, and all that only looks like one."""

import pytest
from hypothesis import given, strategies as st

from rsrag.knowledge.values import parse_value


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("1,642 m", 1642, "m"),
        ("107.73mm", 107.73, "mm"),
        ("0.0°C", 0, "°C"),
        ("-0.19", -0.19, None),
        ("−29.4 °C", -29.4, "°C"),
        ("100861.31Pa", 100861.31, "Pa"),
        ("-2.51m/s", -2.51, "m/s"),
        ("10.5 km³", 10.5, "km3"),
        ("8,849 metres", 8849, "m"),
        ("31,722 sq km", 31722, "km2"),
        ("1 642 m", 1642, "m"),
        ("1.234.567", 1_234_567, None),
        ("1’234’567 km2", 1_234_567, "km2"),
        ("1'234.5 m", 1234.5, "m"),
        ("43 m (141 ft)", 43, "m"),
        ("about 1,600 m", 1600, "m"),
        ("19.5 million people", 19_500_000, "people"),
        ("1.2 billion", 1_200_000_000, None),
        ("12 percent", 12, "%"),
        ("1.5e+16", 1.5e16, None),
        ("0", 0, None),
    ],
)
def test_measurements(text: str, number: float, unit: str | None) -> None:
    assert parse_value(text) == (number, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nile",
        "1783-1789",
        "1783–1789",
        "29 May 1953",
        "1960s",
        "6th century",
        "761 CE",
        "600 East Fremont Street, Las Vegas",
        "3 kilometres north of Santo António",
        "12,34 m",
        "1,2345 m",
        "1.234.56",
        "1'2345",
        "1E5",
        "50.0N",
        "10 and 12",
        "m",
        "nan",
        "inf",
        "1" * 100,
        "9" * 70 + "e+300",
    ],
)
def test_no_measurements(text: str) -> None:
    assert parse_value(text) == (None, None)


@given(st.floats(-1e9, 1e9), st.sampled_from(["m", "km2", "°C", "Pa", ""]))
def test_what_python_prints_is_read_back(number: float, unit: str) -> None:
    assert parse_value(f"{number!r} {unit}") == (number, unit or None)


@given(st.integers(-(10**12), 10**12))
def test_grouped_thousands_are_read_back(number: int) -> None:
    assert parse_value(f"{number:,}") == (number, None)


@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    number, unit = parse_value(text)
    assert number is not None or unit is None
