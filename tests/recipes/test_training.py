import dataclasses
import io
import json
import subprocess
import sys
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from recipes.mini.augment import random_view
from recipes.mini.batches import Batches
from recipes.mini.chips import WEST
from recipes.mini.features import FeatureSet, Frozen, extract
from recipes.mini.heads_file import save_heads
from recipes.mini.pairs import read_pairs
from recipes.mini.planet import SIDE, draw_scene
from recipes.mini.recipe import Recipe
from recipes.mini.train import Extra, train
from rsrag.encoders.adapters.pair_loss import contrastive_loss
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import ConfigError, SourceNotFoundError

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 40), "blue": (20, 40, 180)}
DEMO = {
    "a yellow sand desert",
    "white snow and ice",
    "tropical islands in a blue sea",
    "brown mountains",
}


def jpeg(colour, seed):
    rng = np.random.default_rng(seed)
    pixels = np.clip(np.array(colour) + rng.integers(-20, 20, (32, 32, 3)), 0, 255)
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, format="JPEG")
    return buffer.getvalue()


@pytest.fixture
def data(tmp_path):
    """Twelve flat pictures, half in a folder, half in a tar."""
    folder, tar = tmp_path / "images", tmp_path / "more.tar"
    folder.mkdir()
    lines = []
    with tarfile.open(tar, "w") as archive:
        for i in range(12):
            word, colour = list(COLOURS.items())[i % 3]
            name, content = f"{word}_{i}.jpg", jpeg(colour, i)
            if i % 2:
                (folder / name).write_bytes(content)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            captions = [f"a {word} field .", f" the ground is {word} "]
            lines.append(json.dumps({"file": name, "captions": captions}))
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "pairs.jsonl", [folder, tar]


@pytest.mark.slow
def test_trains_and_loads(data, tmp_path):
    pairs = read_pairs(*data)
    assert [pair.file for pair in pairs[:2]] == ["red_0.jpg", "green_1.jpg"]
    assert pairs[0].captions == ("a red field .", "the ground is red")
    said = []
    frozen = Frozen(side=64, seed=0, threads=1, report=said.append)
    features = extract("main", pairs, frozen, views=2)
    assert features.maps == ()
    assert features.views.shape[:2] == (2, 12)
    recipe = Recipe(dim=16, image_hidden=8, text_hidden=8, epochs=20, batch_size=6)
    heads = train(features, recipe, said.append)
    again = train(features, recipe, said.append)
    assert heads.losses[-1] < 0.7 * heads.losses[0]
    assert heads.losses == again.losses
    out = tmp_path / "heads.safetensors"
    save_heads(out, heads.towers, recipe, 64, {"data": "toy"})
    encoder = MiniEncoder(out)
    assert encoder.identity.dim == 16
    assert encoder._heads.metadata["data"] == "toy"
    images = encoder.encode_images([pair.pixels() for pair in pairs[:3]])
    texts = encoder.encode_texts([f"a {word} field" for word in COLOURS])
    np.testing.assert_array_equal((texts @ images.T).argmax(axis=1), [0, 1, 2])
    # The NumPy twin computes what torch trained, but for float16.
    with torch.no_grad():
        mine = heads.towers.text(torch.from_numpy(features.texts)).numpy()
    assert (mine * encoder._heads.text(features.texts)).sum(axis=1).min() > 0.9999


def test_the_weights_in_the_package_are_of_this_recipe():
    metadata = MiniEncoder()._heads.metadata
    now = json.loads(json.dumps(dataclasses.asdict(Recipe())))
    assert json.loads(metadata["recipe"]) == now
    assert metadata["blue_marble_longitudes"] == "{:g} to {:g}".format(*WEST)


def test_loss_by_hand():
    """Two pairs at right angles: -log(e / (e + 1)) both ways."""
    eye, one = torch.eye(2), torch.tensor(1.0)
    apart = torch.tensor([0, 1])
    expected = -np.log(np.e / (np.e + 1))
    assert float(contrastive_loss(eye, eye, one, apart, apart)) == pytest.approx(
        expected, abs=1e-6
    )
    # The same caption, or the same group: no negatives are left, nothing to lose.
    same = torch.tensor([4, 4])
    for group, caption in ((same, apart), (apart, same)):
        loss = contrastive_loss(eye, eye, one, group, caption)
        assert float(loss) == pytest.approx(0, abs=1e-6)


def test_pairs_set_apart_are_no_negatives():
    eye, one, numbers = torch.eye(2), torch.tensor(1.0), torch.tensor([0, 1])
    apart = torch.ones(2, 2, dtype=torch.bool)
    loss = contrastive_loss(eye, eye, one, numbers, numbers, apart)
    assert float(loss) == pytest.approx(0, abs=1e-6)


def test_drawn_scenes_and_chips_are_mixed_in():
    rng = np.random.default_rng(0)

    def toy(count, views):
        return FeatureSet(
            rng.normal(size=(views, count, 5)).astype(np.float32),
            rng.normal(size=(count, 4)).astype(np.float32),
            [[i] for i in range(count)],
            np.arange(count),
        )

    def silent(words):
        pass

    recipe = Recipe(dim=4, image_hidden=4, text_hidden=4, epochs=2)
    main, scenes = toy(8, 2), toy(5, 1)
    seen = []

    def watch(towers):
        assert not towers.image.training
        seen.append(towers.image.head.outer.weight.clone())
        return float(len(seen))

    without = train(main, recipe, silent)
    with_scenes = train(main, recipe, silent, [Extra(scenes, 3)])
    both = [Extra(scenes, 3), Extra(toy(6, 1), 2)]
    with_both = train(main, recipe, silent, both)
    losses = {heads.losses for heads in (without, with_scenes, with_both)}
    assert len(losses) == 3
    # Watching changes nothing, and sees what is kept.
    watched = train(main, recipe, silent, watch=watch)
    assert watched.losses == without.losses
    assert watched.watched == (1.0, 2.0)
    assert (seen[-1] == watched.towers.image.head.outer.weight).all()
    assert not (seen[0] == seen[-1]).all()


def test_views_repeat_and_differ():
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    views = [random_view(image, np.random.default_rng(seed)) for seed in range(30)]
    again = [random_view(image, np.random.default_rng(seed)) for seed in range(30)]
    for view, same in zip(views, again, strict=True):
        np.testing.assert_array_equal(view, same)
        assert view.dtype == np.uint8
        assert view.shape[2] == 3
        assert max(view.shape[:2]) <= 60
        assert view.shape[0] * view.shape[1] >= 0.4 * 3600
    assert len({view.tobytes() for view in views}) == 30


def test_drawn_scenes():
    scenes = [draw_scene(np.random.default_rng(seed)) for seed in range(60)]
    assert {scene.pixels.shape for scene in scenes} == {(SIDE, SIDE, 3)}
    assert len({scene.kind for scene in scenes}) > 12
    again = draw_scene(np.random.default_rng(7))
    np.testing.assert_array_equal(again.pixels, scenes[7].pixels)
    for scene in scenes:
        red, _, blue = scene.pixels.reshape(-1, 3).mean(axis=0)
        if scene.kind == "sea":
            assert blue > red
        if scene.kind == "desert":
            assert red > blue
        # What the demo asks is not what was trained on word for word.
        assert scene.caption not in DEMO


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"file": "a.jpg"}',
        '{"file": "a.jpg", "captions": "one"}',
        '{"file": "a.jpg", "captions": [" "]}',
        '{"file": 3, "captions": ["x"]}',
    ],
)
def test_bad_records(tmp_path, line):
    (tmp_path / "p.jsonl").write_text(line)
    with pytest.raises(ConfigError, match="line 1"):
        read_pairs(tmp_path / "p.jsonl", [tmp_path])


def test_missing_pictures(data, tmp_path):
    captions, (folder, _) = data
    with pytest.raises(SourceNotFoundError, match="6 of 12"):
        read_pairs(captions, [folder])
    with pytest.raises(SourceNotFoundError, match=r"nowhere\.tar"):
        read_pairs(captions, [tmp_path / "nowhere.tar"])
    with pytest.raises(SourceNotFoundError, match="as a tar"):
        read_pairs(captions, [captions])


def recipe_on(captions, images, *options):
    words = ["--images", *images, "--pairs", captions, *options]
    return subprocess.run(
        [sys.executable, "-m", "recipes.mini", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_validation_pictures_may_not_be_trained_on(data, tmp_path):
    captions, images = data
    done = recipe_on(captions, images, "--valid", captions, "--out", tmp_path / "x")
    assert done.returncode == 1
    assert "12 pictures of --valid are in --pairs or --also" in done.stderr


@pytest.mark.slow
def test_ones_own_archive_to_an_index_and_back(data, tmp_path, monkeypatch, capsys):
    """From captions to a search, and no search with other weights."""
    from rsrag.commands import main

    captions, (folder, tar) = data
    heads = tmp_path / "mine.safetensors"
    small = ("--chips", 0, "--scenes", 0, "--views", 2, "--side", 64)
    small += ("--epochs", 8, "--tail-epochs", 2)
    done = recipe_on(captions, (folder, tar), "--out", heads, *small)
    assert done.returncode == 0, done.stderr
    assert heads.with_suffix(".curves.png").is_file()
    rows = heads.with_suffix(".curves.csv").read_text().splitlines()
    assert len(rows) == 11

    monkeypatch.setenv("RSRAG_INDEXES", str(tmp_path / "indexes"))

    def rsrag(*words):
        try:
            code = main([*map(str, words)])
        except SystemExit as done:
            code = done.code
        return code or 0, capsys.readouterr()

    build = ("index", "build", folder, "--name", "own", "--encoder", "mini")
    code, said = rsrag(*build, "--checkpoint", heads)
    assert code == 0, said.err
    search = ("search", "a green field", "--index", "own", "--format", "json")
    code, said = rsrag(*search)
    assert code == 0, said.err
    assert "green" in said.out
    # The same name, other weights.
    content = bytearray(heads.read_bytes())
    content[-1] ^= 1
    heads.write_bytes(content)
    code, said = rsrag(*search)
    assert code != 0
    assert "weights_sha256" in said.err


def test_two_captions_of_each_picture():
    """Of two pictures, the second has but one caption: it comes twice."""
    views = np.arange(2, dtype=np.float32).reshape(1, 2, 1)
    texts = np.arange(3, dtype=np.float32)[:, None]
    data = FeatureSet(views, texts, [[0, 2], [1]], np.arange(2))
    batches = Batches(data, [], 2, captions=2, maps=False, device=torch.device("cpu"))
    (batch,) = batches.epoch(np.random.default_rng(0))
    said = {0.0: [], 1.0: []}
    for row, text in zip(batch.picture, batch.texts, strict=True):
        said[float(batch.features[row])].append(float(text))
    assert sorted(said[0.0]) == [0.0, 2.0]
    assert said[1.0] == [1.0, 1.0]
    assert batch.maps is None
