import hashlib
import sys
from pathlib import Path

import pytest

from rsrag.errors import CheckpointError, ModelNotFoundError
from rsrag.packages import PackagedFile, remembered_sha256


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "toy_model_pkg"
    (folder / "model").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (folder / "model" / "w.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


SHA256 = hashlib.sha256(b"weights").hexdigest()


def packaged(sha256=SHA256, path="model/w.bin"):
    return PackagedFile("toy-model-pkg", "toy_model_pkg", path, sha256)


def test_found_without_running_the_package(package):
    assert packaged().verified() == package / "model" / "w.bin"
    assert "toy_model_pkg" not in sys.modules


def test_package_that_is_not_installed():
    absent = PackagedFile("no-such-dist", "no_such_module_here", "w.bin", "00")
    with pytest.raises(ModelNotFoundError, match="no-such-dist") as caught:
        absent.locate()
    assert caught.value.hint == "pip install no-such-dist"


def test_file_missing_from_the_package(package):
    with pytest.raises(ModelNotFoundError, match="other"):
        packaged(path="model/other.bin").locate()


def test_wrong_hash_is_refused_again_and_again(package):
    for _ in range(2):
        with pytest.raises(CheckpointError, match="expected 00"):
            packaged(sha256="00").verified()


def test_a_changed_file_is_hashed_anew(package):
    packaged().verified()
    (package / "model" / "w.bin").write_bytes(b"damaged weights")
    with pytest.raises(CheckpointError):
        packaged().verified()


def test_memory_spares_the_second_reading(package, monkeypatch):
    file = package / "model" / "w.bin"
    first = remembered_sha256(file)
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert remembered_sha256(file) == first


@pytest.mark.parametrize("damage", [b"", b"[1, 2]", b"{", b'{"x": 1}', b"\xff"])
def test_damaged_memory_costs_a_hash_only(package, tmp_path, damage):
    memory = tmp_path / "cache" / "rsrag" / "verified.json"
    memory.parent.mkdir(parents=True)
    memory.write_bytes(damage)
    assert packaged().verified().is_file()


def test_unwritable_cache(package, tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocker))
    assert packaged().verified() == Path(package, "model", "w.bin")
