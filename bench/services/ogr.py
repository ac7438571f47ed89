"""``ogrinfo`` of Debian's GDAL, which reads PostgreSQL; that of pyogrio does not."""

import os
from pathlib import Path

from bench.services.debian import kept_packages, own_libraries
from bench.services.processes import run

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
    return kept_packages("gdal", ("gdal-bin",), _WITHOUT, _finish)


def _finish(root: Path) -> None:
    (libraries,) = root.glob("usr/lib/*/blas")
    more = [libraries, libraries.with_name("lapack"), root / "usr/lib"]
    own_libraries(root, [root / "usr/bin/ogrinfo"], more)


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
