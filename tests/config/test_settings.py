"""Settings: each from the first place that names it, and nothing else believed."""

import dataclasses
import os
import re
import sys
from pathlib import Path

import pytest

from rsrag.config import Settings, homes, settings as module
from rsrag.config.homes import (
    PACKAGED_KNOWLEDGE,
    config_path,
    data_home,
    knowledge_roots,
    knowledge_text,
)
from rsrag.config.settings import SECRETS, VARIABLES, read_settings, shown_value
from rsrag.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """An empty folder, that the process stands in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def env(tmp_path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "user")}


def config(env: dict[str, str], text: str) -> Path:
    """Write the config file that these variables lead to."""
    file = config_path(env)
    assert file is not None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_every_setting_has_a_variable_and_a_line_in_both_tables() -> None:
    names = [field.name for field in dataclasses.fields(Settings)]
    assert list(VARIABLES) == names
    assert module.__doc__ is not None
    table = re.findall(r"^``(\w+)`` +``(\w+)``", module.__doc__, re.MULTILINE)
    assert dict(table) == VARIABLES
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", page, re.M)) == VARIABLES


def test_variable_before_config_file_before_default(here, env) -> None:
    assert Settings.from_environment(env).encoder == "mini"
    file = config(env, 'encoder = "from-file"\nthreads = 3\n')
    found = read_settings(env)
    assert (found["encoder"].value, found["encoder"].origin) == ("from-file", str(file))
    assert (found["threads"].value, found["llm"].origin) == (3, "default")
    env["RSRAG_ENCODER"] = "from-variable"
    found = read_settings(env)
    assert found["encoder"].value == "from-variable"
    assert found["encoder"].origin == "RSRAG_ENCODER"
    assert Settings.from_environment(env).threads == 3


def test_an_empty_variable_is_no_variable(here, env) -> None:
    config(env, 'encoder = "from-file"\n')
    assert Settings.from_environment({**env, "RSRAG_ENCODER": ""}).encoder == (
        "from-file"
    )


def test_indexes_lie_here_if_they_are_here(here, env, tmp_path) -> None:
    home = tmp_path / "user" / ".local/share/rsrag"
    if sys.platform == "darwin":
        home = tmp_path / "user" / "Library/Application Support/rsrag"
    first = Settings.from_environment(env)
    assert (first.home, first.indexes) == (home, home / "indexes")
    assert first.folders == home / "folders"
    (here / "indexes").mkdir()
    assert Settings.from_environment(env).indexes.absolute() == here / "indexes"
    config(env, 'indexes = "mine"\n')
    folder = config_path(env).parent
    assert Settings.from_environment(env).indexes == folder / "mine"
    env["RSRAG_INDEXES"] = "/of/variable"
    assert Settings.from_environment(env).indexes == Path("/of/variable")


def test_another_home(here, env) -> None:
    config(env, 'home = "~/rsrag"\n')
    assert Settings.from_environment(env).indexes.parts[-2:] == ("rsrag", "indexes")
    env["RSRAG_HOME"] = "/data"
    found = Settings.from_environment(env)
    assert (found.home, found.indexes) == (Path("/data"), Path("/data/indexes"))
    assert found.knowledge == (PACKAGED_KNOWLEDGE, Path("/data/knowledge"))


def test_own_knowledge_lies_here_if_it_holds_a_collection(here, env) -> None:
    env["RSRAG_HOME"] = "/data"
    (here / "knowledge").mkdir()
    (here / "knowledge" / "README.md").touch()
    assert Settings.from_environment(env).knowledge[-1] == Path("/data/knowledge")
    (here / "knowledge" / "mine").mkdir()
    (here / "knowledge" / "mine" / "facts.jsonl").touch()
    roots = Settings.from_environment(env).knowledge
    assert roots == (PACKAGED_KNOWLEDGE, Path("knowledge"))
    env["RSRAG_KNOWLEDGE"] = "only/this"
    assert Settings.from_environment(env).knowledge == (Path("only/this"),)


def test_folders_of_knowledge_are_written_as_they_are_read(here) -> None:
    assert knowledge_roots("packaged") == (PACKAGED_KNOWLEDGE,)
    roots = knowledge_roots(f"packaged{os.pathsep}mine")
    assert roots == (PACKAGED_KNOWLEDGE, Path("mine"))
    text = knowledge_text(roots)
    assert text == f"packaged{os.pathsep}{here / 'mine'}"
    assert knowledge_roots(text) == (PACKAGED_KNOWLEDGE, here / "mine")
    for name in ("packaged", f"a{os.pathsep}b"):
        (here / name).mkdir()
        assert knowledge_roots(name) == (Path(name),)


def test_the_platform_says_where(monkeypatch) -> None:
    env = {"HOME": "/u"}
    monkeypatch.setattr(homes, "_is_mac", lambda: False)
    assert data_home(env) == Path("/u/.local/share/rsrag")
    assert config_path(env) == Path("/u/.config/rsrag/config.toml")
    xdg = {**env, "XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "/c"}
    assert data_home(xdg) == Path("/d/rsrag")
    assert config_path(xdg) == Path("/c/rsrag/config.toml")
    relative = {**env, "XDG_DATA_HOME": "d", "XDG_CONFIG_HOME": "c"}
    assert data_home(relative) == Path("/u/.local/share/rsrag")
    assert config_path(relative) == Path("/u/.config/rsrag/config.toml")
    monkeypatch.setattr(homes, "_is_mac", lambda: True)
    assert data_home(env) == Path("/u/Library/Application Support/rsrag")
    assert config_path(env) == Path("/u/Library/Application Support/rsrag/config.toml")


def test_without_a_home(monkeypatch) -> None:
    def none() -> Path:
        raise RuntimeError("no home")

    assert config_path({}) is None
    monkeypatch.setattr(Path, "home", none)
    with pytest.raises(ConfigError, match="no home directory") as caught:
        data_home({})
    assert "RSRAG_HOME" in str(caught.value.hint)
    assert Settings.from_environment({"RSRAG_HOME": "/h"}).home == Path("/h")


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("treads = 3", "no setting 'treads'", "did you mean threads?"),
        ("colour = 3", "no setting 'colour'", "settings: home, indexes"),
        ("[llm]\nurl = 'x'", "llm is {'url': 'x'}; it must be text", None),
        ("encoder = 7", "encoder is 7; it must be text", None),
        ("encoder = ''", "encoder is ''; it must be text", None),
        ("threads = 0", "threads is 0; it must be a whole number", None),
        ("threads = true", "threads is True; it must be a whole number", None),
        ("threads = 1.5", "threads is 1.5; it must be a whole number", None),
        ("preview = 'on'", "must be one of auto, never, kitty", None),
        ("encoder mini", "is not TOML", "a line is"),
        ("encoder = 'a'\nencoder = 'b'", "is not TOML", "a line is"),
    ],
)
def test_what_the_config_file_may_not_hold(here, env, text, words, hint) -> None:
    file = config(env, text)
    with pytest.raises(ConfigError) as caught:
        Settings.from_environment(env)
    assert str(file) in str(caught.value)
    assert words in str(caught.value)
    assert (hint is None) == (caught.value.hint is None)
    assert hint is None or hint in caught.value.hint


def test_a_config_file_that_was_named_must_be_there(env, tmp_path) -> None:
    env["RSRAG_CONFIG"] = str(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="There is no config file"):
        Settings.from_environment(env)
    env["RSRAG_CONFIG"] = os.devnull
    assert Settings.from_environment(env).encoder == "mini"
    env["RSRAG_CONFIG"] = str(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        Settings.from_environment(env)


def test_a_key_may_not_stand_where_others_read_it(here, env) -> None:
    file = config(env, "llm_api_key = 'abc'\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="holds llm_api_key") as caught:
        Settings.from_environment(env)
    assert caught.value.hint == f"chmod 600 {file}"
    assert "abc" not in str(caught.value)
    file.chmod(0o600)
    assert Settings.from_environment(env).llm_api_key == "abc"


def test_keys_are_never_shown() -> None:
    for name in SECRETS:
        assert shown_value(name, "abc") == "********"
        assert shown_value(name, None) is None
    for url in ("http://me:abc@host/v1", "http://abc@host/v1"):
        assert shown_value("llm_url", url) == "http://********@host/v1"
    assert shown_value("llm_url", "http://host/a@b") == "http://host/a@b"


@pytest.mark.parametrize("value", ["many", "0", "-1", "1.5"])
def test_threads_are_a_whole_number(env, value) -> None:
    with pytest.raises(ConfigError, match="RSRAG_THREADS"):
        Settings.from_environment({**env, "RSRAG_THREADS": value})
