"""PostgreSQL 17 with PostGIS and pgvector, from Debian's packages, as a process."""

import os
import shutil
import signal
import subprocess
from functools import cached_property
from pathlib import Path

from bench.services.debian import kept_packages, own_libraries
from bench.services.processes import (
    FIRST_PORT,
    ServiceError,
    alive,
    end,
    free_port,
    kept_folder,
    listens,
    run,
    tail,
    wait_until,
)

VERSION = "17"
USER = "postgres"
_PACKAGES = (
    f"postgresql-{VERSION}",
    f"postgresql-{VERSION}-postgis-3",
    f"postgresql-{VERSION}-postgis-3-scripts",
    f"postgresql-{VERSION}-pgvector",
)
# Compilers of queries, rasters, Perl and what sets a system up are not needed.
_WITHOUT = (
    r"libllvm|libgdal|libsfcgal|perl|postgresql-c|ssl-cert|tzdata|c?debconf|locales|"
    r"adduser|dpkg|libpam-|.*-common$|libc-bin|install-info|sensible|readline"
)
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "jit": "off",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "dynamic_shared_memory_type": "mmap",
    "log_min_messages": "warning",
}
_LIMIT_S = 60


def installed() -> Path:
    """The folder with the programs; downloads 60 MB at the first call.

    Raises:
        ServiceError: they cannot be had here.
    """
    return kept_packages(f"postgresql-{VERSION}", _PACKAGES, _WITHOUT, _finish)


def _finish(root: Path) -> None:
    own_libraries(root, [_bin(root) / name for name in ("postgres", "initdb")])
    # What Debian's update-alternatives would have linked.
    share = root / f"usr/share/postgresql/{VERSION}/extension"
    (share / "postgis.control").symlink_to("postgis-3.control")


def _bin(root: Path) -> Path:
    return root / f"usr/lib/postgresql/{VERSION}/bin"


def _as_user() -> dict[str, object]:
    """PostgreSQL refuses to run as root: who is root runs it as ``nobody``."""
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}


class Postgres:
    """A server of its own, its data in a folder.

    Args:
        folder: made if it is not there.
        port: to listen on; a free one by default.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder, self._port = folder, port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For ``RSRAG_DATABASE_URL``; whoever is on this machine may connect."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    @cached_property
    def port(self) -> int:
        """Where it listens, or will."""
        file = self.folder / "data" / "postmaster.pid"
        if self.pid is not None:
            return int(file.read_text().splitlines()[3])
        return self._port or free_port()

    @property
    def pid(self) -> int | None:
        """Of the server, if it runs."""
        file = self.folder / "data" / "postmaster.pid"
        try:
            pid = int(file.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if alive(pid) else None

    def start(self) -> None:
        """Start it, if it does not run, with both extensions made.

        Raises:
            ServiceError: it cannot be had, or does not start within a minute.
        """
        if self.pid is not None:
            return
        root = installed()
        data, log = self.folder / "data", self.folder / "log"
        new = not (data / "PG_VERSION").exists()
        if new:
            self._make(root, data)
        for _ in range(3):
            self.__dict__.pop("port", None)
            if self._begin(root, data, log):
                break
        else:
            raise ServiceError(f"PostgreSQL does not start.{tail(log)}")
        if new:
            self._extend()

    def stop(self) -> None:
        """Stop it; connections are cut."""
        if (pid := self.pid) is not None:
            end(pid, signal.SIGINT)
        self._reap()

    def kill(self) -> None:
        """End it as a failing machine would: at once, with all of its processes."""
        if (pid := self.pid) is not None:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            end(pid, signal.SIGKILL)
            for child in map(int, children):
                end(child, signal.SIGKILL)
        self._reap()

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _make(self, root: Path, data: Path) -> None:
        data.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(data, "nobody", "nogroup")
        command = [str(_bin(root) / "initdb"), "-D", str(data), "-A", "trust"]
        how = ["-U", USER, "--locale-provider=builtin", "--locale=C.UTF-8"]
        run(
            [*command, *how, "--encoding=UTF8", "--no-sync", "--no-instructions"],
            "initdb",
            cwd="/",
            env=self._environment(root),
            timeout=_LIMIT_S,
            **_as_user(),
        )

    def _begin(self, root: Path, data: Path, log: Path) -> bool:
        options = {"port": str(self.port), **_OPTIONS}
        words = [word for n, v in options.items() for word in ("-c", f"{n}={v}")]
        with log.open("ab") as out:
            process = self._process = subprocess.Popen(  # type: ignore[call-overload]
                [str(_bin(root) / "postgres"), "-D", str(data), *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                env=self._environment(root),
                start_new_session=True,
                **_as_user(),
            )

        def settled() -> bool:
            return process.poll() is not None or self._answers()

        wait_until(settled, "PostgreSQL", _LIMIT_S, log)
        return process.poll() is None

    def _answers(self) -> bool:
        import psycopg

        if not listens(self.port):
            return False
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _extend(self) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            for name in ("postgis", "vector"):
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")

    @staticmethod
    def _environment(root: Path) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PROJ_DATA": str(root / "usr/share/proj"),
        }


def kept() -> Postgres:
    """The server of ``scripts/services``."""
    return Postgres(kept_folder() / "postgres", free_port(FIRST_PORT))
