"""Masks as COCO keeps them; the strings are those that pycocotools 2.0 gives."""

import numpy as np
import pytest

from rsrag.metrics.mask_runs import box_of, decode_mask, encode_mask


def blocks() -> np.ndarray:
    """Three by three pixels, and one in a corner, of 5 x 7."""
    mask = np.zeros((5, 7), bool)
    mask[1:4, 2:5] = mask[4, 6] = True
    return mask


def large() -> np.ndarray:
    mask = np.zeros((300, 400), bool)
    mask[20:290, 33:380] = True
    return mask


@pytest.mark.parametrize(
    ("mask", "counts"),
    [
        (blocks(), ";320008N"),
        (large(), "Pf9^8n0" + "0" * 690),
        (np.zeros((2, 3), bool), "6"),
        (np.ones((2, 3), bool), "06"),
    ],
)
def test_strings_are_coco_s(mask, counts) -> None:
    said = encode_mask(mask)
    assert said["size"] == list(mask.shape) and said["counts"].startswith(counts[:60])
    assert len(counts) > 60 or said["counts"] == counts
    assert np.array_equal(decode_mask(said), mask)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (64, 40), (1, 900), (900, 1)])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 1])
def test_what_is_written_is_read(size, share) -> None:
    mask = np.random.default_rng(0).random(size) < share
    said = encode_mask(mask)
    assert np.array_equal(decode_mask(said), mask)
    assert np.array_equal(decode_mask(said | {"counts": said["counts"].encode()}), mask)


def test_lists_of_runs_are_read_too() -> None:
    found = decode_mask({"size": [2, 3], "counts": [1, 2, 3]})
    assert found.tolist() == [[False, True, False], [True, False, False]]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"size": [2, 3]}, "no mask of size and counts"),
        ({"size": [2, 3], "counts": [1, 2]}, "runs of 3 pixels are no mask of 2 x 3"),
        ({"size": [2, 3], "counts": "6 "}, "is no letter"),
        ({"size": [2, 3], "counts": "P"}, "end within a number"),
        ({"size": [2, 3], "counts": 7}, "no mask of size and counts"),
        ({"size": "23", "counts": [-1, 7]}, "are no mask"),
    ],
)
def test_other_masks_are_refused(held, said) -> None:
    with pytest.raises(ValueError, match=said):
        decode_mask(held)


def test_the_box_of_a_mask() -> None:
    assert box_of(blocks()) == [2, 1, 7, 5] and box_of(large()) == [33, 20, 380, 290]
    with pytest.raises(ValueError, match="empty"):
        box_of(np.zeros((2, 2), bool))
