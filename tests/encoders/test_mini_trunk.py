"""The picture trunk of ``mini``: what is pooled, what is mapped, what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from rsrag.encoders.mini import mini_trunk
from rsrag.encoders.mini.mini import HEADS, MiniEncoder
from rsrag.encoders.mini.mini_trunk import FEATURES, FRONT, MAPS, PASS, STRIP, Trunk
from rsrag.errors import CheckpointError


@pytest.fixture(scope="module")
def tail():
    return MiniEncoder(HEADS)._heads.tail


@pytest.fixture(scope="module")
def trunk(tail):
    return Trunk(tail)


def pictures(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


@pytest.mark.parametrize("count", [1, PASS, PASS + 1, 5 * PASS + 3])
def test_a_row_is_the_same_in_every_company(trunk, count):
    batch = pictures(count, 64, 64)
    together = trunk.features(batch)
    assert together.shape == (count, FEATURES)
    assert together.dtype == np.float32
    alone = np.concatenate([trunk.features(row[None]) for row in batch])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(trunk.features(batch[::-1])[::-1], together)


@pytest.mark.parametrize("size", [(160, 160), (64, 97), (512, 130)])
def test_maps_are_what_is_pooled(trunk, size):
    batch = pictures(2, *size)
    rows, *maps = trunk.run(batch, ["features", *MAPS])
    colours = (batch.astype(np.float32).transpose(0, 3, 1, 2) - 127) / 128
    wanted = []
    for values in (colours, *maps[:-1]):
        wanted += [values.mean(axis=(2, 3)), values.std(axis=(2, 3))]
    np.testing.assert_allclose(rows[:, :FRONT], np.concatenate(wanted, 1), atol=1e-4)
    np.testing.assert_allclose(rows[:, FRONT:], maps[-1].mean(axis=(2, 3)), atol=1e-4)
    sides = [tuple(-(-side // step) for side in size) for step in (4, 8, 16, 32)]
    assert [values.shape[2:] for values in maps] == sides


def test_a_map_sees_what_the_picture_shows_there(trunk):
    """A larger picture in one pass: where its left half changed, the map did."""
    before = pictures(1, 128, 512)
    after = before.copy()
    after[:, :, :128] = 255 - after[:, :, :128]
    (was,), (now,) = (trunk.run(batch, ["block4"]) for batch in (before, after))
    change = np.abs(now - was).max(axis=(0, 1, 2))
    assert change[:14].min() > 0.1
    assert change[32:].max() == 0


@pytest.mark.parametrize("spoil", ["one less", "one more", "shape"])
def test_a_tail_that_does_not_fit_is_refused(tail, spoil, capfd):
    changed = {
        "one less": tail[:-1],
        "one more": (*tail, tail[-1]),
        "shape": ((tail[0][0], tail[0][1][:-1]), *tail[1:]),
    }
    with pytest.raises(CheckpointError, match="cannot take a tail"):
        Trunk(changed[spoil])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("height", [STRIP + 20, 2 * STRIP + 4, 3 * STRIP])
def test_strips_of_a_large_picture_are_the_whole(trunk, height):
    batch = pictures(1, height, 50)
    (strips,) = trunk.run(batch, ["block2"])
    _, whole = trunk.run(batch, ["features", "block2"])
    assert strips.shape == (1, 24, height // 4, 13)
    np.testing.assert_allclose(strips, whole, atol=1e-5)


def test_nothing_is_run_beyond_what_is_asked(trunk, monkeypatch):
    batch = pictures(1, 64, 64)
    whole = trunk.run(batch, MAPS)
    monkeypatch.setattr(trunk, "_sessions", [*trunk._sessions[:2], None])
    for found, wanted in zip(trunk.run(batch, MAPS[:3]), whole, strict=False):
        np.testing.assert_array_equal(found, wanted)
    monkeypatch.setattr(trunk, "_sessions", [trunk._sessions[0], None, None])
    np.testing.assert_array_equal(trunk.run(batch, ["block2"])[0], whole[0])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_another_file_is_refused(tail, number, tmp_path, monkeypatch):
    part = mini_trunk.PARTS[number]
    content = bytearray(part.path.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = tmp_path / part.path.name
    damaged.write_bytes(content)
    parts = list(mini_trunk.PARTS)
    parts[number] = replace(part, path=damaged)
    monkeypatch.setattr(mini_trunk, "PARTS", tuple(parts))
    with pytest.raises(CheckpointError, match="sha256") as caught:
        Trunk(tail)
    assert "pip install" in caught.value.hint
