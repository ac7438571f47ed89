"""Slurm from Debian's packages: a controller and nodes as processes of this machine.

Daemons trust each other by a munge of their own; whoever starts them owns them, root
or not.
"""

import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from bench.services.processes import (
    FIRST_PORT,
    ServiceError,
    alive,
    end,
    free_port,
    kept_folder,
    run,
    tail,
    wait_until,
)
from bench.services.slurm_programs import installed, plugins

_LIMIT_S = 60


class Slurm:
    """A cluster of its own, its state in a folder.

    Args:
        folder: made if it is not there.
        nodes: of one processor each.
        start: the first port to try.
    """

    def __init__(
        self, folder: Path, nodes: int = 2, start: int = FIRST_PORT + 70
    ) -> None:
        self.folder, self.nodes = folder, nodes
        self._start = start
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Its configuration, for ``SLURM_CONF``."""
        return str(self.folder / "slurm.conf")

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which ``sbatch`` is found, and finds it."""
        path = f"{installed() / 'usr/bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        return {"SLURM_CONF": self.url, "PATH": path}

    @property
    def names(self) -> list[str]:
        """Of the nodes."""
        return [f"n{number}" for number in range(1, self.nodes + 1)]

    @property
    def _daemons(self) -> tuple[str, ...]:
        return ("munge", "controller", *self.names)

    @property
    def running(self) -> dict[str, int]:
        """Processes of its daemons that run, by name."""
        found = {}
        for name in self._daemons:
            try:
                pid = int((self.folder / f"{name}.pid").read_text())
            except (OSError, ValueError):
                continue
            if alive(pid):
                found[name] = pid
        return found

    @cached_property
    def _ports(self) -> dict[str, int]:
        file = self.folder / "ports.json"
        if self.running:
            kept: dict[str, int] = json.loads(file.read_bytes())
            return kept
        ports, port = {}, self._start
        for name in ("controller", *self.names):
            port = free_port(port)
            ports[name], port = port, port + 1
        file.write_text(json.dumps(ports))
        return ports

    def start(self) -> None:
        """Start what does not run of it.

        Raises:
            ServiceError: it cannot be had, or is not ready within a minute.
        """
        root = installed()
        if not self.running:  # A new one: what an ended one remembers is in the way.
            for name in ("controller", "spool", "logs"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
                (self.folder / name).mkdir(parents=True)
            self.__dict__.pop("_ports", None)
            self._configure(root)
        for name in self._daemons:
            self.start_one(name)

        def ready() -> bool:
            try:
                said = self.ask("sinfo", "-h", "-N", "-o", "%N %t")
            except ServiceError:
                return False
            states = dict(line.split() for line in said.splitlines())
            return all(states.get(name) in ("idle", "mix") for name in self.names)

        wait_until(ready, "Slurm", _LIMIT_S, self.folder / "logs/controller")

    def start_one(self, name: str) -> None:
        """Start the controller or a node, if it does not run."""
        if name in self.running:
            return
        root = installed()
        sbin, config = root / "usr/sbin", self.url
        words = [str(sbin / "slurmctld"), "-D", "-f", config]
        if name == "munge":
            words = [str(sbin / "munged"), "--foreground", "--force", "--num-threads=2"]
            files = ("socket", "key", "own", "log", "seed")
            options = ("socket", "key-file", "pid-file", "log-file", "seed-file")
            for option, file in zip(options, files, strict=True):
                words.append(f"--{option}={self.folder}/munge.{file}")
        elif name != "controller":
            stepd = str(sbin / "slurmstepd")
            words = [str(sbin / "slurmd"), "-D", "-f", config, "-N", name, "-d", stepd]
        log = self.folder / "logs" / name
        with log.open("ab") as out:
            process = self._processes[name] = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "SLURM_CONF": config},
                start_new_session=True,
            )
        (self.folder / f"{name}.pid").write_text(str(process.pid))
        if process.poll() is not None:
            raise ServiceError(f"Slurm's {name} does not start.{tail(log)}")

    def stop(self) -> None:
        """Stop all of it; jobs are ended."""
        if "controller" in self.running:
            with suppress(ServiceError):
                self.ask("scancel", "--signal=KILL", "--full", "--me")
        for name in list(self.running):
            self.end_one(name, signal.SIGKILL)

    def end_one(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End the controller or a node's daemon, which does not end its tasks."""
        if (pid := self.running.get(name)) is not None:
            end(pid, how)
        if process := self._processes.pop(name, None):
            process.wait()

    def ask(self, command: str, *words: str) -> str:
        """What one of Slurm's commands prints.

        Raises:
            ServiceError: it fails.
        """
        program = str(installed() / "usr/bin" / command)
        where = {**os.environ, **self.environment}
        return run([program, *words], command, env=where, timeout=_LIMIT_S)

    def _configure(self, root: Path) -> None:
        key = self.folder / "munge.key"
        if not key.exists():
            key.touch(0o600)
            key.write_bytes(secrets.token_bytes(1024))
        host = socket.gethostname().partition(".")[0]
        user = pwd.getpwuid(os.geteuid()).pw_name
        lines = [
            "ClusterName=rsrag",
            f"SlurmctldHost={host}(127.0.0.1)",
            f"SlurmctldPort={self._ports['controller']}",
            f"SlurmUser={user}",
            f"SlurmdUser={user}",
            "AuthType=auth/munge",
            "CredType=cred/munge",
            f"AuthInfo=socket={self.folder}/munge.socket",
            f"PluginDir={plugins(root)}",
            f"StateSaveLocation={self.folder}/controller",
            f"SlurmdSpoolDir={self.folder}/spool/%n",
            f"SlurmctldPidFile={self.folder}/controller.own",
            f"SlurmdPidFile={self.folder}/%n.own",
            "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny",
            "ProctrackType=proctrack/linuxproc",
            "TaskPlugin=task/none",
            "JobAcctGatherType=jobacct_gather/none",
            "SelectType=select/cons_tres",
            "SelectTypeParameters=CR_CPU",
            "SlurmdParameters=config_overrides",
            "SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000",
            "SlurmctldTimeout=5",
            "SlurmdTimeout=10",
            "MessageTimeout=5",
            "KillWait=2",
            "ReturnToService=2",
            "MpiDefault=none",
        ]
        for name in self.names:
            lines.append(
                f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 "
                f"Port={self._ports[name]} CPUs=1"
            )
        lines.append("PartitionName=work Nodes=ALL Default=YES MaxTime=INFINITE")
        (self.folder / "slurm.conf").write_text("\n".join(lines) + "\n")
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=disabled\n")


def kept() -> Slurm:
    """The cluster of ``scripts/services``."""
    return Slurm(kept_folder() / "slurm-cluster")
