"""The head that tells what covers the ground."""

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from bench.change_pairs import field, houses, scene
from rsrag.analysis.cover.cover_classes import cover_names
from rsrag.encoders.cover_head import load_cover_head
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.encoders.mini.mini_dense import DENSE
from rsrag.encoders.mini.mini_looks import COVER
from rsrag.encoders.mini.mini_taps import TAP_CHANNELS
from rsrag.errors import CheckpointError


def test_it_gives_the_softmax_of_two_layers() -> None:
    head = load_cover_head(COVER)
    rng = np.random.default_rng(0)
    values = rng.normal(0, 3, (2, 3, TAP_CHANNELS)).astype(np.float32)
    found = head(values)
    assert found.shape == (2, 3, len(head.covers))
    x = (values[1, 2, head.channels].astype(float) - head.mean) / head.deviation
    hidden = head.inner @ x.clip(-5, 5) + head.inner_bias
    from math import erf, sqrt

    hidden = np.array([0.5 * v * (1 + erf(v / sqrt(2))) for v in hidden])
    logits = head.outer @ hidden + head.outer_bias
    expected = np.exp(logits - logits.max())
    assert found[1, 2] == pytest.approx(expected / expected.sum(), abs=2e-3)
    assert found.sum(axis=2) == pytest.approx(np.ones((2, 3)), abs=1e-5)


def test_it_knows_the_covers_and_is_small() -> None:
    assert load_cover_head(COVER).covers == cover_names()
    assert COVER.stat().st_size + DENSE.stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("colour", "cover"), [((8, 20, 60), "water"), ((250, 252, 255), "snow")]
)
def test_what_a_satellite_sees_plainly_is_told(colour, cover) -> None:
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal(colour, 2, (96, 96, 3)), 0, 255).astype(np.uint8)
    encoder = MiniEncoder()
    likely = encoder.cover_head(encoder.encode_taps(picture, 4).values).mean(
        axis=(0, 1)
    )
    assert encoder.cover_head.covers[int(likely.argmax())] == cover


def test_a_town_is_built_up_as_a_whole() -> None:
    encoder = MiniEncoder()
    town = scene(1, field((0, 0, 256, 256), (150, 138, 120)), houses((2, 2, 254, 254)))
    taps = encoder.encode_taps(np.asarray(Image.fromarray(town).resize((512, 512))), 4)
    told = {
        name: dict(zip(head.covers, head(taps.values).mean(axis=(0, 1)), strict=True))
        for name, head in (("cells", encoder.cover_head), ("town", encoder.built_head))
    }
    assert encoder.built_head.covers == cover_names()
    assert max(told["town"], key=told["town"].get) == "building"
    assert told["town"]["building"] > 0.1 + told["cells"]["building"]


def test_a_damaged_file_is_told(tmp_path) -> None:
    tensors = load_file(COVER)
    path = tmp_path / "head.safetensors"
    save_file(tensors, path, metadata={"covers": "water,snow"})
    with pytest.raises(CheckpointError, match="names 2 covers"):
        load_cover_head(path)
    del tensors["inner"]
    save_file(tensors, path, metadata={"covers": "water,snow"})
    with pytest.raises(CheckpointError, match="lacks the tensor inner"):
        load_cover_head(path)
