"""Satellites by the names that people and catalogues have for them."""

import pytest

from rsrag.imagery.metadata.satellite_names import named_satellites

THERE = [
    *(
        "Sentinel-2A",
        "Sentinel-2B",
        "sentinel-1a",
        "Landsat 8",
        "LANDSAT_9",
        "landsat-5",
    ),
    *(
        "WorldView-3",
        "GF-2",
        "Pléiades 1A",
        "DJI FC6310",
        "oli tirs",
        "S2A",
        "Landsat 18",
    ),
    *("Terra", "PlanetScope", "高分"),
]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("S2A", {"Sentinel-2A", "S2A"}),
        ("sentinel-2a", {"Sentinel-2A", "S2A"}),
        ("SENTINEL 2B", {"Sentinel-2B"}),
        ("sentinel-2", {"Sentinel-2A", "Sentinel-2B", "S2A"}),
        ("Sentinel", {"Sentinel-2A", "Sentinel-2B", "S2A", "sentinel-1a"}),
        ("s1", {"sentinel-1a"}),
        ("landsat-8", {"Landsat 8"}),
        ("LANDSAT_8", {"Landsat 8"}),
        ("L8", {"Landsat 8"}),
        ("LC08", {"Landsat 8"}),
        ("LT05", {"landsat-5"}),
        ("Landsat 1", set()),
        ("landsat", {"Landsat 8", "LANDSAT_9", "landsat-5", "Landsat 18"}),
        ("WV03", {"WorldView-3"}),
        ("worldview3", {"WorldView-3"}),
        ("gaofen-2", {"GF-2"}),
        ("PHR1A", {"Pléiades 1A"}),
        ("pleiades-1a", {"Pléiades 1A"}),
        ("FC6310", {"DJI FC6310"}),
        ("OLI", {"oli tirs"}),
        ("高分", {"高分"}),
        ("S2C", set()),
        ("l", set()),
        ("-", set()),
        ("", set()),
    ],
)
def test_satellites_by_any_name(word, meant) -> None:
    assert named_satellites(word, THERE) == meant
    if meant:
        assert named_satellites(word.upper(), THERE) == meant
