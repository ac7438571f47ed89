"""A scene is looked over in blocks, and no number depends on how it is read."""

import numpy as np
import pytest
from made_scenes import Colours, opened, write_scene
from PIL import Image

from rsrag.analysis.dense_scan import BLOCK_CELLS, ScanPlan
from rsrag.analysis.exact_windows import ExactWindows, dense
from rsrag.analysis.scene_similarities import similarities
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import EncoderError

PLAN = ScanPlan((8, 16), 4)


def patches(height: int, width: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def looked_over(path, plan=PLAN, encoder=None):
    encoder = encoder or dense(Colours())
    queries = encoder.encode_texts(["red", "blue"]) if encoder else None
    with opened(path) as scene:
        return similarities(scene, encoder, plan, queries)


def test_exact_windows_are_the_encoder_s_own() -> None:
    picture = patches(30, 50)
    field = ExactWindows(Colours()).encode_dense(picture, 9, 10, margin_px=5)
    assert field.vectors.shape == (2, 4, 3)
    # The first centre lies 5 pixels inside the margin, at 10.
    window = picture[10 - 4 : 10 + 5, 20 - 4 : 20 + 5]
    assert np.allclose(field.vectors[0, 1], Colours().encode_images([window])[0])


def test_exact_windows_refuse_what_cannot_be() -> None:
    with pytest.raises(EncoderError, match="cannot be cut"):
        ExactWindows(Colours()).encode_dense(patches(8, 8), 4, 4, margin_px=4)


@pytest.mark.parametrize("size", [(300, 270), (129, 128), (5, 400), (1, 1)])
def test_blocks_are_those_of_the_whole(tmp_path, size) -> None:
    """The same cells as if the picture had been looked at in one piece."""
    pixels = patches(*size)
    found, data = looked_over(write_scene(tmp_path / "a.tif", pixels))
    encoder = dense(Colours())
    fields = encoder.encode_dense_windows(pixels, PLAN.windows_px, PLAN.stride_px)
    queries = encoder.encode_texts(["red", "blue"])
    whole = np.mean([one.vectors @ queries.T for one in fields], axis=0)
    assert found.shape[1:] == data.shape == PLAN.cells(*size[::-1])
    assert np.allclose(found, np.moveaxis(whole, 2, 0), atol=1e-6)
    assert (data == 1).all()


def test_background_queries_are_taken_together(tmp_path) -> None:
    path = write_scene(tmp_path / "a.tif", patches(64, 48))
    encoder = dense(Colours())
    red, *others = encoder.encode_texts(["red", "green", "blue"])
    background = np.stack(others)
    with opened(path) as scene:
        found, _ = similarities(scene, encoder, PLAN, red[None], background=background)
        each, _ = similarities(scene, encoder, PLAN, np.stack([red, *others]))
    together = 0.1 * np.log((np.exp(each[1] / 0.1) + np.exp(each[2] / 0.1)) / 2)
    assert found.shape == (2, *each.shape[1:])
    assert np.allclose(found[0], each[0]) and np.allclose(found[1], together, atol=1e-5)


def test_files_of_any_layout_give_the_same_numbers(tmp_path) -> None:
    pixels = patches(300, 280)
    tiled = write_scene(
        tmp_path / "t.tif", pixels, tiled=True, blockxsize=64, blockysize=64
    )
    striped = write_scene(tmp_path / "s.tif", pixels, compress="deflate")
    Image.fromarray(pixels).save(tmp_path / "p.png")
    first, *others = (
        looked_over(path)[0] for path in (tiled, striped, tmp_path / "p.png")
    )
    for other in others:
        assert (first == other).all()


def test_mini_s_numbers_do_not_depend_on_the_reading(tmp_path) -> None:
    """Blocks are counted from the scene's corner, so a cut below changes none above."""
    pixels = np.repeat(np.repeat(patches(42, 5), 48, 0), 48, 1)
    mini = MiniEncoder()
    plan = ScanPlan((96,), 32)
    queries = mini.encode_texts(["a river"])
    found = []
    whole = BLOCK_CELLS * 32 + 256  # a block and what it sees
    for rows in (whole + 192, whole):
        path = write_scene(tmp_path / f"{rows}.tif", pixels[:rows])
        with opened(path) as scene:
            found.append(similarities(scene, mini, plan, queries)[0][0])
    assert np.allclose(*(one[: BLOCK_CELLS - 1] for one in found), atol=1e-5)


def test_cells_know_their_share_of_data(tmp_path) -> None:
    pixels = np.full((40, 64, 3), 90, np.uint8)
    pixels[:, :6] = 0
    path = write_scene(tmp_path / "n.tif", pixels, nodata=0)
    _, data = looked_over(path)
    assert (
        data[:, 0].max() == 0 and (data[:, 1] == 0.5).all() and data[:, 2:].min() == 1
    )


def test_shrunken_scenes_are_the_means_of_their_pixels(tmp_path) -> None:
    pixels = np.repeat(np.repeat(patches(60, 40), 3, 0), 3, 1)
    large = write_scene(tmp_path / "l.tif", pixels)
    small = write_scene(tmp_path / "s.tif", pixels[::3, ::3].copy())
    one, _ = looked_over(large, ScanPlan((8,), 4, shrink=3))
    other, _ = looked_over(small, ScanPlan((8,), 4))
    assert np.allclose(one, other, atol=1e-5)
