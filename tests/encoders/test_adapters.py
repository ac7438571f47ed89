"""Adapters: what changes, what it is set on, and that learning one serves."""

import dataclasses

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from rsrag.encoders.adapters.adapter_file import read_adapter, write_adapter
from rsrag.encoders.adapters.fitting import Course, Fit
from rsrag.encoders.adapters.learners import learner_of
from rsrag.encoders.adapters.low_rank import as_deltas
from rsrag.encoders.adapters.training_pairs import TrainingPairs
from rsrag.encoders.encoder_registry import load_encoder
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import CheckpointError, EncoderError, ModelNotFoundError, QueryError

pytestmark = pytest.mark.usefixtures("own_caches")

TINY = "open_clip:tiny-quickgelu"
COURSE = Course(
    epochs=8,
    patience=8,
    batch_size=16,
    learning_rate=5e-3,
    rank=4,
    held_out=0.25,
    seed=0,
)
COLOURS = {"red": (200, 40, 40), "green": (40, 160, 40), "blue": (40, 40, 200)}


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other take minutes on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def quiet(stage, done, total):
    pass


def squares(count, side=32):
    """Noisy squares of three colours, and the number of each's colour."""
    rng = np.random.default_rng(0)
    numbers = np.arange(count) % len(COLOURS)
    grain = rng.integers(-60, 60, (count, side, side, 3))
    pixels = np.array(list(COLOURS.values()))[numbers][:, None, None] + grain
    return pixels.clip(0, 255).astype(np.uint8), numbers


def pairs_of(learner, encoder, count=48):
    pixels, numbers = squares(count)
    prepared = np.stack([encoder.prepare_image(one) for one in pixels])
    texts = [f"a {colour} field" for colour in COLOURS]
    return TrainingPairs(
        learner.picture_rows(prepared),
        [[int(number)] for number in numbers],
        range(len(texts)),
        learner.text_rows(texts),
        list(COLOURS),
    )


def tiny(checkpoint):
    return load_encoder(TINY, checkpoint=checkpoint, precision="fp32")


def learn(encoder, tmp_path, course=COURSE, stop=lambda: False, name="state"):
    learner = learner_of(encoder, course.rank, course.seed)
    fit = Fit(
        learner,
        pairs_of(learner, encoder),
        course,
        tmp_path / name,
        encoder.identity.weights_sha256,
    )
    return learner, fit.run(quiet, stop)


@pytest.fixture
def adapter(tiny_checkpoint, tmp_path):
    """Learnt on the tiny CLIP; with what its learner says of some pictures."""
    encoder = tiny(tiny_checkpoint)
    learner, fitted = learn(encoder, tmp_path)
    for name, (down, up) in learner.learnt.items():
        for now, best in zip((down, up), fitted.tensors[name], strict=True):
            now.data.copy_(best)
    path = tmp_path / "mine.safetensors"
    write_adapter(
        path,
        as_deltas(fitted.tensors),
        encoder.identity,
        {"base_checkpoint": str(tiny_checkpoint)},
    )
    return path, learner, fitted


def test_random_weights_learn_from_pairs(adapter):
    _, _, fitted = adapter
    first, best = fitted.epochs[0], fitted.epochs[fitted.best]
    losses = [one.learnt for one in fitted.epochs[1:]]
    assert losses[-1] < 0.5 * losses[0]
    assert first.figure < 50 and best.figure > 90
    assert best.loss < first.loss


def test_what_is_loaded_says_what_was_learnt(adapter):
    path, learner, _ = adapter
    encoder = load_encoder(str(path), precision="fp32")
    pixels, _ = squares(6)
    prepared = np.stack([encoder.prepare_image(one) for one in pixels])
    with torch.no_grad():
        images = learner.images(prepared, False).numpy()
        said = learner.texts(learner.text_rows(["a red field", "x"]), False).numpy()
    np.testing.assert_allclose(encoder.encode_prepared(prepared), images, atol=1e-5)
    np.testing.assert_allclose(
        encoder.encode_texts(["a red field", "x"]), said, atol=1e-5
    )
    # A second encoder takes the text tower that the first one exported.
    again = load_encoder(str(path), precision="fp32")
    np.testing.assert_allclose(
        again.encode_texts(["a red field", "x"]), said, atol=1e-5
    )
    assert again._text_side._tower is not None


def test_bfloat16_has_the_change_too(adapter, tiny_checkpoint):
    path, _, _ = adapter
    pixels, _ = squares(6)
    fine, coarse = (load_encoder(str(path), precision=p) for p in ("fp32", "bf16"))
    cosines = (fine.encode_images(pixels) * coarse.encode_images(pixels)).sum(axis=1)
    assert cosines.min() > 0.99
    plain = tiny(tiny_checkpoint).encode_images(pixels)
    assert (fine.encode_images(pixels) * plain).sum(axis=1).max() < 0.99


def test_the_file_is_small_and_names_its_base(adapter, tiny_checkpoint):
    path, _, _ = adapter
    base = tiny(tiny_checkpoint).identity
    found = read_adapter(path)
    assert found.metadata["base_sha256"] == base.weights_sha256
    identity = load_encoder(str(path)).identity
    assert identity.id == f"{TINY}+mine"
    assert identity.weights_sha256 != base.weights_sha256
    assert identity.preprocessing == base.preprocessing
    assert path.stat().st_size < 0.02 * tiny_checkpoint.stat().st_size
    # Its name is the one it was written with.
    moved = path.rename(path.with_name("other.safetensors"))
    assert load_encoder(str(moved)).identity == identity


def test_another_base_is_refused(adapter, tiny_clip, tmp_path):
    path, _, _ = adapter
    other = tmp_path / "other.pt"
    torch.save(tiny_clip(seed=1).state_dict(), other)
    with pytest.raises(CheckpointError, match="was learnt on open_clip:tiny") as caught:
        load_encoder(str(path), checkpoint=other)
    assert "rsrag train" in caught.value.hint


def test_stopped_and_gone_on_with_is_the_same(tiny_checkpoint, tmp_path):
    encoder = tiny(tiny_checkpoint)
    _, whole = learn(encoder, tmp_path, name="whole")
    asked = iter([False, False, False, True])
    _, part = learn(encoder, tmp_path, stop=lambda: next(asked), name="part")
    assert part.stopped and len(part.epochs) == 4
    _, rest = learn(encoder, tmp_path, name="part")
    assert not rest.stopped
    assert rest.epochs == whole.epochs
    for name, pair in whole.tensors.items():
        for one, other in zip(pair, rest.tensors[name], strict=True):
            assert torch.equal(one, other)


def test_a_state_of_other_options_is_refused(tiny_checkpoint, tmp_path):
    encoder = tiny(tiny_checkpoint)
    asked = iter([False, True])
    learn(encoder, tmp_path, stop=lambda: next(asked))
    with pytest.raises(CheckpointError, match="with other options"):
        learn(encoder, tmp_path, dataclasses.replace(COURSE, seed=1))
    (tmp_path / "state").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="cannot be read"):
        learn(encoder, tmp_path)


def test_it_stops_early(tiny_checkpoint, tmp_path):
    course = dataclasses.replace(COURSE, epochs=50, patience=2, learning_rate=1e-30)
    _, fitted = learn(tiny(tiny_checkpoint), tmp_path, course)
    assert len(fitted.epochs) == 3 and fitted.best == 0


def test_mini_learns_on_its_heads(tmp_path):
    encoder = MiniEncoder()
    course = dataclasses.replace(COURSE, epochs=3, learning_rate=2e-3)
    learner, fitted = learn(encoder, tmp_path, course)
    losses = [one.learnt for one in fitted.epochs[1:]]
    assert losses[-1] < losses[0]
    # Before anything is learnt, it says what mini says.
    pixels, _ = squares(6)
    fresh = learner_of(encoder, 4, 0)
    prepared = np.stack([encoder.prepare_image(one) for one in pixels])
    rows = fresh.picture_rows(prepared)
    with torch.no_grad():
        images = fresh.images(rows, False).numpy()
        said = fresh.texts(fresh.text_rows(["sand"]), False).numpy()
    np.testing.assert_allclose(images, encoder.encode_prepared(prepared), atol=1e-5)
    np.testing.assert_allclose(said, encoder.encode_texts(["sand"]), atol=1e-5)
    path = tmp_path / "mine.safetensors"
    write_adapter(path, as_deltas(fitted.tensors), encoder.identity, {})
    changed = load_encoder(str(path))
    assert changed.identity.id == "mini+mine"
    for name, (down, up) in learner.learnt.items():
        for now, best in zip((down, up), fitted.tensors[name], strict=True):
            now.data.copy_(best)
    with torch.no_grad():
        images = learner.images(rows, False).numpy()
    np.testing.assert_allclose(changed.encode_prepared(prepared), images, atol=1e-5)


def test_what_is_no_adapter_is_refused(adapter, tmp_path):
    path, _, _ = adapter
    with pytest.raises(ModelNotFoundError, match="no adapter at"):
        load_encoder(str(tmp_path / "none.safetensors"))
    weights = load_file(path)
    whole = tmp_path / "whole.safetensors"
    save_file(weights, whole)
    with pytest.raises(CheckpointError, match="is no adapter"):
        load_encoder(str(whole))
    metadata = dict(read_adapter(path).metadata)
    name = next(name for name in weights if name.endswith(".up"))
    save_file({k: v for k, v in weights.items() if k != name}, whole, metadata)
    with pytest.raises(CheckpointError, match="which cannot be"):
        load_encoder(str(whole))
    foreign = {f"visual.nothing.{part}": weights[name] for part in ("up", "down")}
    foreign["visual.nothing.down"] = weights[name].T.copy()
    save_file(foreign, whole, metadata)
    with pytest.raises(CheckpointError, match=r"visual\.nothing is missing"):
        load_encoder(str(whole), precision="fp32").encode_images(squares(1)[0])


def test_an_adapter_on_an_adapter_is_refused(adapter):
    with pytest.raises(EncoderError, match="has an adapter already"):
        learner_of(load_encoder(str(adapter[0])), 4, 0)
    with pytest.raises(EncoderError, match="neither mini nor a CLIP"):
        learner_of(Stranger(), 4, 0)


class Stranger:
    identity = MiniEncoder().identity


def rows(count):
    return np.arange(count, dtype=np.float32)[:, None]


@pytest.mark.parametrize(
    ("pictures", "texts", "kinds", "labels", "words"),
    [
        (rows(1), [[0]], [0], None, "1 picture is too few"),
        (rows(12), [[0]] * 12, [0, 1], None, "12 different pictures are too few"),
        (np.zeros((40, 1)), [[0]] * 40, [0, 1], None, "1 picture is too few"),
        (rows(40), [[0]] * 40, [0], ["sea"], "All 40 pictures are of the class 'sea'"),
        (rows(40), [[0]] * 40, [0, 0], None, "All 40 pictures are said to be the same"),
        (
            np.repeat(rows(20), 2, axis=0),
            [[0], [1]] * 20,
            [0, 1],
            ["sea", "land"],
            "Pictures 1 and 2 are the same, and labelled 'sea' and 'land'",
        ),
    ],
)
def test_pairs_that_teach_nothing(pictures, texts, kinds, labels, words):
    with pytest.raises(QueryError, match=words):
        TrainingPairs(pictures, texts, kinds, rows(2), labels)


def test_equal_pictures_are_held_aside_together():
    pairs = TrainingPairs(
        np.repeat(rows(30), 2, axis=0), [[0], [1]] * 30, [0, 1], rows(2)
    )
    known, aside = pairs.parts(0.3, 0)
    assert len(known.pictures) == 42 and len(aside.pictures) == 18
    assert not set(pairs.same[known.pictures]) & set(pairs.same[aside.pictures])
