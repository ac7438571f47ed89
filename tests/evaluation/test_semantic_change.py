"""SECOND's figures by hand, and what is read of its colours."""

import numpy as np
import pytest
from PIL import Image

from rsrag.errors import ConfigError
from rsrag.evaluation.changes.second_run import (
    given_maps,
    read_colours,
    score_second,
    second_pairs,
)
from rsrag.metrics.semantic_change import (
    change_overlap,
    class_counts,
    second_scores,
    separated_kappa,
)

# Rows are true, columns said: unchanged, a, b.
COUNTS = np.array([[50, 6, 4], [5, 15, 0], [5, 5, 10]])


def test_figures_by_hand() -> None:
    still, moved = change_overlap(COUNTS)
    assert still == pytest.approx(50 / 70) and moved == pytest.approx(30 / 50)
    # Without the 50: agreed 25 of 50; chance from the sums of rows and columns.
    chance = (10 * 10 + 20 * 26 + 20 * 14) / 50**2
    kappa = (0.5 - chance) / (1 - chance)
    assert separated_kappa(COUNTS) == pytest.approx(kappa * np.exp(0.6 - 1))
    scores = second_scores(COUNTS)
    assert scores["miou"] == pytest.approx((50 / 70 + 0.6) / 2)
    # Rightly named 25 of the 40 that are said to have changed, and of the 40 that did.
    assert scores["f_scd"] == pytest.approx(25 / 40)
    both = np.stack([COUNTS, 2 * COUNTS])
    assert second_scores(both)["sek"] == pytest.approx(float(scores["sek"]))


def test_what_is_wholly_right_has_one_everywhere() -> None:
    truth = np.array([[0, 1, 2], [2, 0, 1]])
    counts = class_counts(truth, truth, 2)
    assert (counts == np.diag([2, 2, 2])).all()
    assert second_scores(counts) == pytest.approx(
        {"miou": 1, "sek": 1, "f_scd": 1, "score": 1}
    )


COLOURS = np.array(
    [
        *((255, 255, 255), (0, 0, 255), (128, 128, 128), (0, 128, 0), (0, 255, 0)),
        *((128, 0, 0), (255, 0, 0)),
    ],
    np.uint8,
)
"""White, and SECOND's classes as published: water, ground, low vegetation, tree,
building, playground."""


def paint(path, classes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(COLOURS[classes]).save(path)


@pytest.fixture
def second(tmp_path):
    """One pair of 4 x 4 pixels: half a field became houses, a tree became ground."""
    before, after = np.zeros((2, 4, 4), np.uint8)
    before[:2], after[:2] = 3, 5
    before[3, 3], after[3, 3] = 4, 2
    for name in ("im1", "im2"):
        paint(tmp_path / name / "1.png", before)
    paint(tmp_path / "label1" / "1.png", before)
    paint(tmp_path / "label2" / "1.png", after)
    said = tmp_path / "said"
    before[3, 3], after[3, 3] = 0, 0
    before[0, 0] = 4
    paint(said / "label1" / "1.png", before)
    paint(said / "label2" / "1.png", after)
    return tmp_path


def test_another_models_maps_are_scored(second) -> None:
    report = score_second(second_pairs(second), given_maps(second / "said"))
    assert report["pairs"] == 1 and report["changed"] == pytest.approx(9 / 16)
    # Of 18 changed pixels of both dates 16 are found, 15 by the right class.
    assert report["figures"]["f_scd"]["value"] == pytest.approx(
        2 * (15 / 16) * (15 / 18) / (15 / 16 + 15 / 18), abs=1e-4
    )
    named = {(one["from"], one["to"]): one for one in report["transitions"]}
    field = named["low vegetation", "building"]
    assert (field["pixels"], field["said"]) == (8, 7)
    assert field["f1"] == pytest.approx(14 / 15, abs=1e-4)
    assert named["tree", "building"]["f1"] == named["tree", "ground"]["f1"] == 0
    assert report["transition_f1"] == pytest.approx(7 / 15, abs=1e-4)
    # The field's seven pixels are right, the corner is said to have been a tree.
    pieces = report["pieces"]
    assert (pieces["said"], pieces["on_changed_ground"], pieces["right"]) == (2, 2, 1)
    assert (
        pieces["right_of_said"]["value"] == pieces["right_of_changed"]["value"] == 0.5
    )


def test_a_piece_on_unchanged_ground_is_not_right(second) -> None:
    for name, value in (("label1", 4), ("label2", 2)):
        said = np.zeros((4, 4), np.uint8)
        said[2:, 2:] = value  # a tree became ground: so it did in one of four pixels
        paint(second / "said" / name / "1.png", said)
    pieces = score_second(second_pairs(second), given_maps(second / "said"))["pieces"]
    assert (pieces["said"], pieces["on_changed_ground"], pieces["right"]) == (1, 0, 0)
    assert pieces["right_of_said"]["value"] == pieces["right_of_changed"]["value"] == 0


def test_a_colour_that_no_class_has_is_named(tmp_path) -> None:
    Image.new("RGB", (4, 4), (1, 2, 3)).save(tmp_path / "odd.png")
    with pytest.raises(ConfigError, match=r"\(1, 2, 3\)"):
        read_colours(tmp_path / "odd.png")
