"""One fork server for all tests here, and a line that counts what was done."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("crash_world")

from crash_server import Server  # noqa: E402
from crash_world import draw_archive  # noqa: E402

TALLY: Counter[str] = Counter()


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


@pytest.fixture(scope="session")
def tally() -> Counter[str]:
    """Counts of kills and faults, for the last line of the run."""
    return TALLY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY:
        words = ", ".join(f"{n:,} {what}" for what, n in sorted(TALLY.items()))
        terminalreporter.write_line(f"crash harness: {words}")
