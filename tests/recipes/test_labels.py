"""Labels in training: what they say, and what pictures of them look like."""

import json
from collections import Counter

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from recipes.mini.batches import Batches, Words
from recipes.mini.contrast import label_loss
from recipes.mini.features import FeatureSet
from recipes.mini.heads_file import save_heads
from recipes.mini.pairs import read_pairs, read_source
from recipes.mini.recipe import Recipe
from recipes.mini.scale_views import mosaic, part_of, tiles
from recipes.mini.train import Extra, train
from recipes.mini.vocabulary import SENTENCES, SPREAD, WIDE, vocabulary
from rsrag.encoders.mini.mini_heads import load_heads
from rsrag.encoders.mini.mini_trunk import FEATURES, FRONT
from rsrag.errors import CheckpointError, ConfigError, SourceNotFoundError


def says(label, word):
    known = vocabulary()
    at = known.labels.index(label), known.words.index(word)
    return {True: "sure", False: "open"}.get(
        bool(known.sure[at]) or (False if not known.absent[at] else None), "absent"
    )


@pytest.mark.parametrize(
    ("label", "word", "said"),
    [
        ("airport", "+parked airplanes", "open"),
        ("airport", "airfield", "sure"),
        ("airport", "forest", "absent"),
        ("dense residential", "residential area", "sure"),  # a wider kind
        ("school", "sports facility", "open"),  # of what is open, likewise
        ("river", "+river or lake", "sure"),
        ("beach", "+river or lake", "absent"),
        ("meadow", "~grassland", "sure"),
        ("farmland", "~grassland", "open"),
    ],
)
def test_what_labels_say(label, word, said):
    assert says(label, word) == said


def test_the_vocabulary_is_whole():
    known = vocabulary()
    assert Counter(known.words).most_common(1)[0][1] == 1
    assert not (known.sure & known.absent).any()
    # Each word is true of some label, and each label denies most of them.
    assert known.sure.any(axis=0).all()
    assert known.absent.mean(axis=1).min() > 0.5
    assert (known.alike == known.alike.T).all()
    assert known.alike.diagonal().all()
    assert set(known.labels) >= SPREAD | WIDE
    assert known.rows(("nothing", "", "pond")).tolist() == [
        -1,
        -1,
        known.labels.index("pond"),
    ]


def test_sentences_have_words_in_their_forms():
    known = vocabulary()
    said = known.sentences(0)
    assert said == known.sentences(0) != known.sentences(1)
    assert {len(one) for one in said} == {SENTENCES}
    airports = " / ".join(said[known.words.index("airport")])
    assert "an airport" in airports
    assert " airports" in airports
    assert "waters" not in " / ".join(said[known.words.index("~water")])


def test_label_loss_by_hand():
    """One word true, one false, one unknown; scores 2, 1 and 9."""
    images, words = torch.tensor([[1.0]]), torch.tensor([[2.0], [1.0], [9.0]])
    sure = torch.tensor([[True, False, False]])
    absent = torch.tensor([[False, True, False]])
    # The picture has no other to be told from: half of the loss is the words' alone.
    expected = np.log1p(np.exp(1.0 - 2.0)) / 2
    loss = label_loss(images, words, torch.tensor(1.0), sure, absent)
    assert float(loss) == pytest.approx(expected, abs=1e-6)
    two = torch.tensor([[1.0], [0.5]])
    both = torch.stack([sure[0], ~sure[0] & torch.tensor([True, True, False])])
    loss = label_loss(two, words, torch.tensor(1.0), both, both.flip(0))
    rows = np.log1p(np.exp([1 - 2.0, 1 - 0.5])).mean()
    columns = np.log1p(np.exp([1 - 2.0, 1 - 0.5])).mean()
    assert float(loss) == pytest.approx((rows + columns) / 2, abs=1e-6)


def toy(count, labels, *, far=False, captions=True):
    rows = np.arange(count, dtype=np.float32)
    texts = [[i] for i in range(count)] if captions else [[] for _ in range(count)]
    return FeatureSet(
        rows[None, :, None],
        rows[:, None] if captions else np.empty((0, 1), np.float32),
        texts,
        np.arange(count),
        labels=labels,
        far=far,
    )


def test_which_pairs_are_no_negatives():
    sets = [
        toy(2, ("airport", "desert")),
        toy(2, ("runway", "golf course")),
        toy(1, (), far=True),
        toy(1, (), far=True),
    ]
    extras = [(sets[1], 2), (sets[2], 1), (sets[3], 1)]
    words = Words(np.zeros((len(vocabulary().words), SENTENCES, 1), np.float32))
    device = torch.device("cpu")
    batches = Batches(
        sets[0], extras, 2, captions=1, maps=False, device=device, words=words
    )
    rng = np.random.default_rng(0)
    batch = next(
        one
        for _ in range(50)
        for one in batches.epoch(rng)
        if one.label[:2].argsort().tolist() == [0, 1]
        and len(set(one.label[2:4].tolist())) == 2
    )
    names = [vocabulary().labels[i] if i >= 0 else "far" for i in batch.label.tolist()]
    apart = {
        (i, j): bool(batch.apart[i, j]) for i in range(6) for j in range(6) if i != j
    }
    at = {name: names.index(name) for name in names[:4]}
    assert apart[at["airport"], at["runway"]]
    assert not apart[at["airport"], at["golf course"]]
    assert not apart[at["airport"], at["desert"]]  # one source
    assert apart[4, 5]
    assert apart[5, 4]
    # A near picture denies no far caption; a far picture denies airports, not deserts.
    assert apart[at["airport"], 4]
    assert not apart[4, at["airport"]]
    assert apart[4, at["desert"]]
    assert batch.words.shape == (len(vocabulary().words), 1)
    assert batch.far.tolist() == [False] * 4 + [True] * 2


def test_pictures_with_labels_alone_are_in_no_pair():
    extra = toy(3, ("ship",) * 3, captions=False)
    batches = Batches(
        toy(2, ("pond",) * 2),
        [(extra, 5)],
        2,
        captions=1,
        maps=False,
        device=torch.device("cpu"),
    )
    (batch,) = batches.epoch(np.random.default_rng(0))
    assert len(batch.features) == 7
    assert batch.picture.tolist() == [0, 1]
    assert (batch.label >= 0).all()


def picture(seed=0, shape=(60, 80, 3)):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_parts_and_mosaics():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        part = part_of(picture(), rng, anywhere=bool(seed % 2))
        assert part.shape[0] == part.shape[1]
        assert 60 * (0.22 if seed % 2 else 0.5) - 1 < len(part) <= 45
        np.testing.assert_array_equal(
            part,
            part_of(picture(), np.random.default_rng(seed), anywhere=bool(seed % 2)),
        )
    middles = [np.full((60, 60, 3), 10, np.uint8), np.full((60, 60, 3), 200, np.uint8)]
    middles[0][20:40, 20:40] = 200
    # What lies in the middle is in every part that may not lie anywhere.
    for seed in range(20):
        assert (
            part_of(middles[0], np.random.default_rng(seed), anywhere=False).max() > 90
        )
    assert {tiles(np.random.default_rng(seed)) for seed in range(20)} == {4, 9}
    for count in (4, 9):
        tiled = mosaic([picture(i) for i in range(count)], np.random.default_rng(1))
        assert tiled.shape[0] == tiled.shape[1]
        assert 155 < len(tiled) <= 160


def test_sources_with_labels(tmp_path):
    with pytest.raises(SourceNotFoundError, match=r"train\.jsonl"):
        read_source(tmp_path)
    line = {"file": "a.jpg", "captions": [], "label": "DenseResidential"}
    (tmp_path / "p.jsonl").write_text(json.dumps(line))
    (tmp_path / "a.jpg").write_bytes(b"x")
    (pair,) = read_pairs(tmp_path / "p.jsonl", [tmp_path])
    assert (pair.captions, pair.label) == ((), "dense residential")
    (tmp_path / "p.jsonl").write_text(json.dumps(line | {"label": ""}))
    with pytest.raises(ConfigError, match="neither caption nor label"):
        read_pairs(tmp_path / "p.jsonl", [tmp_path])


def test_far_pictures_have_a_head_of_their_own(tmp_path):
    """Trained, written, and chosen by the picture where it is read again."""
    rng = np.random.default_rng(0)

    def shown(count, offset, far, labels=()):
        views = rng.normal(size=(1, count, FEATURES)).astype(np.float32)
        views[..., :FRONT] += offset
        texts = rng.normal(size=(count, 384)).astype(np.float32)
        captions = [[i] for i in range(count)]
        return FeatureSet(
            views, texts, captions, np.arange(count), labels=labels, far=far
        )

    near, far = shown(40, 0, False, ("pond", "river") * 20), shown(30, 3, True)
    words = Words(
        rng.normal(size=(len(vocabulary().words), SENTENCES, 384)).astype(np.float32)
    )
    recipe = Recipe(
        dim=8,
        image_hidden=8,
        far_hidden=4,
        text_hidden=8,
        epochs=3,
        tail_epochs=0,
        batch_size=20,
    )
    said = []
    trained = train(near, recipe, said.append, [Extra(far, 10)], words=words)
    again = train(near, recipe, said.append, [Extra(far, 10)], words=words)
    assert trained.losses == again.losses
    save_heads(tmp_path / "x.safetensors", trained.towers, recipe, 160, {})
    head = load_heads(tmp_path / "x.safetensors", FEATURES, 384).image
    x = np.concatenate([near.views[0], far.views[0]])
    share = head.share(head.standardised(x))
    assert (share[:40] == 0).mean() > 0.9
    assert (share[40:] == 1).mean() > 0.9
    with torch.no_grad():
        mine = trained.towers.image(
            torch.from_numpy(x), None, torch.arange(len(x)) >= 40
        ).numpy()
    certain = (share == 0) | (share == 1)
    cosines = (mine * head(x)).sum(axis=1)
    assert cosines[certain].min() > 0.999
    # In between it is a mean of both, and as long as any other.
    np.testing.assert_allclose(np.linalg.norm(head(x), axis=1), 1, atol=1e-5)
    # What the recipe wrote whole is refused where a part of it lacks.
    tensors = load_file(tmp_path / "x.safetensors")
    del tensors["gate.bias"]
    save_file(tensors, tmp_path / "y.safetensors", metadata={"side": "160"})
    with pytest.raises(CheckpointError, match=r"gate\.bias"):
        load_heads(tmp_path / "y.safetensors", FEATURES, 384)
