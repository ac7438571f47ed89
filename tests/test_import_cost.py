"""The command line starts light: heavy libraries load where they are first used."""

import subprocess
import sys

import pytest

from bench.cold.indexes import mini_index

HEAVY = (
    "torch",
    "torchvision",
    "open_clip",
    "faiss",
    "transformers",
    "sentence_transformers",
    "llama_cpp",
    "rasterio",
    "geopandas",
    "pandas",
    "numpy",
    "pyarrow",
    "shapely",
    "PIL",
    "qdrant_client",
    "qdrant_edge",
    "psycopg",
    "obstore",
    "ray",
    "distributed",
    "huggingface_hub",
    "rich",
    "tqdm",
)


@pytest.mark.parametrize("module", ["rsrag", "rsrag.errors", "rsrag.commands"])
def test_importing_is_cheap(module: str) -> None:
    code = (
        f"import sys, {module}; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


NEVER = (
    "torch",
    "torchvision",
    "open_clip",
    "transformers",
    "sentence_transformers",
    "llama_cpp",
    "rasterio",
    "geopandas",
    "pandas",
    "scipy",
    "PIL",
    "qdrant_client",
    "qdrant_edge",
    "psycopg",
    "obstore",
    "huggingface_hub",
    "rich",
    "tqdm",
    "asyncio",
    "rsrag.imagery.scenes",
)
"""What no search by text and no question about a fact waits for."""


@pytest.fixture(scope="module")
def indexes(tmp_path_factory):
    root = tmp_path_factory.mktemp("indexes")
    mini_index(root, 40)
    return root


def loaded(names, *arguments):
    """Which modules a command has imported by its end."""
    code = (
        "import sys; from rsrag.commands import main; "
        f"failed = main({list(map(str, arguments))!r}); "
        f"print('', [name for name in {tuple(names)!r} if name in sys.modules]); "
        "sys.exit(failed)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1].strip()


FILTERS = {
    "none": (),
    "bbox": ("--bbox", "-170", "-75", "170", "75"),
    "facts": ("--sensor", "S2A", "--gsd", "..30"),
}


@pytest.mark.parametrize("given", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("format", ["table", "json"])
def test_a_search_by_text_loads_no_more_than_it_needs(indexes, given, format):
    names = [*NEVER, "faiss", "pyarrow.parquet"]
    # JSON has footprints as GeoJSON.
    names += [] if "--bbox" in given or format == "json" else ["shapely"]
    query = ("search", "a river", "--indexes", indexes, "--format", format)
    assert loaded(names, *query, *given) == "[]"


def test_a_fact_is_told_without_numpy():
    names = [*NEVER, "numpy", "pyarrow", "shapely", "faiss", "tokenizers"]
    question = ("ask", "How deep is Lake Baikal?", "--no-llm")
    # The first question after records changed makes their catalogue.
    loaded((), *question)
    assert loaded(names, *question) == "[]"


@pytest.mark.parametrize("command", [["--help"], ["search", "--help"]])
def test_help_loads_nothing(command):
    assert loaded(HEAVY, *command) == "[]"


def test_what_is_loaded_is_seen(indexes):
    query = ("search", "a river", "--indexes", indexes)
    assert loaded(["numpy", "pyarrow"], *query) == "['numpy', 'pyarrow']"
