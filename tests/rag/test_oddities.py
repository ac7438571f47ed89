"""Pictures of nothing that an encoder knows: drawn, told from others, not named."""

import json

import numpy as np
import pytest
from PIL import Image
from scripted_words import Scripted
from seeing import Colours, hit, picture

from rsrag.commands import main
from rsrag.rag.looking import looks
from rsrag.rag.looking.captioning import CaptionRequest, CaptionTools, caption
from rsrag.rag.looking.classification import classify
from rsrag.rag.looking.home import Home, home_of, home_path, make_home, save_home
from rsrag.rag.looking.looks import Looks
from rsrag.rag.looking.oddities import ODD, odd_plane, oddities
from rsrag.rag.looking.scene import LEFT, humbled, zero_shot
from rsrag.vectors import unit_rows

UP = np.float32([[0, 1, 0]])


def near(direction, count, seed=0):
    noise = 0.1 * np.random.default_rng(seed).normal(size=(count, 3))
    return unit_rows(np.asarray(direction) + noise)


def mars(number, side=200):
    """Bowls with a bright and a dark rim on rusty ground, as a hand paints them."""
    rng = np.random.default_rng(number)
    down, across = np.mgrid[:side, :side]
    light = np.ones((side, side)) + rng.normal(0, 0.03, (side, side))
    for _ in range(25):
        radius, y, x = rng.uniform(5, 30), *rng.uniform(0, side, 2)
        away = np.hypot(down - y, across - x) / radius
        slope = ((across - x) + (down - y)) / (1.5 * radius)
        light += np.where(away < 1, 0.5 * slope * away, 0)
        light += np.where((away >= 1) & (away < 1.25), -0.35 * slope, 0)
    levels = np.array((190, 110, 75)) * light[..., None]
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def test_drawings_are_the_same_each_time_and_unlike_each_other():
    first, again = oddities(3), oddities(2)
    assert list(first) == ["craters", "noise", "clouds", "waves", "shapes"]
    seen = set()
    for name, drawn in first.items():
        assert [one.shape for one in drawn] == [(160, 160, 3)] * 3
        for one, other in zip(drawn, again[name], strict=False):
            np.testing.assert_array_equal(one, other)
        seen |= {one.tobytes() for one in drawn}
        assert min(one.std() for one in drawn) > 1
    assert len(seen) == 15
    assert not np.array_equal(first["noise"][0], oddities(1, seed=1)["noise"][0])


def test_the_plane_lies_between_and_lets_few_plain_ones_pass():
    known, drawn = near((1, 0, 0), 300), [near((0, 1, 0), 9), near((0, 0, 1), 90, 1)]
    plain = [near((1, 0, 0), 1000, 2), near((1, 0.3, 0), 100, 3)]
    plane = odd_plane(known, plain, drawn)
    assert plane.dtype == np.float32 and plane.shape == (4,)
    home = Home(known[:3], 0.9, 0.05, plane)
    for one in drawn:
        assert home.odd(one).mean() > 0.95
    shares = [home.odd(one).mean() for one in plain]
    assert 0 < np.mean(shares) <= ODD
    # The small source counts as much as the large one.
    assert home.odd(np.concatenate(plain)).mean() < np.mean(shares)
    assert not Home(known[:3], 0.9, 0.05).odd(drawn[0]).any()


def test_an_odd_picture_keeps_little_probability():
    shares = np.array([[0.9, 0.05], [0.9, 0.05]])
    odd = np.array([True, False])
    left = humbled(shares, odd, closed=False)
    np.testing.assert_allclose(left, [[0.9 * LEFT, 0.05 * LEFT], [0.9, 0.05]])
    even = humbled(np.array([[0.8, 0.2]]), odd[:1], closed=True)
    np.testing.assert_allclose(even, [[0.45 + 0.08, 0.45 + 0.02]])
    (best, _) = zero_shot(UP, ["a", "b"], np.eye(3)[:2], 0.05, odd=True)
    assert best.label == "b" and best.probability == pytest.approx(0.55)


def test_only_chips_that_are_nearly_the_same_label_an_odd_picture():
    scores = zero_shot(UP, ["sand", "sea"], np.eye(3)[:2], 0.05, UP, odd=True)
    like, same = (hit(1, score, label="sand") for score in (0.85, 0.95))
    one = classify("a.png", scores, hits=[like], odd=True)
    assert one.said == "none of these" and not one.evidence and one.odd
    assert classify("a.png", scores, hits=[like]).label == "sand"
    assert classify("a.png", scores, hits=[same], odd=True).evidence


@pytest.fixture
def sea_is_odd(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    scenes = ("sand", "snow", "sea", *(f"scene {number}" for number in range(9)))
    monkeypatch.setattr(looks, "scene_labels", lambda: scenes)
    monkeypatch.setattr(looks, "attributes", lambda: ())
    encoder = Colours()
    plane = np.float32([0, 0, 1, 0, -0.9])
    home = Home(np.eye(4, dtype=np.float32)[:1], 0.9, 0.05, plane)
    save_home(home, home_path(encoder.identity))
    again = home_of(encoder)
    np.testing.assert_array_equal(again.plane, plane)
    return encoder


def test_a_caption_says_so_and_nothing_else(sea_is_odd):
    hits = [hit(1, 0.8, captions=["a blue sea"])]
    words = Scripted("It is a sea.")
    tools = CaptionTools(Looks(sea_is_odd), lambda vector, exclude: hits, None, words)
    answer = caption(CaptionRequest("a.png", picture(0, 0, 200)), tools)
    assert answer.refused and answer.value is None
    assert "the picture is like nothing that colours was trained on" in answer.text
    known = caption(CaptionRequest("a.png", picture(200, 0, 0)), tools)
    assert "like nothing" not in known.text


def test_mini_tells_other_planets_from_earth(tmp_path, capfd):
    """Craters that are painted in another way than those that the plane is from."""
    for number in range(8):
        mars(number).save(tmp_path / f"{number}.png")
    paths = [str(path) for path in sorted(tmp_path.glob("*.png"))]
    assert main(["classify", *paths, "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert [one["odd"] for one in told].count(True) >= 6
    for one in told:
        assert one["probability"] <= LEFT or not one["odd"]
    odd = next(path for path, one in zip(paths, told, strict=True) if one["odd"])
    assert main(["classify", odd]) == 0
    out = capfd.readouterr().out
    assert out.startswith(f"{odd}: none of these (likeliest: ")
    assert "It is like nothing that the encoder was trained on." in out
    assert main(["classify", odd, "--closed"]) == 0
    assert ": unsure (likeliest: " in capfd.readouterr().out
    assert main(["caption", odd]) == 0
    assert "like nothing that mini was trained on" in capfd.readouterr().out
    words = ["index", "build", str(tmp_path), "--name", "mars", "--indexes"]
    assert main([*words, str(tmp_path / "i")]) == 0
    words = ["classify", "--index", "mars", "--indexes", str(tmp_path / "i")]
    assert main(words) == 0
    err = capfd.readouterr().err
    assert "of 8 are like nothing that mini was trained on" in err


def test_a_home_without_drawings_calls_nothing_odd():
    rows = near((1, 0, 0), 90)
    home = make_home(rows[:45], rows[45:], 0.05)
    assert home.plane is None
    assert "like nothing" not in home.doubts(near((0, 1, 0), 20), "mini")
    home = make_home(rows[:45], rows[45:], 0.05, [near((0, 1, 0), 20, 1)])
    assert home.doubts(near((0, 1, 0), 20, 2), "mini").startswith("20 of 20 are like n")
