"""The command line starts light: heavy libraries load where they are first used."""

import subprocess
import sys

import pytest

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
