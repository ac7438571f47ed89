"""What drawn scenes are made of: covers of the ground, their colours and names."""

from dataclasses import dataclass

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What covers the ground.

    Attributes:
        names: what people call it.
        dark: colour in its hollows.
        light: colour on its heights.
        relief: strength of the shading, from and to.
    """

    names: tuple[str, ...]
    dark: Colour
    light: Colour
    relief: tuple[float, float]


LAND = {
    "desert": Cover(
        ("yellow desert", "sandy desert", "desert of yellow sand", "dry sand dunes"),
        (180, 130, 80),
        (230, 195, 140),
        (0.0, 0.5),
    ),
    "mountain": Cover(
        ("bare brown mountains", "brown mountain ranges", "rugged rocky mountains"),
        (65, 45, 30),
        (190, 155, 115),
        (0.2, 3.0),
    ),
    "forest": Cover(
        ("green forest", "dense tropical rainforest", "dark green trees", "jungle"),
        (15, 35, 10),
        (60, 90, 35),
        (0.1, 0.8),
    ),
    "hills": Cover(
        ("green hills", "wooded hills", "rolling green hills"),
        (25, 45, 15),
        (85, 105, 50),
        (0.5, 3.5),
    ),
    "grass": Cover(
        ("green grassland", "meadows and farmland", "green plains", "farmland"),
        (70, 90, 35),
        (140, 150, 75),
        (0.0, 0.4),
    ),
    "snow": Cover(
        ("white snow", "ice and snow", "an ice sheet", "white glaciers and ice"),
        (205, 215, 225),
        (255, 255, 255),
        (0.0, 0.4),
    ),
    "bare": Cover(
        ("brown dry land", "bare brown ground", "dry plains"),
        (125, 80, 45),
        (185, 150, 105),
        (0.1, 0.9),
    ),
}
NEIGHBOURS = {
    "desert": ("bare", "mountain"),
    "mountain": ("bare", "desert", "forest"),
    "forest": ("grass", "bare"),
    "hills": ("grass", "bare"),
    "grass": ("forest", "bare", "desert"),
    "snow": ("bare",),
    "bare": ("grass", "desert", "forest"),
}
"""What a cover may have patches of; the caption does not tell of them."""
LAND_SHARES = (0.19, 0.0, 0.18, 0.16, 0.15, 0.16, 0.16)
"""How often each cover fills a scene. Mountains never do: RSICD's own teach what they
look like better than noise does."""
SHORE_SHARES = (0.15, 0.22, 0.15, 0.12, 0.12, 0.12, 0.12)
"""How often each cover meets water."""
SEAS = ("sea", "ocean", "blue sea", "blue ocean", "blue water")
DEEP, SHALLOW = ((2, 5, 25), (20, 55, 120)), ((25, 80, 140), (90, 190, 200))
