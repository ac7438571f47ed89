"""A page of a search as a file for a GIS."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rsrag.errors import ImageReadError
from rsrag.serve.guard.discretion import discreet_values, name_within

if TYPE_CHECKING:
    from rsrag.indexing.format.manifest import Manifest
    from rsrag.retrieval.chip_hit import ChipHit
    from rsrag.types import Pixels

GEOPACKAGE = "application/geopackage+sqlite3"


def geopackage(
    rows: "Sequence[tuple[str, ChipHit]]",
    manifests: "Mapping[str, Manifest]",
    *,
    pictured: bool,
) -> bytes:
    """A GeoPackage, layer ``hits``; sources are names within their archives.

    Args:
        rows: collection and chip, best first.
        manifests: of the collections.
        pictured: whether each has its picture with it.
    """
    from rsrag.rendering.hits.geopackage import hits_geopackage

    hits, properties = [], []
    for collection, hit in rows:
        told = discreet_values({**(hit.properties or {}), "collection": collection})
        roots = manifests[collection].imagery.sources
        payload = {**hit.payload, "source": name_within(hit.source, roots)}
        read = functools.partial(_read, hit, pictured)
        hits.append(dataclasses.replace(hit, payload=payload, read=read))
        properties.append({"properties": told})
    return hits_geopackage(hits, properties)


def _read(hit: "ChipHit", pictured: bool, _: "ChipHit") -> "Pixels":
    """The pixels by the path that the file does not tell."""
    if not pictured:
        raise ImageReadError("Its picture is not for this caller.")
    return hit.pixels()
