"""Colours of lines in plots, and the palette of their pictures."""

from PIL import Image, ImageColor

# Okabe and Ito, "Color Universal Design" (2008), without yellow, which white
# swallows, and orange, which is taken for vermilion; olive and wine after Paul Tol.
COLOURS = (
    "#D55E00",
    "#0072B2",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#999933",
    "#000000",
    "#882255",
    "#888888",
)
_STEPS = 12


def palette() -> Image.Image:
    """All colours of lines and of text, each in steps towards white.

    One that is made from a picture's own colours loses those of small marks.
    """
    steps = range(1, _STEPS + 1)
    shades = [
        round(255 + (part - 255) * step / _STEPS)
        for colour in COLOURS
        for step in steps
        for part in ImageColor.getrgb(colour)
    ]
    found = Image.new("P", (1, 1))
    found.putpalette([255, 255, 255, *shades])
    return found
