"""What people call the covers of the Earth, seen from very far away."""

WORDS: dict[str, tuple[str, ...]] = {
    "sea": ("open sea", "ocean", "dark blue ocean", "empty sea", "nothing but water"),
    "shallow sea": ("shallow sea", "light blue sea water", "shallow coastal water"),
    "forest": (
        "tropical rainforest",
        "dense green jungle",
        "tropical forest",
        "lush evergreen rainforest",
        "green forest near the equator",
        "dark green trees of the tropics",
    ),
    "temperate forest": (
        "temperate forest",
        "green woodland",
        "broadleaf forest",
        "green wooded land",
        "mixed woods and fields",
    ),
    "boreal forest": (
        "taiga",
        "northern forest of conifers",
        "dark boreal woods",
        "spruce and pine forest in the north",
        "cold northern forest with lakes",
    ),
    "farmland": (
        "farmland",
        "farm fields",
        "cropland",
        "green farmland on a plain",
        "flat agricultural land",
        "fields of crops",
        "cultivated plain",
    ),
    "savanna": (
        "savanna",
        "tropical grassland",
        "grassland with scattered trees",
        "dry bushland",
        "tropical savanna and scrub",
    ),
    "steppe": (
        "steppe",
        "dry grassland",
        "prairie",
        "brown grassy plains",
        "semi-arid grassland",
    ),
    "desert": (
        "desert",
        "dry desert",
        "arid land without plants",
        "barren sand and rock",
        "a sandy desert",
        "desert plain",
    ),
    "tundra": (
        "tundra",
        "arctic tundra",
        "treeless northern plain",
        "cold barren land with patches of snow",
        "tundra with thawing snow",
    ),
    "snow": (
        "snow",
        "ice and snow",
        "white ice",
        "snow-covered land",
        "frozen white ground",
    ),
    "ice sheet": (
        "ice sheet",
        "polar ice",
        "glacier ice",
        "a white ice cap",
        "snow and ice at the pole",
    ),
    "mountains": (
        "mountains",
        "mountain range",
        "high mountains",
        "rugged mountain ridges",
        "mountain chain with valleys",
    ),
    "dry mountains": (
        "bare brown mountains and valleys",
        "dry mountain ranges",
        "rocky desert mountains",
    ),
    "green mountains": (
        "forested mountains",
        "green mountain slopes",
        "wooded mountain ridges",
    ),
    "snowy mountains": (
        "snow-capped mountains",
        "snowy mountain peaks",
        "mountains with snow and glaciers",
    ),
    "delta": (
        "river delta",
        "delta of a large river",
        "a river mouth with many arms",
        "wet lowland where a river meets the sea",
    ),
    "lake": ("large lake", "lake surrounded by land", "dark lake water inland"),
}
FAMILY = {
    "ice sheet": "snow",
    "shallow sea": "sea",
    "dry mountains": "mountains",
    "green mountains": "mountains",
    "snowy mountains": "mountains",
}
"""Covers that are no negatives of each other; the kind is the second one's."""
SHORES = ("sea", "ocean", "blue sea", "blue water")
COASTS = (
    "coast",
    "coastline",
    "coast of the sea",
    "shore where land meets the ocean",
    "land beside the sea",
)
