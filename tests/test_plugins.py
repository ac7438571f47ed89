"""Plugins, installed and used through the command line; those that break are named."""

import json
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent

MORE = """
from rsrag.records import Landmark
from rsrag.stores.rows import ExactStore
from rsrag.types import Generation


class Plain(ExactStore):
    pass


class Careless(ExactStore):
    def search(self, vectors, top_k, where=None):
        return [["no hit"]]


class Echo:
    name, context_tokens, sees = "echo", 4096, False

    def count_tokens(self, messages):
        return sum(len(one.content) for one in messages)

    def generate(self, messages, *, max_tokens, temperature=0, seed=0, on_text=None):
        return Generation("Lake Baikal has a maximum depth of 1,642 m.", 1, 3, "stop")

    def likelihood(self, prompt, continuation):
        return -1.0

    def close(self):
        pass


class Mute(Echo):
    def generate(self, messages, **settings):
        return "words"


class Bare(Grey):
    identity = EncoderIdentity("bare", "none", "mean of all", 2)
    encode_texts = staticmethod(lambda texts: np.ones((len(texts), 2), np.float32))


class Half:
    identity, max_tokens = Grey.identity, 9


def broken():
    raise ValueError("no battery")


def points(path):
    for line in path.read_text().splitlines():
        name, lon, lat = line.split("@")
        yield {"name": name, "lon": float(lon), "lat": float(lat)}
"""
ENTRIES = {
    "rsrag.encoders": ["bare = grey:Bare", "half = grey:Half", "broken = grey:broken"],
    "rsrag.stores": [
        "plain = grey:Plain",
        "careless = grey:Careless",
        "bad = grey:broken",
    ],
    "rsrag.generators": ["echo = grey:Echo", "mute = grey:Mute"],
    "rsrag.importers": [
        "points = grey:points",
        "csv = grey:points",
        "lost = grey:gone",
    ],
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Where the plugin of docs/plugins.md is installed, and some more."""
    page = (ROOT / "docs" / "plugins.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    assert (
        len([line for line in code.split("class Grey")[1].splitlines() if line]) <= 10
    )
    project = tomllib.loads(re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1])[
        "project"
    ]
    folder = tmp_path_factory.mktemp("site")
    (folder / "grey.py").write_text(code + MORE)
    info = folder / "rsrag_grey-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".format_map(project)
    )
    entries = {group: [*lines] for group, lines in ENTRIES.items()}
    for group, names in project["entry-points"].items():
        entries[group] += [f"{name} = {value}" for name, value in names.items()]
    lines = [f"[{group}]\n" + "\n".join(found) for group, found in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for name, value in {"dark": 20, "middle": 120, "bright": 240}.items():
        (folder / "photos").mkdir(exist_ok=True)
        picture = Image.fromarray(np.full((32, 32, 3), value, np.uint8))
        picture.save(folder / "photos" / f"{name}.png")
    return folder


def rsrag(installed: Path, *words: str) -> subprocess.CompletedProcess:
    environ = os.environ | {
        "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}",
        "RSRAG_HOME": str(installed / "home"),
    }
    return subprocess.run(
        [sys.executable, "-m", "rsrag", *words],
        capture_output=True,
        text=True,
        cwd=installed,
        env=environ,
        check=False,
    )


def ran(installed: Path, *words: str) -> str:
    done = rsrag(installed, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(installed: Path, *words: str) -> str:
    done = rsrag(installed, *words)
    assert done.returncode in (1, 2), (done.stdout, done.stderr)
    return done.stderr


def build(installed: Path, name: str, *words: str) -> list[str]:
    return ["index", "build", "photos", "--name", name, *words]


def test_an_encoder_and_a_store_of_others(installed) -> None:
    ran(installed, *build(installed, "photos", "--encoder", "grey", "--store", "plain"))
    found = json.loads(
        ran(installed, "search", "bright", "--index", "photos", "--json")
    )
    names = [Path(hit["source"]).stem for hit in found]
    assert names == ["bright", "middle", "dark"]
    manifest = json.loads(ran(installed, "index", "info", "photos", "--json"))
    assert "plain" in str(manifest) and "the plugin of rsrag-grey 1.0" in str(manifest)
    assert "all is as it was written" in ran(installed, "index", "verify", "photos")
    picture = Image.fromarray(np.full((32, 32, 3), 200, np.uint8))
    picture.save(installed / "photos" / "light.png")
    ran(installed, "index", "update", "photos")
    assert "light.png" in ran(installed, "search", "bright", "--index", "photos")
    (installed / "photos" / "light.png").unlink()


def test_a_language_model_of_others(installed) -> None:
    words = ("ask", "How deep is Lake Baikal?", "--llm", "echo", "--json")
    assert json.loads(ran(installed, *words))["generator"] == "echo"
    error = refused(installed, *words[:2], "--llm", "mute")
    assert "mute (generator of rsrag-grey 1.0): generate() gave" in error


def test_an_importer_of_others(installed) -> None:
    (installed / "new.pts").write_text("Grey Rock@9.5@50.25\nGrey Hole@nowhere@0\n")
    given = ("--as", "points", "--source", "me", "--licence", "CC0-1.0")
    error = refused(
        installed, "knowledge", "import", "new.pts", "--name", "own", *given
    )
    assert "points (importer of rsrag-grey 1.0): reading new.pts failed" in error
    (installed / "new.pts").write_text("Grey Rock@9.5@50.25\n")
    ran(installed, "knowledge", "import", "new.pts", "--name", "own", *given)
    assert "Grey Rock" in ran(installed, "knowledge", "show", "Grey Rock")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--encoder", "half"), "Half lacks count_tokens, encode_images, encode_prep"),
        (("--encoder", "broken"), "making it failed: ValueError: no battery"),
        (("--encoder", "grey", "--precision", "bf16"), "making it failed: TypeError"),
        (("--store", "bad"), "grey:broken has no create()"),
        (("--store", "careles"), "There is no store 'careles'"),
        (("--encoder", "gray"), "Did you mean grey"),
    ],
)
def test_what_breaks_is_named(installed, words, fault) -> None:
    assert fault in refused(installed, *build(installed, "never", *words))


def test_calls_that_break_are_named(installed) -> None:
    given = ("--encoder", "bare", "--store", "careless")
    ran(installed, *build(installed, "bare", *given))
    error = refused(installed, "search", "bright", "--index", "bare")
    assert "bare (encoder of rsrag-grey 1.0): encode_texts() gave what it must" in error
    picture = str(installed / "photos" / "dark.png")
    error = refused(installed, "search", "--image", picture, "--index", "bare")
    assert "careless (store of rsrag-grey 1.0): search() gave what it must not" in error
    # The rest works.
    ran(installed, *build(installed, "own"))
    assert "dark.png" in ran(installed, "search", "night", "--index", "own")


def test_doctor_lists_plugins_and_their_faults(installed) -> None:
    done = rsrag(installed, "doctor", "--json")
    found = json.loads(done.stdout)["sections"]["plugins"]
    told = {one["where"]: one["severity"] for one in found}
    assert told == {
        **dict.fromkeys(
            [f"plugin {name}" for name in ("bare", "careless", "echo", "grey", "mute")],
            "ok",
        ),
        **dict.fromkeys(["plugin plain", "plugin points"], "ok"),
        **dict.fromkeys(["plugin broken", "plugin half"], "problem"),
        **dict.fromkeys(["plugin bad", "plugin lost"], "problem"),
        "plugin csv": "warning",
    }


def test_an_index_whose_plugin_is_gone_says_so(installed) -> None:
    ran(installed, *build(installed, "gone", "--store", "plain"))
    info = installed / "rsrag_grey-1.0.dist-info"
    info.rename(installed / "away")
    try:
        error = refused(installed, "search", "dark", "--index", "gone")
    finally:
        (installed / "away").rename(info)
    assert "a store of the kind 'plain', which is not here" in error
    assert "rsrag index rebuild gone --store faiss" in error


def test_built_in_names_look_for_no_plugin() -> None:
    code = """
    import sys
    from rsrag.encoders.encoder_registry import load_encoder
    from rsrag.store_factory import store_creator
    from rsrag.config import Settings
    load_encoder("mini")
    store_creator("faiss", "auto", "x", Settings.from_environment())
    assert "importlib.metadata" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=ROOT)
