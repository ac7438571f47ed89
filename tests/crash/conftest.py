"""One fork server for all tests here."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("crash_world")

from crash_server import Server  # noqa: E402
from crash_world import draw_archive  # noqa: E402

from rsrag.indexing.build import batches, part_files  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def usual_sizes() -> Iterator[None]:
    """Files are small in here, and as large as ever in what runs after."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "WRITE_ROWS", batches.WRITE_ROWS)
        patch.setattr(part_files, "PART_ROWS", part_files.PART_ROWS)
        patch.setattr(part_files, "GROUP_ROWS", part_files.GROUP_ROWS)
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if sys.platform != "linux":
        pytest.skip("forks a process that has loaded libraries, and reads /proc")
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_archive(tmp_path_factory.mktemp("crash") / "archive")
