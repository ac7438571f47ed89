"""``rsrag config``: every setting with where it is from."""

import json

import pytest

from rsrag.commands import main
from rsrag.config.settings import VARIABLES


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A config file, and nothing set besides."""
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    path = tmp_path / "config.toml"
    path.touch(mode=0o600)
    monkeypatch.setenv("RSRAG_CONFIG", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def test_show(file, monkeypatch, capsys) -> None:
    file.write_text('encoder = "other"\nthreads = 3\nqdrant_api_key = "hidden"\n')
    monkeypatch.setenv("RSRAG_THREADS", "2")
    monkeypatch.setenv("RSRAG_LLM_API_KEY", "hidden")
    assert main(["config", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert list(shown) == list(VARIABLES)
    assert shown["encoder"] == {"value": "other", "from": str(file)}
    assert shown["threads"] == {"value": 2, "from": "RSRAG_THREADS"}
    assert shown["qdrant_api_key"] == {"value": "********", "from": str(file)}
    assert shown["llm_url"] == {"value": None, "from": "default"}
    assert main(["config", "show"]) == 0
    out = capsys.readouterr().out
    assert "hidden" not in out
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert lines["setting"] == ["value", "from"]
    assert lines["threads"] == ["2", "RSRAG_THREADS"]
    assert lines["llm_api_key"] == ["********", "RSRAG_LLM_API_KEY"]


def test_path(file, capsys) -> None:
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{file}\n"


def test_the_nearest_key_is_named(file, capsys) -> None:
    file.write_text('encodr = "mini"\n')
    assert main(["config", "show"]) == 1
    err = capsys.readouterr().err
    assert err == (
        f"error: {file}: there is no setting 'encodr'.\n next: did you mean encoder?\n"
    )


def test_a_command_takes_what_the_file_says(file, tmp_path, capsys) -> None:
    file.write_text(f'indexes = "{tmp_path}/kept"\n')
    assert main(["index", "list"]) == 0
    assert capsys.readouterr().out.startswith(f"no index in {tmp_path}/kept\n")
    assert main(["index", "list", "--indexes", "typed"]) == 0
    assert capsys.readouterr().out.startswith("no index in typed\n")
