import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.errors import CheckpointError


def test_agrees_with_the_library(tmp_path):
    rng = np.random.default_rng(0)
    tensors = {
        "a": rng.normal(size=(3, 4)).astype(np.float32),
        "b": rng.normal(size=5).astype(np.float16),
        "c": np.arange(6).reshape(1, 6),
        "empty": np.empty((0, 4), dtype=np.float32),
    }
    save_file(tensors, tmp_path / "t.safetensors", metadata={"k": "v"})
    file = map_tensors(tmp_path / "t.safetensors")
    assert dict(file.metadata) == {"k": "v"}
    assert set(file.tensors) == set(tensors)
    for name, tensor in tensors.items():
        assert file.tensors[name].dtype == tensor.dtype
        np.testing.assert_array_equal(file.take(name, tensor.shape), tensor)
    with pytest.raises(ValueError, match="read-only"):
        file.tensors["a"][0, 0] = 1
    with pytest.raises(CheckpointError, match="lacks the tensor z"):
        file.take("z", (1,))
    with pytest.raises(CheckpointError, match=r"shape \(3, 4\), expected \(4, 3\)"):
        file.take("a", (4, 3))


def packed(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234",
        b"\xff" * 8,
        packed(b"not json"),
        packed([1]),
        packed({"a": ENTRY}),
        packed({"a": ENTRY | {"data_offsets": [0, 4]}}, b"1234"),
        packed({"a": ENTRY | {"data_offsets": [-8, 0]}}, b"12345678"),
        packed({"a": ENTRY | {"dtype": "Q9"}}, b"12345678"),
        packed({"a": 3}),
        packed({"a": {}}),
    ],
)
def test_hostile_files_are_refused(tmp_path, data):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"bad\.safetensors"):
        map_tensors(path)


def test_missing_file(tmp_path):
    with pytest.raises(CheckpointError):
        map_tensors(tmp_path / "none.safetensors")
