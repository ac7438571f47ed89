"""What an encoder knows, and how sure it is of what it does not, by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rsrag
from rsrag.commands import main
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import CheckpointError, QueryError
from rsrag.rag.looking import home as home_module, oddities
from rsrag.rag.looking.home import (
    NEAR,
    SAMPLE,
    WARMER,
    Home,
    home_of,
    home_path,
    make_home,
    save_home,
    temperature_for,
)
from rsrag.rag.looking.looks import Looks
from rsrag.rag.looking.scene import CLIP_TEMPERATURE
from rsrag.types import EncoderIdentity
from rsrag.vectors import unit_rows


class Blind:
    """An encoder of which only the identity is asked."""

    identity = EncoderIdentity("blind", "0" * 64, "none", 3)


def around(direction, count, spread, seed=0):
    rng = np.random.default_rng(seed)
    noise = spread * rng.normal(size=(count, 3))
    return unit_rows((np.array(direction) + noise).astype(np.float32))


def test_nearness_by_hand():
    home = Home(np.eye(3, dtype=np.float32)[:2], 0.9, 0.05)
    rows = unit_rows(np.array([[3, 4, 0], [0, 3, 4], [0, 0, 1]], np.float32))
    assert home.nearness(rows) == pytest.approx(0.6)
    assert not home.knows(rows)
    assert home.temperature_for(rows) == pytest.approx(WARMER * 0.05)
    assert home.temperature_for(rows[:1]) == pytest.approx(WARMER * 0.05)
    near = np.array([[NEAR * 0.9 + 1e-3, 0, 0]], np.float32)
    assert home.temperature_for(near) == pytest.approx(0.05)


def test_a_large_collection_is_judged_by_a_sample():
    home = Home(np.eye(3, dtype=np.float32)[:1], 1.0, 0.05)
    rows = np.tile(np.array([[1, 0, 0]], np.float32), (10 * SAMPLE, 1))
    rows[np.arange(len(rows)) % 10 != 0] = (0, 1, 0)
    assert home.nearness(rows) == 1.0


def test_what_is_made_tells_its_kind_from_another():
    known = np.concatenate(
        [around((1, 0, 0), 200, 0.05), around((0, 1, 0), 200, 0.05, seed=1)]
    )
    home = make_home(known, around((1, 0, 0), 80, 0.05, seed=2), 0.07)
    assert home.centres.shape[1] == 3
    assert home.knows(around((0, 1, 0), 50, 0.05, seed=3))
    assert not home.knows(around((0, 0, 1), 50, 0.05, seed=4))
    with pytest.raises(QueryError, match="39 and 80 pictures are too few"):
        make_home(known[:39], known[:80], 0.07)


@pytest.fixture
def blind_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    home = make_home(
        around((1, 0, 0), 100, 0.1), around((1, 0, 0), 100, 0.1, seed=1), 0.07
    )
    path = home_path(Blind.identity)
    assert path.is_relative_to(tmp_path)
    save_home(home, path)
    return home, path


def test_a_home_comes_back_as_it_was_saved(blind_home):
    home, _ = blind_home
    again = home_of(Blind())
    np.testing.assert_allclose(again.centres, home.centres, atol=1e-6)
    assert (again.median, again.temperature) == (home.median, home.temperature)


def test_the_temperature_goes_by_the_collection(blind_home):
    here, there = around((1, 0, 0), 20, 0.1), around((0, 1, 0), 20, 0.1)
    assert temperature_for(Blind(), here) == 0.07
    assert temperature_for(Blind(), there) == pytest.approx(0.14)
    looks = Looks(Blind())
    assert looks.temperature(here[:1]) == 0.07
    assert looks.temperature(there[:1]) == pytest.approx(0.14)


def test_nobody_measured_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert home_of(Blind()) is None
    assert temperature_for(Blind(), around((1, 0, 0), 5, 0.1)) == CLIP_TEMPERATURE
    assert Looks(Blind()).temperature(around((1, 0, 0), 1, 0.1)) == CLIP_TEMPERATURE


def test_mini_knows_what_ships_with_it():
    """Of these weights and no others; of the Earth it knows more than of noise."""
    mini = MiniEncoder()
    home = home_of(mini)
    assert home is not None
    assert home.centres.shape == (256, mini.identity.dim)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (6, 64, 64, 3), dtype=np.uint8)
    assert not home.knows(mini.encode_images(list(noise)))
    earth = Path(rsrag.__file__).parent / "rendering" / "hits" / "earth.jpg"
    with Image.open(earth) as picture:
        whole = np.asarray(picture.convert("RGB"))
    chips = [whole[y : y + 64, x : x + 64] for y in (40, 200) for x in (100, 300, 500)]
    assert home.knows(mini.encode_images(chips))


def test_a_damaged_home_is_named(blind_home):
    home, path = blind_home
    save_home(Home(home.centres[:, :2], 0.9, 0.07), path)
    with pytest.raises(CheckpointError, match="not centres of 3"):
        home_of(Blind())
    from safetensors.numpy import save_file

    save_file({"centres": home.centres.astype(np.float16)}, path, metadata={})
    with pytest.raises(CheckpointError, match="median") as caught:
        home_of(Blind())
    assert "rsrag models calibrate blind" in caught.value.hint


def test_calibrate_as_a_person_types_it(monkeypatch, tmp_path, capsys):
    """Forty pictures a half of two colours, and labels of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(home_module, "CENTRES", 8)
    monkeypatch.setattr(oddities, "DRAWN", 4)
    folder, lines = tmp_path / "pictures", ["filename,label"]
    folder.mkdir()
    for number in range(80):
        colour = [(30, 60, 130), (200, 190, 150)][number % 2]
        rng = np.random.default_rng(number)
        pixels = np.clip(colour + rng.integers(-30, 30, (40, 40, 3)), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
        lines.append(f"{number}.png,{'sea' if number % 2 == 0 else 'sand'}")
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(lines) + "\n")
    words = ["models", "calibrate", "mini", "--images", str(folder)]
    monkeypatch.setattr(
        home_module, "home_path", lambda identity: tmp_path / "mini.safetensors"
    )
    assert main([*words, "--labels", str(labels)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{tmp_path / 'mini.safetensors'}\n80 pictures, nearness 0.")
    assert "(was " in out
    for path in sorted(folder.iterdir())[10:]:
        path.unlink()
    assert main(words) == 1
    assert "too few" in capsys.readouterr().err
