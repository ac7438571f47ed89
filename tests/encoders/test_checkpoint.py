import pickle
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from rsrag.encoders.clip.checkpoint import load_strictly, read_state_dict
from rsrag.errors import CheckpointError

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


def same(left, right):
    return left.keys() == right.keys() and all(
        torch.equal(left[key], right[key]) for key in left
    )


@pytest.mark.parametrize(
    "content",
    [
        WEIGHTS,
        {"state_dict": WEIGHTS, "epoch": 20, "optimizer": {"lr": 1e-9}},
        {"model": {f"module.{k}": v for k, v in WEIGHTS.items()}},
        {"model_state": {f"module._orig_mod.{k}": v for k, v in WEIGHTS.items()}},
        {"state_dict": {"model": WEIGHTS}},
    ],
)
def test_wrappers_of_training_scripts_are_taken_off(tmp_path, content):
    torch.save(content, tmp_path / "weights.pt")
    assert same(read_state_dict(tmp_path / "weights.pt"), WEIGHTS)


def test_safetensors_and_both_layouts_of_torch_hold_the_same(tmp_path):
    save_file(WEIGHTS, tmp_path / "w.safetensors")
    torch.save(WEIGHTS, tmp_path / "w.pt")
    torch.save(WEIGHTS, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    for name in ("w.safetensors", "w.pt", "old.pt"):
        assert same(read_state_dict(tmp_path / name), WEIGHTS), name


class Evil:
    def __reduce__(self):
        return (exec, ("raise SystemExit('code in a checkpoint ran')",))


@pytest.mark.parametrize("new_layout", [True, False])
def test_code_in_a_pickle_is_refused_and_does_not_run(tmp_path, new_layout):
    path = tmp_path / "evil.pt"
    content = {"state_dict": WEIGHTS, "args": Evil()}
    torch.save(content, path, _use_new_zipfile_serialization=new_layout)
    with pytest.raises(CheckpointError, match="refused") as caught:
        read_state_dict(path)
    assert "safetensors" in caught.value.hint


def test_files_that_are_no_checkpoints(tmp_path):
    def refused(name, content, match):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointError, match=match):
            read_state_dict(tmp_path / name)

    refused("empty.pt", b"", "cannot be read|refused")
    refused("text.pt", b"<html>404</html>", "cannot be read|refused")
    refused("bare.pt", pickle.dumps([1, 2]), "cannot be read|refused|no weights")
    refused("text.safetensors", b"<html>404</html>", "not a safetensors")
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        read_state_dict(tmp_path / "none.pt")
    torch.save({"epoch": 3}, tmp_path / "none.pt")
    with pytest.raises(CheckpointError, match="holds no weights"):
        read_state_dict(tmp_path / "none.pt")
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("folder/epoch_20.pt", b"")
    with pytest.raises(CheckpointError, match="no torch checkpoint") as caught:
        read_state_dict(tmp_path / "a.pt")
    assert "unpack" in caught.value.hint


def test_a_cut_file_is_refused(tmp_path):
    torch.save(WEIGHTS, tmp_path / "w.pt")
    whole = (tmp_path / "w.pt").read_bytes()
    (tmp_path / "w.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError):
        read_state_dict(tmp_path / "w.pt")


def test_a_torchscript_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "s.pt", "w") as archive:
        archive.writestr("s/constants.pkl", b"")
        archive.writestr("s/data.pkl", b"")
    with pytest.raises(CheckpointError, match="TorchScript"):
        read_state_dict(tmp_path / "s.pt")


def linear():
    return torch.nn.ModuleDict({"a": torch.nn.Linear(3, 2)})


def test_all_keys_fit():
    model = linear()
    load_strictly(model, WEIGHTS, origin="w")
    assert same(dict(model.state_dict()), WEIGHTS)


def test_each_kind_of_misfit_is_named_and_nothing_is_loaded():
    model = linear()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    given = {"a.weight": torch.zeros(2, 4), "b.weight": torch.zeros(1)}
    with pytest.raises(CheckpointError) as caught:
        load_strictly(model, given, origin="w.pt as ViT-X")
    text = str(caught.value)
    assert text.startswith("w.pt as ViT-X:")
    assert "1 wrong shape: a.weight is (2, 4), expected (2, 3)." in text
    assert "1 missing: a.bias." in text
    assert "1 not known to the model: b.weight." in text
    assert same(dict(model.state_dict()), before)


def test_a_long_list_is_cut_and_counted():
    given = {f"x{i}": torch.zeros(1) for i in range(9)} | WEIGHTS
    with pytest.raises(CheckpointError, match=r"9 not known.*x4 and 4 more\."):
        load_strictly(linear(), given, origin="w")


def test_only_the_harmless_may_be_left_over_or_missing():
    model = linear()
    model.logit_bias = torch.nn.Parameter(torch.zeros(()))
    extra = {"attn_mask": torch.zeros(2), "input_resolution": torch.tensor(224)}
    load_strictly(model, WEIGHTS | extra, origin="w")
    with pytest.raises(CheckpointError, match="1 missing: logit_bias"):
        load_strictly(model, WEIGHTS, origin="w", allowed_missing=())


def test_a_scale_may_be_a_scalar_or_a_row_of_one():
    model = linear()
    model.logit_scale = torch.nn.Parameter(torch.zeros(()))
    load_strictly(model, WEIGHTS | {"logit_scale": torch.tensor([4.6])}, origin="w")
    assert model.logit_scale.item() == pytest.approx(4.6)


def test_another_architecture_is_recognised_by_its_shapes():
    import open_clip

    with torch.device("meta"):
        b32 = open_clip.create_model("ViT-B-32", device="meta").state_dict()
    given = {key: torch.empty(value.shape, device="meta") for key, value in b32.items()}
    with pytest.raises(CheckpointError, match="ViT-X") as caught:
        load_strictly(linear(), given, origin="w as ViT-X")
    assert "ViT-B-32, ViT-B-32-quickgelu" in caught.value.hint
    assert "OpenAI" in caught.value.hint
