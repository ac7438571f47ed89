"""World files and ``.prj`` files beside a picture."""

from collections.abc import Mapping

from rsrag.errors import ConfigError, ImageReadError
from rsrag.imagery.archives.archive_names import world_suffixes
from rsrag.imagery.places.georeference import (
    LON_LAT,
    Affine,
    Georeference,
    crs_name,
    read_crs,
)


def prj_beside(companions: Mapping[str, bytes]) -> str | None:
    """Reference system of the ``.prj`` beside a picture.

    Raises:
        ImageReadError: it is none.
    """
    if ".prj" not in companions:
        return None
    text = companions[".prj"].decode("utf-8-sig", errors="replace").strip()
    try:
        read_crs(text)
    except ConfigError as exc:
        raise ImageReadError(f"The .prj beside the picture: {exc}") from exc
    return text


def parse_world_file(data: bytes, name: str) -> Affine:
    """Read the six lines of a world file.

    Raises:
        ImageReadError: not six finite numbers.
    """
    try:
        # Some writers put a decimal comma.
        words = data.decode("utf-8-sig").replace(",", ".").split()
        a, d, b, e, x, y = (float(word) for word in words[:6])
    except ValueError as exc:
        raise ImageReadError(f"The world file {name} is not six numbers.") from exc
    # It speaks of the centre of the first pixel; transforms speak of its corner.
    return a, b, x - (a + b) / 2, d, e, y - (d + e) / 2


def from_world_file(
    companions: Mapping[str, bytes], suffix: str, crs: str | None, size: tuple[int, int]
) -> Georeference | None:
    """Georeference from a world file beside a picture, if there is one.

    Its system is ``crs``, else that of the ``.prj`` beside it, else EPSG:4326 if the
    whole picture then lies on the Earth.

    Raises:
        ImageReadError: the file is damaged, or its system cannot be told.
    """
    endings = (ending for ending in world_suffixes(suffix) if ending in companions)
    ending = next(endings, None)
    if ending is None:
        return None
    transform = parse_world_file(companions[ending], ending)
    crs = crs or prj_beside(companions)
    if crs is None:
        placed = Georeference(LON_LAT, transform)
        corners = [placed.at(x, y) for x in (0, size[0]) for y in (0, size[1])]
        if not all(abs(lon) <= 360 and abs(lat) <= 90 for lon, lat in corners):
            raise ImageReadError(
                f"The world file {ending} gives coordinates that are not degrees, and "
                "nothing says in which reference system: give --crs, or put a .prj "
                "beside it."
            )
        crs = LON_LAT
    return Georeference(crs_name(crs), transform)
