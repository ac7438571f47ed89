"""Places as Wikipedia and people write them."""

import pytest
from hypothesis import given, strategies as st

from rsrag.knowledge.coordinates import parse_place

LONS = st.floats(-180, 180)
LATS = st.floats(-90, 90)


def dms(value: float, sides: str) -> str:
    """Degrees, minutes and seconds with six decimals: 30 micrometres."""
    micro = round(abs(value) * 3_600_000_000)
    minutes, rest = divmod(micro, 60_000_000)
    degrees, minutes = divmod(minutes, 60)
    side = sides[1] if value < 0 else sides[0]
    return f"{degrees}°{minutes:02d}′{rest / 1e6:09.6f}″{side}"


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("40°11′27″N 29°02′46″E", 29 + 2 / 60 + 46 / 3600, 40 + 11 / 60 + 27 / 3600),
        ("22°15′23.3″S 166°28′54.9″E", 166.481917, -22.256472),
        ("49°18′N 123°08′W", -123.133333, 49.3),
        ("43.94083°N 10.91472°E", 10.91472, 43.94083),
        ("25.9692139°N, 80.240639°W", -80.240639, 25.9692139),
        ("48°58'42\"N 006°14'48\"E", 6.246667, 48.978333),
        ("29°02′46″E 40°11′27″N", 29.046111, 40.190833),
        ("31.78; 35.21", 35.21, 31.78),
        ("-24.58833; 26.15722", 26.15722, -24.58833),
        ("31.78, 35.21", 35.21, 31.78),
        ("Lat: 31.78, Lon: −35.21", -35.21, 31.78),
        ("latitude 12.032 longitude 39.041", 39.041, 12.032),
        ("longitude 39.041 and latitude -12.032", 39.041, -12.032),
        ("lon=39 lat=12", 39.0, 12.0),
        ("43.94083 N 10.91472 E", 10.91472, 43.94083),
        ("N 43.94083 W 10.91472", -10.91472, 43.94083),
        ("The bridge, at 52°05′N 4°18′E, spans the canal.", 4.3, 52.083333),
        (
            "24°35′18″S 26°9′26″E \ufeff / \ufeff 24.58833°S 26.15722°E \ufeff / "
            "\ufeff -24.58833; 26.15722",
            26.15722,
            -24.58833,
        ),
    ],
)
def test_places(text: str, lon: float, lat: float) -> None:
    assert parse_place(text) == pytest.approx((lon, lat), abs=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rome, Italy",
        "NY5824",
        "3411 Las Vegas Boulevard S",
        "about 40 miles (64 km) southwest of Baku",
        "20, 30",
        "1,642 m",
        "95°00′N 10°00′E",
        "45.5; 190.5",
        "latitude 95 longitude 39",
        "latitude 12 latitude 39",
        "40°71′27″N 29°02′46″E",
        "40°11′27″N 29°02′46″N",
        "40°11′27″N",
        "40°11′27″N 29°02′46″E / 12.0; 13.0",
        "40°11′N 29°02′E and 50°11′N 29°02′E",
        "nan; nan",
        "1e400; 2.0",
        "°" * 5000,
        "1°" * 20_000,
    ],
)
def test_no_places(text: str) -> None:
    assert parse_place(text) is None


@given(LONS, LATS)
def test_sexagesimal_comes_back(lon: float, lat: float) -> None:
    text = f"{dms(lat, 'NS')} {dms(lon, 'EW')}"
    assert parse_place(text) == pytest.approx((lon, lat), abs=1e-9)


@given(LONS, LATS)
def test_decimals_come_back(lon: float, lat: float) -> None:
    lon, lat = round(lon, 6), round(lat, 6)
    assert parse_place(f"{lat:.6f}; {lon:.6f}") == (lon, lat)
    ns, ew = "S" if lat < 0 else "N", "W" if lon < 0 else "E"
    lettered = f"{abs(lat):.6f}°{ns} {abs(lon):.6f}°{ew}"
    assert parse_place(lettered) == (lon, lat)
    assert parse_place(f"{lettered} / {lat:.6f}; {lon:.6f}") == (lon, lat)


@given(st.text("0123456789°′″'\"NSEW.,;/- +", max_size=60))
def test_whatever_is_typed_lies_on_the_earth(text: str) -> None:
    place = parse_place(text)
    assert place is None or (abs(place[0]) <= 180 and abs(place[1]) <= 90)
