"""What is said of pictures that show nothing that the encoder knows, and of others.

    python -m bench.odd_pictures --plain SOURCE … [--odd SOURCE …] [--own VALID.tar …]

SOURCE is a folder or archive of pictures: ``--own`` of sources trained on (other
pictures), ``--plain`` of other sources from above, each left out once where the plane
beyond which a picture is odd is laid; ``--odd`` of anything else, photographs say.
Beside these stand drawings by another hand than those that the plane was fitted to. A
picture is asked alone, for the kinds of scene: *surely named* are those with a label of
probability 0.5 or more.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rsrag.config import available_processors
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.evaluation.data.vector_files import embed_pictures
from rsrag.rag.looking.home import Home, home_of
from rsrag.rag.looking.oddities import ODD
from rsrag.rag.looking.scene import label_vectors, scene_labels, zero_shot
from rsrag.types import Pixels, Vectors

SIDE, COUNT = 256, 60
Draws = np.random.Generator
Floats = NDArray[np.float64]


def _fractal(rng: Draws, fall: float) -> Floats:
    """Noise whose spectrum falls, deviation 1."""
    often = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    often[0, 0] = 1
    waves = rng.normal(size=often.shape) + 1j * rng.normal(size=often.shape)
    waves *= often ** (-fall / 2)
    waves[0, 0] = 0
    rows = np.fft.irfft2(waves, (SIDE, SIDE))
    scaled: Floats = rows / rows.std()
    return scaled


def _craters(rng: Draws, tint: Sequence[float], count: int) -> Floats:
    heights = 0.6 * _fractal(rng, rng.uniform(2, 3.2))
    down, across = np.mgrid[:SIDE, :SIDE]
    for _ in range(count):
        radius = min(60, 3 * rng.pareto(1.3) + 3)
        top, left = rng.uniform(0, SIDE, 2)
        away = np.hypot(down - top, across - left) / radius
        bowl = (away**2 - 0.75).clip(None, 0.25)
        wall = 0.25 * np.exp(-(away - 1).clip(0, None) / 0.35)
        heights += 0.25 * radius * np.where(away < 1, bowl, wall) * (away < 3)
    slopes = np.gradient(heights)
    angle = rng.uniform(0, 2 * np.pi)
    light = np.sin(angle) * slopes[0] + np.cos(angle) * slopes[1]
    shade = (0.55 + 0.45 * light / (1 + np.hypot(*slopes))).clip(0, 1)
    ground = 1 + 0.12 * _fractal(rng, 2.6)
    return np.asarray(np.array(tint) * 1.5 * (shade * ground)[..., None])


def _mars(rng: Draws) -> Floats:
    tint = np.array((190, 110, 70)) + rng.uniform(-20, 25, 3)
    return _craters(rng, tint.tolist(), int(rng.integers(5, 60)))


def _moon(rng: Draws) -> Floats:
    return _craters(rng, [rng.uniform(90, 170)] * 3, int(rng.integers(20, 150)))


def _gas(rng: Draws) -> Floats:
    rows = np.linspace(0, rng.uniform(3, 9), SIDE)[:, None]
    bands = np.sin(2 * np.pi * (rows + 0.15 * _fractal(rng, 3.5)))[..., None]
    light, dark = rng.uniform(60, 250, (2, 3))
    return np.asarray((light + dark) / 2 + bands * (light - dark) / 2)


def _ice(rng: Draws) -> Floats:
    ground = (0.6 + 0.1 * _fractal(rng, 2.4))[..., None] * (300, 307, 322)
    page = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(page)
    for _ in range(rng.integers(10, 40)):
        ends = rng.uniform(-20, SIDE + 20, (2, 2))
        points = [tuple(one) for one in ends.tolist()]
        pen.line(points, (165, 90, 60), int(rng.integers(1, 4)))
    return np.asarray(page, np.float64)


def _noise(rng: Draws) -> Floats:
    return rng.integers(0, 256, (SIDE, SIDE, 3)).astype(np.float64)


def _gradient(rng: Draws) -> Floats:
    down, across = (np.mgrid[:SIDE, :SIDE] / SIDE)[..., None]
    one, two, three = rng.uniform(0, 255, (3, 3))
    return np.asarray(
        one * (1 - down) + two * down * (1 - across) + three * across * down
    )


def _checks(rng: Draws) -> Floats:
    down, across = np.mgrid[:SIDE, :SIDE] // rng.integers(6, 48)
    return np.asarray(rng.uniform(0, 255, (2, 3))[(down + across) % 2])


def _text(rng: Draws) -> Floats:
    page = Image.new("RGB", (SIDE, SIDE), "white")
    pen, size = ImageDraw.Draw(page), int(rng.integers(9, 22))
    words = [
        "reports",
        "of",
        "many",
        "fields",
        "say",
        "that",
        "no",
        "query",
        "has",
        "it",
    ]
    for top in range(4, SIDE, size + 3):
        line = " ".join(rng.choice(words, 9))
        pen.text((4, top), line, "black", ImageFont.load_default(size))
    return np.asarray(page, np.float64)


def _plot(rng: Draws) -> Floats:
    page = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(page)
    pen.line((20, 10, 20, SIDE - 20, SIDE - 10, SIDE - 20), "black")
    for _ in range(rng.integers(1, 5)):
        heights = SIDE / 2 + rng.normal(0, 6, 40).cumsum()
        points = list(zip(np.linspace(20, SIDE - 10, 40), heights, strict=True))
        pen.line(points, tuple(rng.integers(0, 256, 3).tolist()), 2)
    return np.asarray(page, np.float64)


def _phantom(rng: Draws) -> Floats:
    page, middle = Image.new("L", (SIDE, SIDE)), SIDE / 2
    pen = ImageDraw.Draw(page)
    for wide, high, level in ((90, 115, 220), (80, 105, 85)):
        box = (middle - wide, middle - high, middle + wide, middle + high)
        pen.ellipse(box, level)
    for _ in range(rng.integers(3, 10)):
        x, y = middle + rng.uniform(-60, 60, 2)
        wide, high = rng.uniform(5, 30, 2)
        pen.ellipse((x - wide, y - high, x + wide, y + high), int(rng.integers(255)))
    grains = rng.normal(0, rng.uniform(0, 15), (SIDE, SIDE))
    return np.repeat((np.asarray(page) + grains)[..., None], 3, axis=2)


DRAWN: dict[str, Callable[[Draws], Floats]] = {
    "craters, rust": _mars,
    "craters, grey": _moon,
    "bands of gas": _gas,
    "cracked ice": _ice,
    "noise": _noise,
    "gradients": _gradient,
    "checks": _checks,
    "pages of text": _text,
    "plots": _plot,
    "slices of a head": _phantom,
}
"""Drawings by another hand."""


def drawn(name: str) -> list[Pixels]:
    """The pictures of a kind."""
    pictures = [
        DRAWN[name](np.random.default_rng((7, number))) for number in range(COUNT)
    ]
    return [one.clip(0, 255).astype(np.uint8) for one in pictures]


def shares(vectors: Vectors, home: Home, labels: Vectors) -> tuple[float, float, float]:
    """Called odd; surely named if nothing were; surely named as it is."""
    odd = home.odd(vectors)
    named = np.empty((len(vectors), 2), np.bool_)
    for number, vector in enumerate(vectors):
        row = vector[None]
        divided = home.temperature_for(row)
        for column, strange in enumerate((False, bool(odd[number]))):
            best = zero_shot(row, scene_labels(), labels, divided, odd=strange)[0]
            named[number, column] = best.probability >= 0.5
    before, now = named.mean(axis=0)
    return float(odd.mean()), float(before), float(now)


def left_out(scores: dict[str, Floats]) -> dict[str, float]:
    """Of each source the share that is odd where the others alone lay the plane."""
    found = {}
    for name in scores:
        rest = [rows for other, rows in scores.items() if other != name] or [
            scores[name]
        ]
        every = np.concatenate(rest)
        even = np.concatenate([np.full(len(r), 1 / len(r) / len(rest)) for r in rest])
        order = np.argsort(-every)
        limit = every[order[int((even[order].cumsum() <= ODD).sum())]]
        found[name] = float((scores[name] > limit).mean())
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("--own", "--plain", "--odd"):
        parser.add_argument(name, type=Path, nargs="+", default=[])
    given = parser.parse_args(arguments)
    encoder = MiniEncoder()
    home = home_of(encoder)
    assert home is not None and home.plane is not None
    labels = label_vectors(scene_labels(), encoder)

    def read(path: Path) -> Vectors:
        threads = available_processors()
        return embed_pictures([path], encoder, lambda _: True, 0, threads, None).vectors

    def row(kind: str, name: str, vectors: Vectors, more: str = "") -> None:
        odd, before, now = (f"{share:.2f}" for share in shares(vectors, home, labels))
        words = [kind, name, f"{len(vectors):,}", odd, more, before, now]
        print(f"| {' | '.join(words)} |", flush=True)

    print("| | source | pictures | called odd | left out | surely named | now |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for path in given.own:
        row("own", f"{path.parent.name}/{path.name}", read(path))
    plain = {f"{path.parent.name}/{path.name}": read(path) for path in given.plain}
    normal, offset = home.plane[:-1], home.plane[-1]
    scores = {name: vectors @ normal + offset for name, vectors in plain.items()}
    alone = left_out({name: rows.astype(float) for name, rows in scores.items()})
    for name, vectors in plain.items():
        row("plain", name, vectors, f"{alone[name]:.2f}")
    for path in given.odd:
        row("odd", f"{path.parent.name}/{path.name}", read(path))
    for name in DRAWN:
        row("drawn", name, encoder.encode_images(drawn(name)))


if __name__ == "__main__":
    main()
