import json
from pathlib import Path

import pytest
import shapely
from hypothesis import given, strategies as st

from rsrag.errors import GeometryError, KnowledgeError
from rsrag.knowledge import gazetteer
from rsrag.knowledge.gazetteer import Gazetteer
from rsrag.types import BBox

REGIONS = Path(gazetteer.__file__).with_name("regions.geojson")
FEATURES = json.loads(REGIONS.read_text(encoding="utf-8"))["features"]

# Cities and landmarks with coordinates anyone can look up: (lon, lat), name.
POINTS = [
    ((5.5, 23.0), "Ahaggar Mountains, Algeria"),
    ((0.0, 25.0), "Sahara, Algeria"),
    ((13.0, 27.0), "Sahara, Libya"),
    ((31.24, 30.04), "Nile Delta, Egypt"),
    ((-3.0, 16.77), "Sahel, Mali"),
    ((-8.0, 31.63), "Atlas Mountains, Morocco"),
    ((13.19, 32.88), "Libya"),
    ((-0.19, 5.6), "Ghana"),
    ((3.4, 6.5), "Nigeria"),
    ((36.82, -1.29), "Kenya"),
    ((38.75, 9.03), "Ethiopian Highlands"),
    ((47.52, -18.9), "Madagascar"),
    ((15.0, -24.0), "Namib, Namibia"),
    ((23.4, -19.98), "Okavango Delta, Botswana"),
    ((50.0, 20.5), "Rub al Khali, Saudi Arabia"),
    ((46.7, 24.7), "Arabian Desert, Saudi Arabia"),
    ((44.2, 15.35), "Yemen Highlands"),
    ((44.4, 33.3), "Mesopotamia, Iraq"),
    ((69.2, 34.53), "Hindu Kush, Afghanistan"),
    ((71.0, 27.0), "Thar Desert, India"),
    ((77.2, 28.6), "Ganges Plain, India"),
    ((72.87, 19.07), "India"),
    ((79.86, 6.93), "Sri Lanka"),
    ((73.51, 4.18), "Maldives"),
    ((86.925, 27.988), "Himalaya, Nepal"),
    ((91.1, 29.65), "Tibetan Plateau, China"),
    ((83.0, 39.0), "Taklamakan, China"),
    ((104.0, 43.0), "Gobi, Mongolia"),
    ((104.07, 30.67), "Sichuan Basin, China"),
    ((121.47, 31.23), "Yangtze Delta, China"),
    ((106.9, 47.92), "Mongolian Steppe"),
    ((139.7, 35.69), "Honshu, Japan"),
    ((126.98, 37.57), "South Korea"),
    ((106.85, -6.2), "Java, Indonesia"),
    ((103.82, 1.35), "Singapore"),
    ((129.7, 62.03), "Siberian Taiga, Russia"),
    ((59.5, 61.0), "Ural Mountains, Russia"),
    ((-174.0, 66.5), "Chukotka, Russia"),
    ((2.35, 48.85), "France"),
    ((11.4, 47.27), "Alps, Austria"),
    ((-0.13, 51.5), "Great Britain, United Kingdom"),
    ((-21.9, 64.13), "Iceland"),
    ((15.6, 78.2), "Svalbard, Norway"),
    ((-51.7, 64.18), "Greenland"),
    ((-38.5, 72.6), "Greenland Ice Sheet"),
    ((106.8, -78.46), "East Antarctic Ice Sheet"),
    ((0.0, -90.0), "East Antarctic Ice Sheet"),
    ((-120.0, -80.0), "West Antarctic Ice Sheet"),
    ((-105.0, 39.74), "Rocky Mountains, United States"),
    ((-80.7, 25.8), "Everglades, Florida"),
    ((-95.37, 29.76), "Texas, United States"),
    ((-149.9, 61.2), "Alaska, United States"),
    ((-157.86, 21.31), "Hawaii, United States"),
    ((-77.35, 25.06), "Bahamas"),
    ((-82.38, 23.11), "Cuba"),
    ((-60.0, -3.1), "Amazon Basin, Brazil"),
    ((-68.15, -16.5), "Altiplano, Bolivia"),
    ((-69.3, -23.5), "Atacama Desert, Chile"),
    ((-58.4, -34.6), "Pampas, Argentina"),
    ((-77.03, -12.05), "Peruvian Coastal Desert"),
    ((137.0, -25.0), "Simpson Desert, Australia"),
    ((151.2, -33.87), "Australia"),
    ((130.84, -12.46), "Australia"),
    ((174.76, -36.85), "North Island, New Zealand"),
    ((178.44, -18.14), "Fiji"),
    ((-149.57, -17.53), "Society Islands, French Polynesia"),
    ((5.0, 39.0), "Western Mediterranean"),
    ((38.0, 20.0), "Red Sea"),
    ((34.0, 43.0), "Black Sea"),
    ((107.7, 53.3), "Lake Baikal"),
    ((-87.5, 47.7), "Lake Superior"),
    ((88.0, 15.0), "Bay of Bengal"),
    ((155.0, -18.0), "Coral Sea"),
    ((178.0, 58.0), "Bering Sea"),
    ((-177.0, 59.0), "Bering Sea"),
    ((-85.0, 60.0), "Hudson Bay"),
    ((-150.0, 30.0), "North Pacific Ocean"),
    ((-120.0, -30.0), "South Pacific Ocean"),
    ((-15.0, -25.0), "South Atlantic Ocean"),
    ((80.0, -20.0), "Indian Ocean"),
    ((0.0, 88.0), "Arctic Ocean"),
]


@pytest.mark.parametrize(("point", "name"), POINTS, ids=lambda v: str(v))
def test_known_points_have_their_names(point: tuple[float, float], name: str) -> None:
    assert Gazetteer.load().name_of(point) == name


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f["properties"]["name"])
def test_outlines_are_valid_and_on_the_earth(feature: dict) -> None:
    shape = shapely.geometry.shape(feature["geometry"])
    assert shape.is_valid and shape.area > 0
    west, south, east, north = shape.bounds
    assert -180 <= west < east <= 180 and -90 <= south < north <= 90
    assert set(feature["properties"]) == {"name", "kind", "parent"}


def test_names_are_unique_and_the_licence_is_stated() -> None:
    names = [f["properties"]["name"] for f in FEATURES]
    assert len(names) == len(set(names)) == len(Gazetteer.load())
    assert json.loads(REGIONS.read_text())["licence"].startswith("CC0-1.0")


def test_a_box_is_named_by_its_centre_across_the_antimeridian() -> None:
    names = Gazetteer.load()
    assert names.name_of(BBox(176, -20, -177, -14)) == "Fiji"
    assert names.name_of(BBox(-180, -90, 180, -60)) == names.name_of((0, -75))


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_turn_around_the_earth_changes_no_name(lon: float, lat: float) -> None:
    names = Gazetteer.load()
    lon = round(lon, 3)
    assert names.name_of((lon + 360, lat)) == names.name_of((lon, lat))


def square(name: str, side: float, kind: str, parent: str | None = None) -> dict:
    return {
        "type": "Feature",
        "properties": {"name": name, "kind": kind, "parent": parent},
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[0, 0], [side, 0], [side, side], [0, side], [0, 0]]],
        },
    }


def read(tmp_path: Path, *features: dict) -> Gazetteer:
    path = tmp_path / "regions.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return Gazetteer.read(path)


def test_smallest_wins_and_a_country_stands_behind_a_region(tmp_path: Path) -> None:
    names = read(
        tmp_path,
        square("Big Sea", 40, "sea"),
        square("Land", 30, "country"),
        square("Sands", 20, "desert"),
        square("Great Land Reef", 10, "reef", "Land"),
        square("Pond", 5, "lake", "Land"),
    )
    assert names.name_of((35, 35)) == "Big Sea"
    assert names.name_of((25, 25)) == "Land"
    assert names.name_of((15, 15)) == "Sands, Land"
    assert names.name_of((7, 7)) == "Great Land Reef"
    assert names.name_of((2, 2)) == "Pond"
    assert names.name_of((50, 2)) is None


@pytest.mark.parametrize(
    "point", [(0.0, 91.0), (float("nan"), 0.0), (0.0, float("nan"))]
)
def test_a_point_off_the_earth_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(GeometryError, match="no point on the Earth"):
        Gazetteer.load().name_of(point)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"features": [{}]}', '{"features": [{"properties": {}}]}']
)
def test_a_file_that_holds_no_regions_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.geojson"
    path.write_text(text)
    with pytest.raises(KnowledgeError, match="holds no regions"):
        Gazetteer.read(path)
    with pytest.raises(KnowledgeError, match="holds no regions"):
        Gazetteer.read(tmp_path / "missing.geojson")
