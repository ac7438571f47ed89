"""Shapefiles in zips, and the encodings of those that name none."""

import re
import zipfile
from pathlib import Path

_VECTOR = (".shp", ".gpkg", ".geojson", ".json", ".fgb", ".kml", ".gml", ".tab")


def in_zip(path: Path) -> str | Path:
    """How GDAL is to open a zip: by the one vector file in it, in whatever folder."""
    with zipfile.ZipFile(path) as archive:
        files = [n for n in archive.namelist() if n.lower().endswith(_VECTOR)]
    return f"/vsizip/{path}/{files[0]}" if len(files) == 1 else path


def texts_of(path: Path, layer: str) -> tuple[str | None, str | None]:
    """Encoding of a Shapefile that names none, and a note of how it was guessed.

    Returns:
        ``None`` for both where no guess is needed; an encoding of ``None`` leaves it
        to GDAL, which knows the language of a .dbf.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = {Path(name).name.lower(): name for name in archive.namelist()}
            member = names.get(f"{layer}.dbf".lower())
            table = archive.read(member) if member else b""
    else:
        names = {p.name.lower(): str(p) for p in path.parent.glob(f"{path.stem}.*")}
        member = names.get(f"{path.stem}.dbf".lower())
        table = Path(member).read_bytes() if member else b""
    body = table[int.from_bytes(table[8:10], "little") :]
    if f"{layer}.cpg".lower() in names or body.isascii():
        return None, None
    encoding: str | None = next(
        e for e in ("utf-8", "cp1252", "latin-1") if _is(body, e)
    )
    if encoding == "utf-8" or table[29] in (0, 0x57):
        return encoding, guess_told(path, encoding or "", body.decode(encoding or ""))
    return None, guess_told(path, f"the language driver {table[29]} of its .dbf has it")


def guess_told(path: Path, encoding: str, text: str = "") -> str:
    """A note that an encoding was guessed, with a word by which to see it."""
    word = re.search(r"[^\s,;\"]*[^\x00-\x7f][^\s,;\"]*", text)
    shown = f" ({word[0][:40]!r})" if word else ""
    return (
        f"{path} names no encoding; its texts were read as {encoding}{shown}: give "
        "--encoding if they look wrong"
    )


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
