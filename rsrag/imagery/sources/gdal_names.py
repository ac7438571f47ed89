"""How GDAL, and what builds on it, opens the source of a hit."""

from pathlib import Path

from rsrag.imagery.archives.archive_names import archive_marks, unescape
from rsrag.imagery.sources.urls import gdal_path

_ZIPPED = (".zip",)


def gdal_name(source: str) -> str | None:
    """A path that GDAL opens: the file's own, or ``/vsitar/`` and ``/vsizip/`` names.

    Addresses become ``/vsicurl/``, ``/vsis3/`` and so on; the assets of STAC items are
    addresses or files of their own.

    Returns:
        ``None`` for members of archives that GDAL does not look into (bzip2, xz, zstd).
    """
    if "://" in source:
        return gdal_path(source)
    for at in archive_marks(source):
        archive = unescape(source[:at])
        if Path(archive).is_file():
            return _inside(archive, unescape(source[at + 2 :]))
    return unescape(source)


def _inside(archive: str, member: str) -> str | None:
    lower = archive.lower()
    if lower.endswith(_ZIPPED):
        driver = "zip"
    elif lower.endswith((".tar", ".tar.gz", ".tgz")):
        driver = "tar"
    else:
        return None
    inner, mark, rest = member.partition("!/")
    if mark and inner.lower().endswith(_ZIPPED):
        return f"/vsizip/{{/vsi{driver}/{{{archive}}}/{inner}}}/{rest}"
    return f"/vsi{driver}/{{{archive}}}/{member}"
