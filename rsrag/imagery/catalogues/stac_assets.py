"""Choice of the asset of a STAC item that is the picture."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import PLAIN_SUFFIXES
from rsrag.imagery.catalogues.described import BandInfo
from rsrag.imagery.catalogues.json_fields import Fields
from rsrag.imagery.catalogues.stac_fields import band_facts
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.pixels.bands import RGB, loose_name, satellite_bands

_MEDIA = (
    *("image/tiff", "image/jp2", "image/jpeg", "image/png", "image/webp"),
    *("image/vnd.stac.geotiff", "image/x.geotiff", "image/x-geotiff", "image/geotiff"),
    *("image/geo+tiff", "image/jpg", "image/x-tiff"),
)
_NO_PICTURE = ("text/", "application/json", "application/xml", "application/geo+json")
_LAST = ("thumbnail", "preview", "overview")


class Asset(NamedTuple):
    """One picture of an item.

    Attributes:
        href: where it is, as the item writes it.
        bands: that it has, as far as the item says.
    """

    key: str
    href: str
    roles: tuple[str, ...]
    bands: tuple[BandInfo, ...]
    fields: Fields


class Choice(NamedTuple):
    """What a scene is made of.

    Attributes:
        parts: asset and 1-based band of it; one part with band 0: the asset whole.
        doubt: what the user should know of it.
    """

    parts: tuple[tuple[Asset, int], ...]
    doubt: str | None = None

    @property
    def bands(self) -> tuple[BandInfo, ...]:
        """Bands of the scene."""
        if self.parts[0][1] == 0:
            return self.parts[0][0].bands
        return tuple(_fact(asset, band) for asset, band in self.parts)


def picture_assets(item: Fields) -> tuple[list[Asset], list[ImageReadError]]:
    """Assets of an item that are pictures, in the item's order.

    Returns:
        The assets, and what is wrong with others: an asset that cannot be read counts
        for nothing as long as another one can.

    Raises:
        ImageReadError: ``assets`` is no object.
    """
    assets = Fields(item.values.get("assets"), f"{item.where}: assets")
    found, wrong = [], []
    for key, values in assets.values.items():
        try:
            if (asset := _asset(key, values, item.where)) is not None:
                found.append(asset)
        except ImageReadError as exc:
            wrong.append(exc)
    return found, wrong


def _asset(key: str, values: Any, where: str) -> Asset | None:
    fields = Fields(values, f"{where}: asset {key[:80]!r}")
    href, media = fields.text("href"), fields.text("type") or ""
    if href is None:
        raise fields.wrong("href", "an address")
    path = href.partition("?")[0]
    if media.lower().startswith(_NO_PICTURE):
        return None
    plain = path.lower().endswith(PLAIN_SUFFIXES)
    if not (plain or media.lower().startswith(_MEDIA)):
        return None
    roles = tuple(role.lower() for role in fields.words("roles"))
    return Asset(key, href, roles, band_facts(fields), fields)


def choose_asset(item: Fields, options: ImageryOptions) -> Choice:
    """Pick the picture of an item.

    Args:
        options: ``asset`` names a key or a role; ``bands`` may name bands that are
            assets of their own. Else: the role or key ``visual``; red, green and blue
            by their common names; the role ``data``; ``overview``; any picture;
            ``thumbnail``.

    Raises:
        ImageReadError: it has no such asset, or none that is a picture.
    """
    assets, wrong = picture_assets(item)
    listing = ", ".join(asset.key for asset in assets)[:500]
    if not assets and wrong:
        raise wrong[0]
    if not assets:
        raise ImageReadError(
            f"{item.where} has no asset that is a picture.",
            hint="of type image/tiff, image/jp2, image/png, image/jpeg or image/webp",
        )
    if options.asset is not None:
        wanted = [asset for asset in assets if asset.key == options.asset]
        wanted += [asset for asset in assets if options.asset.lower() in asset.roles]
        if not wanted:
            raise ImageReadError(
                f"{item.where} has no asset {options.asset!r} that is a picture.",
                hint=f"its pictures are {listing}",
            )
        return Choice(((wanted[0], 0),))
    if options.bands and not all(word.strip().isdecimal() for word in options.bands):
        if choice := _by_bands(assets, options.bands):
            return choice
        raise ImageReadError(
            f"{item.where} has no bands {','.join(options.bands)}.",
            hint=f"its pictures are {listing}",
        )
    return _by_role(assets, _platform(item))


def _by_role(assets: list[Asset], sensor: str | None) -> Choice:
    for asset in assets:
        if "visual" in asset.roles or asset.key.lower() == "visual":
            return Choice(((asset, 0),))
    full = [asset for asset in assets if not set(asset.roles) & set(_LAST)]
    full = [asset for asset in full if asset.key.lower() not in _LAST]
    if choice := _by_bands(full, RGB) or _by_satellite(full, sensor):
        return choice
    data = [asset for asset in full if "data" in asset.roles]
    overview = [asset for asset in assets if "overview" in asset.roles]
    group = data or overview or full or assets
    return Choice(((group[0], 0),), _doubt(group[0], group, full))


def _doubt(taken: Asset, group: list[Asset], full: list[Asset]) -> str | None:
    """What to tell of a picture that may not be the one that is meant."""
    if taken not in full:
        return f"its asset {taken.key!r} stands in for data that it does not name"
    if len(group) == 1 or len(taken.bands) >= 3:
        return None
    others = ", ".join(asset.key for asset in group[1:9])
    return (
        f"nothing says which of its assets are red, green and blue: {taken.key!r} was "
        f"taken; others are {others} (--asset, --bands)"
    )


def _platform(item: Fields) -> str | None:
    properties = item.values.get("properties")
    name = properties.get("platform") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None


def _by_satellite(assets: list[Asset], sensor: str | None) -> Choice | None:
    """Assets that are called as a satellite's bands are, red, green and blue."""
    lone = [asset for asset in assets if len(asset.bands) <= 1]
    known = {loose_name(asset.key): at for at, asset in enumerate(lone)}
    chosen = satellite_bands(known, sensor)
    if chosen is None:
        return None
    return Choice(tuple((lone[at], 1) for at in chosen.numbers), chosen.doubt)


def _by_bands(assets: Sequence[Asset], words: Sequence[str]) -> Choice | None:
    """The asset that has all bands, or an asset for each."""
    for asset in assets:
        if len(asset.bands) > 1 and all(_band_number(asset, word) for word in words):
            return Choice(((asset, 0),))
    parts = []
    for word in words:
        for asset in assets:
            if number := _band_number(asset, word):
                parts.append((asset, number))
                break
        else:
            return None
    return Choice(tuple(parts))


def _band_number(asset: Asset, word: str) -> int:
    """1-based number of the band that a word means, or 0."""
    wanted = loose_name(word)
    for number, fact in enumerate(asset.bands, 1):
        if wanted in (loose_name(fact.name or ""), fact.colour):
            return number
    return 1 if len(asset.bands) <= 1 and loose_name(asset.key) == wanted else 0


def _fact(asset: Asset, band: int) -> BandInfo:
    fact = asset.bands[band - 1] if band <= len(asset.bands) else BandInfo()
    return fact._replace(name=fact.name or asset.key)
