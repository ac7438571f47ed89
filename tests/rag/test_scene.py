"""Zero-shot scenes: the softmax over cosines, and labels in words."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from seeing import Colours, picture, unit

from rsrag.errors import QueryError
from rsrag.rag.looking.scene import (
    CLIP_TEMPERATURE,
    OTHER_ODDS,
    label_key,
    label_vectors,
    readable,
    scene_labels,
    temperature_of,
    unlike,
    with_article,
    zero_shot,
)

LABELS = ["sand", "snow", "sea"]


def test_the_softmax_by_hand():
    # Cosines 0.6, 0.8 and 0 at temperature 0.2: e^3, e^4 and e^0, over their sum.
    image = unit([[0.6, 0.8, 0.0, 0.0]])
    scores = zero_shot(image, LABELS, label_vectors(LABELS, Colours()), 0.2)
    total = np.exp(3) + np.exp(4) + 1
    assert [score.label for score in scores] == ["snow", "sand", "sea"]
    assert [score.probability for score in scores] == pytest.approx(
        [np.exp(4) / total, np.exp(3) / total, 1 / total], rel=1e-5
    )
    assert [score.similarity for score in scores] == pytest.approx(
        [0.8, 0.6, 0.0], abs=1e-6
    )


def test_other_scenes_take_their_share_by_hand():
    # Two others with cosines 0.8 and 0, each counting a twelfth.
    image = unit([[0.6, 0.8, 0.0, 0.0]])
    others = unit([[0, 1, 0, 0], [0, 0, 0, 1]])
    (score,) = zero_shot(image, ["sand"], unit([[1, 0, 0, 0]]), 0.2, others)
    rest = OTHER_ODDS * (np.exp(4) + 1)
    assert score.probability == pytest.approx(np.exp(3) / (np.exp(3) + rest), rel=1e-5)


def test_scenes_that_a_label_stands_for_are_no_others():
    scenes = unit([[1, 0.2, 0, 0], [0, 1, 0, 0], [0, 0.2, 1, 0], [0, 0, 0.2, 1]])
    # Each is 0.196 like its next: a label that is more like one stands for it.
    assert np.allclose(unlike(unit([[1, 0, 0, 0]]), scenes), scenes[1:])
    assert len(unlike(unit([[1, 1, 1, 1]]), scenes)) == 0


def test_ties_go_by_label():
    scores = zero_shot(
        unit([[1.0, 1.0, 1.0, 0.0]]), LABELS, unit(np.ones((3, 4))), 0.01
    )
    assert [score.label for score in scores] == sorted(LABELS)
    assert [score.probability for score in scores] == pytest.approx([1 / 3] * 3)


@given(
    st.lists(st.integers(0, 255), min_size=3, max_size=3).filter(any),
    st.floats(0.01, 10),
)
def test_probabilities_add_up_and_follow_the_cosines(colour, temperature):
    image = Colours().encode_images([picture(*colour)])
    scores = zero_shot(image, LABELS, label_vectors(LABELS, Colours()), temperature)
    assert sum(score.probability for score in scores) == pytest.approx(1)
    cosines = [score.similarity for score in scores]
    assert cosines == sorted(cosines, reverse=True)


def test_a_label_is_the_mean_of_its_templates():
    rows = label_vectors(LABELS, Colours())
    assert rows.dtype == np.float32
    assert np.allclose(rows, np.eye(4)[:3])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "There are no labels"),
        (["sand", " "], "A label is blank"),
        (["-_"], "A label is blank"),
        (["sand", "Sand"], "'sand' and 'Sand' are the same"),
        (["base_ball", "BaseBall"], "are the same"),
        (["city", "cities"], "are the same"),
    ],
)
def test_labels_that_cannot_be_told_apart(labels, message):
    with pytest.raises(QueryError, match=message) as caught:
        label_vectors(labels, Colours())
    assert "--labels" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("BaseballField", "baseball field"),
        ("baseball_field", "baseball field"),
        ("baseball-field", "baseball field"),
        ("  sea   ice ", "sea ice"),
        ("AnnualCrop", "annual crop"),
        ("SLUM", "SLUM"),
        ("forêt", "forêt"),
    ],
)
def test_readable(label, words):
    assert readable(label) == words


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Airports", "airport", True),
        ("churches", "Church", True),
        ("cities", "city", True),
        ("houses", "house", True),
        ("StorageTanks", "storage_tank", True),
        ("park", "parking", False),
        ("glass", "glas", False),
        ("base", "basis", False),
        ("sea ice", "ice sea", False),
    ],
)
def test_spellings_of_a_label(a, b, same):
    assert (label_key(a) == label_key(b)) is same


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("airport", "an airport"),
        ("lake", "a lake"),
        ("the open sea", "the open sea"),
        ("clouds", "clouds"),
        ("rocks and snow", "rocks and snow"),
    ],
)
def test_articles(label, words):
    assert with_article(label) == words


def test_the_scenes_that_ship():
    labels = scene_labels()
    assert len(labels) >= 30
    rows = label_vectors(labels, Colours())
    assert rows.shape == (len(labels), 4)
    assert temperature_of(Colours()) == CLIP_TEMPERATURE
