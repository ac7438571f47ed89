"""``ogrinfo`` of Debian's GDAL, which reads PostgreSQL; that of pyogrio does not."""

import os
import shutil
from pathlib import Path

from filelock import FileLock

from bench.services.debian import own_libraries, unpack
from bench.services.processes import kept_folder, run

# Perl, Python, fonts, screens and what sets a system up are not needed.
_WITHOUT = (
    r"perl|python3|.*-common$|libc-bin|install-info|tzdata|c?debconf|dpkg|libllvm|"
    r"libpam|systemd|.*-dev$|proj-bin|libheif-plugin|fonts|libgl|libx11|ocl-icd"
)
_LIMIT_S = 60


def installed() -> Path:
    """The folder with the program; downloads 80 MB at the first call.

    Raises:
        ServiceError: it cannot be had here.
    """
    root = kept_folder() / "gdal"
    root.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{root}.lock"):
        if not (root / "ready").exists():
            shutil.rmtree(root, ignore_errors=True)
            unpack(("gdal-bin",), _WITHOUT, root)
            (libraries,) = root.glob("usr/lib/*/blas")
            more = [libraries, libraries.with_name("lapack"), root / "usr/lib"]
            own_libraries(root, [root / "usr/bin/ogrinfo"], more)
            (root / "ready").touch()
    return root


def ogrinfo(*words: str) -> str:
    """What it prints.

    Raises:
        ServiceError: it cannot be had, or fails.
    """
    root = installed()
    share = root / "usr/share"
    where = {"PROJ_DATA": str(share / "proj"), "GDAL_DATA": str(share / "gdal")}
    return run(
        [str(root / "usr/bin/ogrinfo"), *words],
        "ogrinfo",
        env={**os.environ, **where},
        timeout=_LIMIT_S,
    )
