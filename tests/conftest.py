"""What tests of several rooms share."""

import os
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Read when NumPy and torch are imported. pytest-xdist starts a process for each core:
# where each computed with a thread a core, they would wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from bench.services import ogr
from bench.services.postgres import Postgres
from bench.services.processes import ServiceError
from bench.services.seaweed import Seaweed
from bench.services.slurm import Slurm
from rsrag.config.settings import VARIABLES
from rsrag.objects.open_place import open_objects

# How long an example takes says how busy the machine is.
settings.register_profile(
    "rsrag", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("rsrag")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# No test reads or writes what the person at this machine keeps or has set. Workers of
# pytest-xdist inherit the folder of caches, which processes may share.
for _name in (*VARIABLES.values(), "RSRAG_OFFLINE", "RSRAG_LOG_LEVEL"):
    os.environ.pop(_name, None)
for _name in [name for name in os.environ if name.startswith(("AWS_", "AZURE_"))]:
    os.environ.pop(_name)
_HOME = tempfile.TemporaryDirectory(prefix="rsrag-home-")
os.environ["RSRAG_HOME"] = _HOME.name
os.environ["RSRAG_CONFIG"] = os.devnull
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
if "PYTEST_XDIST_WORKER" not in os.environ:
    _CACHES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ.setdefault("HF_HOME", str(_CACHES / "huggingface"))
    os.environ["XDG_CACHE_HOME"] = str(Path(_HOME.name) / "cache")

# Hundreds of tests start a process, and each would compile rsrag again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No test cuts the power; those of the order in which files are synced set their own.
os.fsync = lambda handle: None

TALLY: Counter[str] = Counter()


@pytest.fixture(scope="session")
def tally() -> Counter[str]:
    """Counts of kills and faults, for the last line of the run."""
    return TALLY


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist gives its counts to the process that it works for."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tally"] = dict(TALLY)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the counts of a worker, unless it died."""
    TALLY.update(getattr(node, "workeroutput", {}).get("tally", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY:
        words = ", ".join(f"{n:,} {what}" for what, n in sorted(TALLY.items()))
        terminalreporter.write_line(f"crash harness: {words}")


@contextmanager
def needed(what: str) -> Iterator[None]:
    """A server that cannot be had fails the tests in CI, and skips them elsewhere."""
    try:
        yield
    except ServiceError as error:
        words = f"{what} cannot be had: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this process's own, with PostGIS and pgvector."""
    with tempfile.TemporaryDirectory(prefix="rsrag-postgres-") as folder:
        Path(folder).chmod(0o755)
        server = Postgres(Path(folder))
        with needed("PostgreSQL"):
            server.start()
        yield server
        server.kill()


@pytest.fixture(scope="session")
def ogrinfo() -> Callable[..., str]:
    """GDAL's program, with the driver that QGIS reads PostgreSQL by."""
    with needed("ogrinfo"):
        ogr.installed()
    return ogr.ogrinfo


@pytest.fixture(scope="session")
def seaweedfs() -> Iterator[Seaweed]:
    """A SeaweedFS of this process's own."""
    with tempfile.TemporaryDirectory(prefix="rsrag-seaweedfs-") as folder:
        # Processes that start one at the same time look for ports in other places.
        server = Seaweed(Path(folder), 55_500 + os.getpid() % 100 * 20)
        with needed("SeaweedFS"):
            server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def slurm_cluster() -> Iterator[Slurm]:
    """A Slurm of this process's own, of two nodes."""
    with tempfile.TemporaryDirectory(prefix="rsrag-slurm-") as folder:
        cluster = Slurm(Path(folder), 2, 57_600 + os.getpid() % 100 * 5)
        with needed("Slurm"):
            cluster.start()
        yield cluster
        cluster.stop()


@pytest.fixture
def slurm(slurm_cluster: Slurm, monkeypatch: pytest.MonkeyPatch) -> Slurm:
    """That cluster, which the environment names."""
    for name, value in slurm_cluster.environment.items():
        monkeypatch.setenv(name, value)
    return slurm_cluster


@pytest.fixture
def bucket(seaweedfs: Seaweed, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of an empty place in a bucket, whose keys the environment holds."""
    for name, value in seaweedfs.environment.items():
        monkeypatch.setenv(name, value)
    open_objects("s3://tests").create("made", b"")  # A put makes the bucket, too.
    return f"s3://tests/{uuid.uuid4().hex}"


def pytest_unconfigure() -> None:
    """Close the two files on /dev/null that llama_cpp opens and leaves to chance."""
    if module := sys.modules.get("llama_cpp._utils"):
        module.outnull_file.close()
        module.errnull_file.close()


@pytest.fixture
def demo_parts(tmp_path: Path) -> Path:
    """A folder with one part of ten chips of dim 4."""
    from rsrag.indexing.format.chip_schema import chip_table
    from rsrag.indexing.format.parts import PartWriter
    from rsrag.types import ChipRecord, EncoderIdentity, Window
    from rsrag.vectors import unit_rows

    folder = tmp_path / "parts"
    folder.mkdir()
    records = [
        ChipRecord(f"{i:032x}", "/a.tif", "0" * 64, Window(0, 0, 8, 8))
        for i in range(10)
    ]
    vectors = unit_rows(np.random.default_rng(0).normal(size=(10, 4)))
    identity = EncoderIdentity("toy", "0" * 64, "none", 4)
    writer = PartWriter(folder / "part-00000.parquet", identity)
    writer.write(chip_table(records, vectors))
    writer.close()
    return folder
