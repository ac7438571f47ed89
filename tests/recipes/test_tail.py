"""The trunk's last blocks: trained as what they are run as."""

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from recipes.mini.features import FeatureSet, Frozen
from recipes.mini.heads_file import save_heads
from recipes.mini.lite0 import TAIL_FROM, imagenet, imagenet_tail
from recipes.mini.recipe import Recipe
from recipes.mini.tail import TrainableTail, _taps
from recipes.mini.train import train
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.encoders.mini.mini_trunk import FRONT, Trunk
from rsrag.errors import CheckpointError

FULL = torch.float32
SMALL = Recipe(
    dim=8,
    image_hidden=8,
    text_hidden=8,
    epochs=3,
    tail_epochs=4,
    batch_size=6,
    tail_learning_rate=1e-4,
)


@pytest.fixture(scope="module")
def trunk():
    return Trunk(imagenet_tail())


@pytest.fixture(scope="module")
def blocks():
    return imagenet()[1][TAIL_FROM:]


def pictures(count, side, seed=0):
    shape = (count, side, side, 3)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def silent(words):
    pass


@pytest.mark.parametrize("side", [64, 80, 160])
def test_it_computes_what_the_trunk_does(trunk, blocks, side, tmp_path):
    frozen = Frozen(side=side, seed=0, threads=1, report=silent, maps=tmp_path)
    features, (maps,) = frozen.see("some", [lambda p=p: p for p in pictures(3, side)])
    np.testing.assert_allclose(features, trunk.features(pictures(3, side)), atol=1e-4)
    assert maps.shape == (3, (side // 16) ** 2, 112)
    tail = TrainableTail(blocks, maps.shape[1], FULL)
    with torch.no_grad():
        mine = tail(torch.from_numpy(maps)).numpy()
    np.testing.assert_allclose(mine, features[:, FRONT:], atol=2e-3, rtol=2e-3)


def test_taps_by_hand():
    """A row of three places, kernel 3: what is left of the first does not exist."""
    taps = _taps(3, 1, 3).view(3, 3, 3, 3)
    assert taps[1, :, 1, 1].tolist() == [3, 4, 5]
    assert taps[1, :, 1, 0].tolist() == [4, 5, 9]
    # Stride 2 over four places: SAME pads the far side only.
    taps = _taps(3, 2, 4).view(4, 4, 2, 2)
    assert taps[0, :, 0, 0].tolist() == [0, 1, 2, 9]
    assert taps[2, :, 1, 1].tolist() == [9, 9, 0, 1]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("maps")
    frozen = Frozen(side=64, seed=0, threads=1, report=silent, maps=scratch)
    views, maps = frozen.see("twelve", [lambda p=p: p for p in pictures(12, 64)])
    texts = np.random.default_rng(1).normal(size=(12, 384)).astype(np.float32)
    return FeatureSet(views[None], texts, [[i] for i in range(12)], np.arange(12), maps)


def tail_of(data, blocks):
    return TrainableTail(blocks, data.maps[0].shape[1], FULL)


@pytest.mark.slow
def test_it_is_trained_written_and_run(data, blocks, tmp_path):
    trained = train(data, SMALL, silent, tail=tail_of(data, blocks))
    again = train(data, SMALL, silent, tail=tail_of(data, blocks))
    assert trained.losses == again.losses
    assert len(trained.losses) == 3 + 4
    # The temperature begins anew with the tail: its own first epoch is the measure.
    assert trained.losses[-1] < trained.losses[3]
    before = tail_of(data, blocks).tensors()
    after = trained.towers.image.tail.tensors()
    moved = [
        np.abs(new[0] - old[0]).max() for new, old in zip(after, before, strict=True)
    ]
    assert min(moved) > 0
    out = tmp_path / "mine.safetensors"
    save_heads(out, trained.towers, SMALL, 64, {})
    encoder = MiniEncoder(out)
    with torch.no_grad():
        views, maps = torch.from_numpy(data.views[0]), torch.from_numpy(data.maps[0])
        wanted = trained.towers.image(views, maps).numpy()
    right = (wanted * encoder.encode_prepared(pictures(12, 64))).sum(axis=1)
    assert right.min() > 0.999
    # It does use the tail.
    tensors = load_file(out)
    for number, parts in enumerate(imagenet_tail()):
        for name, part in zip(("weight", "bias"), parts, strict=True):
            tensors[f"tail.{number}.{name}"] = part.astype(np.float16)
    save_file(tensors, out, metadata=dict(encoder._heads.metadata))
    without = MiniEncoder(out).encode_prepared(pictures(12, 64))
    assert right.mean() > (wanted * without).sum(axis=1).mean()


def test_no_epochs_of_the_tail(data, blocks, tmp_path):
    recipe = Recipe(dim=8, image_hidden=8, text_hidden=8, epochs=2, tail_epochs=0)
    trained = train(data, recipe, silent, tail=tail_of(data, blocks))
    assert trained.towers.image.tail is None
    assert len(trained.losses) == 2
    # What is written runs all the same, with the blocks as they were.
    out = tmp_path / "mine.safetensors"
    save_heads(out, trained.towers, recipe, 64, {})
    with torch.no_grad():
        wanted = trained.towers.image(torch.from_numpy(data.views[0])).numpy()
    mine = MiniEncoder(out).encode_prepared(pictures(12, 64))
    assert (wanted * mine).sum(axis=1).min() > 0.999


@pytest.mark.parametrize("spoil", ["weight", "one less", "shape"])
def test_it_loads_loudly(data, blocks, tmp_path, spoil):
    recipe = Recipe(dim=8, image_hidden=8, text_hidden=8, epochs=1, tail_epochs=1)
    out = tmp_path / "mine.safetensors"
    trained = train(data, recipe, silent, tail=tail_of(data, blocks))
    save_heads(out, trained.towers, recipe, 64, {})
    tensors = load_file(out)
    count = sum(len(steps) for steps, _ in blocks)
    assert len(blocks) == 17 - TAIL_FROM
    if spoil == "weight":
        del tensors["tail.3.weight"]
    elif spoil == "one less":
        del tensors[f"tail.{count - 1}.weight"], tensors[f"tail.{count - 1}.bias"]
    else:
        tensors["tail.0.bias"] = tensors["tail.0.bias"][:-1]
    save_file(tensors, out, metadata={"side": "64"})
    with pytest.raises(CheckpointError, match="tail"):
        MiniEncoder(out).encode_prepared(pictures(1, 64))
