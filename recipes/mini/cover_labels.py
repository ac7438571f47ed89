"""What the labels of whole pictures say of the ground in them."""

from collections.abc import Mapping

TOWN = ("building", "road", "water", "trees", "low vegetation", "bare")
NATURE = ("trees", "low vegetation", "bare")
ANY_SEASON = ("building", "road", "water", "trees", "low vegetation", "bare")

Label = tuple[tuple[str, ...], Mapping[str, float]]
"""Covers that may be there, and shares of those that must be."""

PICTURES: Mapping[str, Label] = {
    "forest": (("trees",), {}),
    "farmland": (("low vegetation",), {}),
    "meadow": (("low vegetation",), {}),
    "agricultural": (("low vegetation",), {}),
    "desert": (("bare",), {}),
    "bareland": (("bare",), {}),
    "mountain": (NATURE, {}),
    "chaparral": (NATURE, {"bare": 0.15}),
    "denseresidential": (TOWN, {"building": 0.25, "road": 0.08, "trees": 0.03}),
    "mediumresidential": (TOWN, {"building": 0.2, "road": 0.06, "trees": 0.1}),
    "sparseresidential": (TOWN, {"building": 0.05, "trees": 0.25}),
    "mobilehomepark": (TOWN, {"building": 0.3, "road": 0.1}),
    "industrial": (TOWN, {"building": 0.25, "road": 0.08}),
    "commercial": (TOWN, {"building": 0.3, "road": 0.08}),
    "center": (TOWN, {"building": 0.3}),
    "church": (TOWN, {"building": 0.25}),
    "buildings": (TOWN, {"building": 0.35}),
    "school": (TOWN, {"building": 0.2, "trees": 0.05}),
    "square": (TOWN, {"building": 0.1, "road": 0.05}),
    "railwaystation": (TOWN, {"building": 0.15}),
    "storagetanks": (TOWN, {"building": 0.1}),
    "parking": (TOWN, {"road": 0.15}),
    "parkinglot": (TOWN, {"road": 0.15}),
    "viaduct": (TOWN, {"road": 0.2}),
    "freeway": (TOWN, {"road": 0.25}),
    "overpass": (TOWN, {"road": 0.25}),
    "intersection": (TOWN, {"road": 0.2, "building": 0.1}),
    "runway": (TOWN, {"road": 0.25}),
    "airport": (TOWN, {"road": 0.1, "low vegetation": 0.1}),
    "airplane": (TOWN, {"road": 0.2}),
    "baseballfield": (TOWN, {"low vegetation": 0.15}),
    "baseballdiamond": (TOWN, {"low vegetation": 0.2}),
    "golfcourse": (ANY_SEASON, {"low vegetation": 0.3}),
    "tenniscourt": (TOWN, {"trees": 0.1}),
    "park": (ANY_SEASON, {"trees": 0.15}),
    "pond": (ANY_SEASON, {"water": 0.2}),
    "river": (ANY_SEASON, {"water": 0.2}),
    "beach": (ANY_SEASON, {"water": 0.25, "bare": 0.1}),
    "port": (ANY_SEASON, {"water": 0.25}),
    "harbor": (ANY_SEASON, {"water": 0.3}),
    "bridge": (ANY_SEASON, {"water": 0.2, "road": 0.04}),
    "resort": (ANY_SEASON, {"building": 0.08, "trees": 0.05}),
}
"""By the label of RSICD or UC Merced, in small letters and without spaces."""
_BUILT = (
    "denseresidential", "mediumresidential", "mobilehomepark", "industrial",
    "commercial", "center", "buildings", "school", "church", "storagetanks",
)  # fmt: skip
_PAVED = ("parking", "parkinglot", "runway", "square")
BUILT_UP: Mapping[str, Label] = {
    **PICTURES,
    **{label: (("building",), {}) for label in _BUILT},
    **{label: (("road",), {}) for label in _PAVED},
    "sparseresidential": (("trees", "low vegetation", "building"), {"building": 0.2}),
}
"""The same where built-up ground is a building all over, its yards and lanes as well:
what a piece of ground is called is not what most of its cells are."""
SNOWY = (
    "mountain",
    "bareland",
    "meadow",
    "farmland",
    "desert",
    "forest",
    "agricultural",
)
"""Labels of pictures that may be whitened into snow."""
