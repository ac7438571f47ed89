"""What holds for every module of bench, whoever wrote it."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from test_floors import MAX_LINES

from bench.registry import BENCHMARKS

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = "bench_"  # of quality, older than this rule
FILES = sorted(
    path for path in (ROOT / "bench").rglob("*.py") if not path.name.startswith(SCRIPTS)
)
PEERS = ("hnswlib", "usearch", "lancedb", "matplotlib", "sentence_transformers")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_name_has_a_measure(name):
    module = importlib.import_module(BENCHMARKS[name].module)
    assert callable(module.measure)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_is_imported_where_no_peer_is_installed(name):
    code = f"import sys\nfor peer in {PEERS}: sys.modules[peer] = None\n"
    code += f"import {BENCHMARKS[name].module}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_small(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES
