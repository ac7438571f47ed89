"""Slurm's programs, from Debian's packages, in a folder."""

from pathlib import Path

from bench.services.debian import kept_packages, own_libraries

_PACKAGES = (
    *("slurmctld", "slurmd", "slurm-client", "slurm-wlm-basic-plugins"),
    *("munge", "libmunge2"),
)
# What accounts, graphics cards and set-ups of a system need.
_WITHOUT = (
    r"ucf|mailutils|default-mta|adduser|lsb|init-|logrotate|dpkg|debconf|"
    r"cdebconf|perl|.*-common$|libc-bin|tzdata|openssl|libpmix|librdkafka|librrd|"
    r"freeipmi|libipmi|sysvinit|libcurl|ca-certificates|libhdf5|libmariadb|systemd|"
    r"mount$|libpam-"
)
_DAEMONS = ("slurmctld", "slurmd", "slurmstepd")
_COMMANDS = ("sbatch", "squeue", "scancel", "scontrol", "sinfo", "srun")


def installed() -> Path:
    """The folder with the programs; downloads them at the first call.

    Raises:
        ServiceError: they cannot be had here.
    """
    return kept_packages("slurm", _PACKAGES, _WITHOUT, _finish)


def _finish(root: Path) -> None:
    programs = [root / f"usr/sbin/{name}-wlm" for name in _DAEMONS]
    programs += [root / "usr/sbin/munged"]
    programs += [root / "usr/bin" / name for name in _COMMANDS]
    for name in _DAEMONS:  # As Debian's update-alternatives would have it.
        (root / "usr/sbin" / name).symlink_to(f"{name}-wlm")
    own_libraries(root, programs, [plugins(root)])


def plugins(root: Path) -> Path:
    """Where its plug-ins lie."""
    (folder,) = root.glob("usr/lib/*/slurm-wlm")
    return folder
