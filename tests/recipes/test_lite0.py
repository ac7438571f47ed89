"""EfficientNet-Lite0 of ImageNet, and the ONNX file that is made of it."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from recipes.mini import lite0
from recipes.mini.lite0 import CHECKPOINT, TAIL_FROM, build, imagenet_tail
from recipes.mini.trunk_onnx import trunk_models
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.encoders.mini.mini_trunk import PARTS, Trunk
from rsrag.errors import CheckpointError


@pytest.fixture(scope="module")
def state():
    return torch.load(CHECKPOINT.verified(), weights_only=True)


@pytest.fixture(scope="module")
def network(state):
    return build(state)


def test_it_loads_loudly(state):
    with pytest.raises(CheckpointError, match=r"_blocks\.3\._bn1\.bias"):
        build({k: v for k, v in state.items() if k != "_blocks.3._bn1.bias"})
    with pytest.raises(CheckpointError, match=r"1 tensors.*surplus"):
        build(state | {"surplus": torch.zeros(1)})
    with pytest.raises(CheckpointError, match="expected"):
        build(state | {"_bn1.weight": torch.zeros(3)})


def test_another_checkpoint_is_refused(tmp_path, monkeypatch):
    (tmp_path / "bad.pth").write_bytes(b"not a checkpoint")
    monkeypatch.setattr(type(CHECKPOINT), "locate", lambda self: tmp_path / "bad.pth")
    with pytest.raises(CheckpointError, match=r"bad\.pth"):
        lite0.imagenet()


def test_folded_convolution_is_batch_norm_after_convolution(state, network):
    """By hand, unfolded: the stem with the padding TensorFlow would give it."""
    x = torch.randn(2, 3, 10, 10, generator=torch.Generator().manual_seed(0))
    plain = F.conv2d(F.pad(x, (0, 1, 0, 1)), state["_conv_stem.weight"], stride=2)
    parts = [
        state[f"_bn0.{name}"]
        for name in ("running_mean", "running_var", "weight", "bias")
    ]
    expected = F.relu6(F.batch_norm(plain, *parts, eps=1e-3))
    torch.testing.assert_close(network[0](x), expected, atol=1e-4, rtol=1e-4)


def in_torch(network, tail, batch):
    """Features of pictures, every step a plain one of torch."""
    stem, blocks = network
    x = (torch.from_numpy(batch).permute(0, 3, 1, 2).float() - 127) / 128
    weights = iter(tail)

    def pooled(x):
        return [x.mean(dim=(2, 3)), x.std(dim=(2, 3), correction=0)]

    rows, x = pooled(x), stem(x)
    for number, block in enumerate(blocks):
        if number >= TAIL_FROM:
            steps = [
                step._replace(
                    **{
                        name: torch.from_numpy(np.array(tensor)).float()
                        for name, tensor in zip(
                            ("weight", "bias"), next(weights), strict=True
                        )
                    }
                )
                for step in block.steps
            ]
            block = block._replace(steps=steps)
        x = block(x)
        if number in (2, 4, 10):
            rows += pooled(x)
    return torch.cat([*rows, x.mean(dim=(2, 3))], dim=1).numpy()


@pytest.mark.parametrize("side", [64, 160])
@pytest.mark.parametrize("weights", ["ImageNet's", "mini's"])
def test_onnx_gives_what_torch_gives(network, side, weights):
    mini = MiniEncoder()._heads
    tail = mini.tail if weights == "mini's" else imagenet_tail()
    shape = (9, side, side, 3)
    batch = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    batch[3] = 90
    wanted, rows = in_torch(network, tail, batch), Trunk(tail).features(batch)
    np.testing.assert_allclose(rows, wanted, atol=2e-3, rtol=1e-3)
    cosines = (mini.image(wanted) * mini.image(rows)).sum(axis=1)
    assert cosines.min() > 0.99999


def test_the_files_in_the_package_are_what_the_recipe_writes(network):
    for part, model in zip(PARTS, trunk_models(*network), strict=True):
        assert model.SerializeToString(deterministic=True) == part.path.read_bytes()
