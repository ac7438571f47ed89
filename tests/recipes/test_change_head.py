"""The recipe of the head for change, on tiny made data."""

import io
import json
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from recipes.mini import change_head
from recipes.mini.change_pairs import made_pair, read_pairs
from recipes.mini.cover_head import labelled
from rsrag.analysis.change.learned.learned_head import lowered
from rsrag.analysis.change.learned.pair_features import EVEN
from rsrag.encoders.change_head import load_change_weights
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import CheckpointError


def picture(seed: int, side: int = 96) -> np.ndarray:
    """Blocks of colour, uint8 RGB."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(30, 220, (side // 12, side // 12, 3), np.uint8)
    return coarse.repeat(12, axis=0).repeat(12, axis=1)


@pytest.fixture
def pairs(tmp_path):
    """Four pairs, a block of each replaced."""
    for number in range(4):
        before, after = picture(number), picture(number)
        after[24:60, 36:72] = picture(100 + number)[24:60, 36:72]
        mask = np.zeros((96, 96), np.uint8)
        mask[24:60, 36:72] = 255
        for name, one in {"A": before, "B": after, "mask": mask}.items():
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(one).save(tmp_path / name / f"{number}.png")
    return tmp_path


@pytest.fixture
def archive(tmp_path):
    """Six labelled pictures."""
    lines = []
    with tarfile.open(tmp_path / "some.tar", "w") as tar:
        for number in range(6):
            name = f"{('school', 'forest')[number % 2]}_{number}.png"
            file = io.BytesIO()
            Image.fromarray(picture(50 + number)).save(file, "PNG")
            member = tarfile.TarInfo(name)
            member.size = len(file.getvalue())
            tar.addfile(member, io.BytesIO(file.getvalue()))
            lines.append(json.dumps({"file": name, "label": name.split("_")[0]}))
    (tmp_path / "some.jsonl").write_text("\n".join(lines))
    return tmp_path


def test_it_runs_whole_and_finds_what_it_was_shown(
    pairs, archive, tmp_path, monkeypatch, capsys
) -> None:
    out = tmp_path / "head.safetensors"
    words = (
        f"change_head --set shown={pairs} --pictures {archive / 'some.tar'} --labels "
        f"{archive / 'some.jsonl'} --thin 1 --made 4 --epochs 12 --out {out}"
    )
    monkeypatch.setattr("sys.argv", words.split())
    change_head.main()
    assert "shown, never seen: F1 " in capsys.readouterr().err
    head = load_change_weights(out)
    assert 0 < head.threshold < 1 and "shown" in head.calibrated_on
    encoder, rng = MiniEncoder(), np.random.default_rng(1)
    _, pair = next(read_pairs(pairs))
    features, changed = change_head.cells_of(pair, encoder, rng)
    told = head(features.astype(np.float32)[None])[0]
    assert told[changed > 0.5].mean() > 0.3 + told[changed == 0].mean()


def test_in_the_other_order_differences_alone_change_their_sign() -> None:
    encoder = MiniEncoder()
    before, after = picture(1), picture(2)
    mask = np.zeros((96, 96), bool)
    found = [
        change_head.cells_of(pair, encoder, np.random.default_rng(0))[0].astype(float)
        for pair in ((before, after, mask), (after, before, mask))
    ]
    # Giving one light is not quite the same both ways.
    even, odd = np.s_[:, :EVEN], np.s_[:, EVEN:]
    assert (np.abs(found[0][even] - found[1][even]) < 0.35).mean() > 0.95
    assert (np.abs(found[0][odd] + found[1][odd]) < 0.35).mean() > 0.95


def test_the_order_of_the_dates_does_not_count_and_twins_say_the_same() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, change_head.FEATURES)).astype(np.float32)
    cells = change_head.Cells(
        features.astype(np.float16), rng.random(40, np.float32),
        np.full(40, "some"), np.zeros(40, np.int64),
    )  # fmt: skip
    head = change_head.fit(cells, np.arange(40), epochs=1)
    turned = features.copy()
    turned[:, EVEN:] *= -1
    told = head(features[None])[0]
    assert np.allclose(told, head(turned[None])[0], atol=1e-6)
    net = change_head.Net(torch.from_numpy(features)).eval()
    net.load_state_dict(
        {
            name: torch.from_numpy(
                getattr(head, name.replace(".bias", "_bias").replace(".weight", ""))
            )
            for name in net.state_dict()
        }
    )
    with torch.no_grad():
        wanted = torch.sigmoid(net(torch.from_numpy(features))).numpy()
    assert np.allclose(told, wanted, atol=1e-5)


def test_pictures_of_every_label_are_taken(archive) -> None:
    files = [archive / "some.tar"], [archive / "some.jsonl"], 1
    assert len(list(labelled(*files, known={"forest"}))) == 3
    (archive / "some.jsonl").write_text("")
    assert not list(labelled(*files)) and len(list(labelled(*files, None))) == 6


def test_made_pairs_change_where_the_mask_says() -> None:
    rng = np.random.default_rng(3)
    some = [picture(n, 144) for n in range(4)]
    made = [made_pair(some, some, rng) for _ in range(12)]
    shares = [mask.mean() for _, _, mask in made]
    assert min(shares) == 0 and 0.05 < np.mean(shares) < 0.6
    inside, outside = [], []
    for before, after, mask in made:
        apart = np.abs(before.astype(int) - after).mean(axis=2)
        if mask.any():
            inside.append(apart[mask].mean())
            outside.append(apart[~mask].mean())
    assert np.mean(inside) > np.mean(outside)


def test_the_threshold_falls_where_much_seems_to_change() -> None:
    # All as likely as usual: any share explains them, and the usual one is kept.
    assert lowered(np.full(99, 0.2), 0.37) == pytest.approx(0.3)
    still = np.full(400, 0.02)
    assert lowered(still, 0.37) == 0.37
    shares = []
    for changed in (20, 200, 360):
        told = still.copy()
        told[:changed] = 0.8
        shares.append(lowered(told, 0.37))
    assert shares[0] == 0.37 > shares[1] > shares[2] > 0.1
    assert lowered(np.ones(9), 0.37) == pytest.approx(9 / 65)  # four fifths at most


def test_f1_by_hand() -> None:
    told = np.array([0.9, 0.6, 0.4, 0.1], np.float32)
    curve = change_head.f1_by_threshold(told, np.array([True, False, True, False]))
    assert curve[49] == pytest.approx(0.5)  # 1 right, 1 wrong, 1 missed
    assert curve[19] == pytest.approx(0.8)  # 2 right, 1 wrong


def test_a_file_without_threshold_is_told(tmp_path) -> None:
    from safetensors.numpy import load_file, save_file

    from rsrag.encoders.mini.mini_looks import CHANGE

    path = tmp_path / "bare.safetensors"
    save_file(load_file(CHANGE), path)
    with pytest.raises(CheckpointError, match="threshold"):
        load_change_weights(path)
    save_file({"inner": np.zeros((2, 2), np.float16)}, path)
    with pytest.raises(CheckpointError, match="mean"):
        load_change_weights(path)
