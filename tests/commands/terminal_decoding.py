"""What a terminal does with pictures: read the bytes back into pixels."""

import base64
import io
import re

import numpy as np
from PIL import Image


def kitty_picture(data: bytes) -> tuple[Image.Image, dict[str, str]]:
    """The picture of kitty's graphics commands, and the keys of the first."""
    commands = re.findall(rb"\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\", data)
    keys = dict(pair.split("=") for pair in commands[0][0].decode().split(","))
    for number, (head, text) in enumerate(commands, 1):
        more = b"m=1" if number < len(commands) else b"m=0"
        assert head.endswith(more) and len(text) <= 4096
        assert number == 1 or head == more
    png = base64.b64decode(b"".join(text for _, text in commands), validate=True)
    return Image.open(io.BytesIO(png)).convert("RGB"), keys


def iterm_picture(data: bytes) -> tuple[Image.Image, dict[str, str]]:
    """The picture of iTerm2's inline file, and its keys."""
    (match,) = re.findall(rb"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", data)
    keys = dict(pair.split("=") for pair in match[0].decode().split(";"))
    png = base64.b64decode(match[1], validate=True)
    assert int(keys["size"]) == len(png)
    return Image.open(io.BytesIO(png)).convert("RGB"), keys


def sixel_picture(data: bytes) -> Image.Image:
    """The picture of one sixel sequence, read letter by letter."""
    (body,) = re.findall(rb"\x1bP[0-9;]*q([^\x1b]*)\x1b\\", data)
    head = re.match(rb'"1;1;(\d+);(\d+)', body)
    width, height = int(head[1]), int(head[2])
    pixels = np.full((height + 6, width, 3), -1, np.int16)
    colours: dict[int, tuple[int, ...]] = {}
    at, x, y, colour = head.end(), 0, 0, 0
    while at < len(body):
        letter = chr(body[at])
        if letter == "#":
            match = re.match(rb"#(\d+)(?:;2;(\d+);(\d+);(\d+))?", body[at:])
            colour = int(match[1])
            if match[2]:
                rgb = match.groups()[1:]
                colours[colour] = tuple(round(int(value) * 2.55) for value in rgb)
            at += match.end()
            continue
        count, step = 1, 1
        if letter == "!":
            match = re.match(rb"!(\d+)(.)", body[at:])
            count, letter, step = int(match[1]), chr(match[2][0]), match.end()
        if letter == "$":
            x = 0
        elif letter == "-":
            x, y = 0, y + 6
        else:
            bits = ord(letter) - 63
            assert 0 <= bits < 64, letter
            for row in range(6):
                if bits >> row & 1:
                    assert (pixels[y + row, x : x + count] == -1).all(), "painted twice"
                    pixels[y + row, x : x + count] = colours[colour]
            x += count
        at += step
    assert (pixels[height:] == -1).all() and (pixels[:height] >= 0).all()
    return Image.fromarray(pixels[:height].astype(np.uint8))
