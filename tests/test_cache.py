"""Where the cache is, and memories in it that several processes share."""

import subprocess
import sys
from pathlib import Path

import pytest

from rsrag.cache import JsonMemory, cache_folder, hub_cache
from rsrag.errors import ConfigError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "rsrag"


def test_the_cache_is_where_the_specification_says(cache, monkeypatch):
    assert cache_folder() == cache
    for passed_over in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", passed_over)
        assert cache_folder() == Path.home() / ".cache" / "rsrag"


def test_nobody_disagrees_where_the_cache_is(cache, monkeypatch, tmp_path):
    """All rooms that keep something ask the one place (a relative path, too)."""
    from rsrag.encoders.models.model_cache import Pin, write_pin
    from rsrag.encoders.text_towers.exported_towers import towers_folder
    from rsrag.knowledge.catalogue.catalogue_files import cache_path
    from rsrag.packages import remembered_sha256

    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    write_pin("a", Pin("p", "s", 1, "card"))
    remembered_sha256(tmp_path / "file")
    folder = tmp_path / "home" / ".cache" / "rsrag"
    assert {path.name for path in folder.glob("*.json")} == {
        "models.json",
        "verified.json",
    }
    assert cache_path(tmp_path, "stamp").parent == folder / "catalogues"
    assert towers_folder().parent == folder
    assert not (tmp_path / "relative").exists()


def test_the_hub_is_followed(cache, monkeypatch, tmp_path):
    assert hub_cache() == tmp_path / "cache" / "huggingface" / "hub"
    monkeypatch.setenv("HF_HOME", "/hf")
    assert hub_cache() == Path("/hf/hub")
    monkeypatch.setenv("HUGGINGFACE_HUB_CACHE", "/older")
    assert hub_cache() == Path("/older")
    monkeypatch.setenv("HF_HUB_CACHE", "~/newer")
    assert hub_cache() == Path.home() / "newer"


def test_without_a_home(cache, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(ConfigError, match="no home directory") as caught:
        cache_folder()
    assert "XDG_CACHE_HOME" in caught.value.hint
    memory = JsonMemory("a.json")
    assert memory.read() == {}
    memory.try_put("key", 1)


def test_what_is_put_is_remembered(cache):
    memory = JsonMemory("a.json")
    memory.put("one", [1, 2])
    memory.put("two", {"x": None})
    memory.put("one", "new")
    assert JsonMemory("a.json").read() == {"one": "new", "two": {"x": None}}
    assert JsonMemory("b.json").read() == {}


@pytest.mark.parametrize(
    "damage", [b"", b"[1]", b'{"a": ', b"\xff", b"[" * 200_000], ids=lambda d: d[:6]
)
def test_damage_counts_as_empty(cache, damage):
    memory = JsonMemory("a.json")
    cache.mkdir(parents=True)
    (cache / "a.json").write_bytes(damage)
    assert memory.read() == {}
    memory.put("key", 1)
    assert memory.read() == {"key": 1}


def test_a_cache_that_cannot_be_written(cache, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    JsonMemory("a.json").try_put("key", 1)
    with pytest.raises(OSError, match="file"):
        JsonMemory("a.json").put("key", 1)


def test_no_process_loses_what_another_put(cache):
    code = (
        "import sys; from rsrag.cache import JsonMemory\n"
        "memory, worker = JsonMemory('pins.json'), sys.argv[1]\n"
        "sys.stdin.readline()\n"
        "for n in range(8): memory.put(f'{worker}-{n}', n)\n"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(n)], stdin=subprocess.PIPE, text=True
        )
        for n in range(5)
    ]
    for worker in workers:  # All of them begin when all are there.
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    assert [worker.wait(60) for worker in workers] == [0] * 5
    for worker in workers:
        worker.stdin.close()
    assert len(JsonMemory("pins.json").read()) == 40
