"""Damage that gets past the first check: of bytes, tar headers, zip records, JSON."""

import copy
import json
import random
import struct
from collections.abc import Callable
from typing import Any

Rng = random.Random

NAMES = [
    b"../../outside.png",
    b"/etc/outside.png",
    b"..\\..\\outside.png",
    b"C:\\outside.png",
    b"a\nb.png",
    b"a\x00b.png",
    b"\xff\xfe.png",
    b"\x1b[2Jred.png",
    b"./././x.png",
    b"a/" * 40 + b"x.png",
    b"x" * 99 + b".png",
    b".hidden.png",
    b"world.pgw",
    b"x.png/",
    b"",
    "\u202egnp.exe.png".encode(),
]
NUMBERS = [0, 1, 2, 7, 255, 256, 511, 512, 513, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    10**30,
    "",
    "x",
    "../..",
    "\x00",
    "\ud800",
    "NaN",
    "2020-02-30",
    [],
    [1],
    [[]],
    {},
    {"a": 1},
    [1, 2, 3, 4],
    ["w", "s", "e", "n"],
    float("nan"),
    float("inf"),
]


def any_bytes(data: bytes, rng: Rng) -> bytes:
    """One to eight flips, cuts, doublings, fillings or swaps."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        if not out:
            break
        at = rng.randrange(len(out))
        match rng.randrange(7):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                out[at] = rng.choice((0, 0xFF, 0x7F, 0x80, rng.randrange(256)))
            case 2:
                del out[at:]
            case 3:
                length = rng.randrange(1, 600)
                out[at:at] = out[at : at + length]
            case 4:
                del out[at : at + rng.randrange(1, 600)]
            case 5:
                length = rng.randrange(1, 64)
                out[at : at + length] = bytes([rng.choice((0, 0xFF, 0x20))]) * length
            case 6:
                other = rng.randrange(len(out))
                length = rng.randrange(1, 600)
                out[at : at + length] = out[other : other + length]
    return bytes(out)


def tar_headers(data: bytes, rng: Rng) -> bytes:
    """Odd fields in a header of a tar, its checksum made good again."""
    out = bytearray(data)
    heads = [
        at for at in range(0, len(out), 512) if out[at + 257 : at + 262] == b"ustar"
    ]
    for at in rng.sample(heads, min(len(heads), rng.choice((1, 1, 2)))):
        for _ in range(rng.choice((1, 1, 2, 3))):
            match rng.randrange(6):
                case 0:
                    out[at : at + 100] = rng.choice(NAMES)[:100].ljust(100, b"\0")
                case 1:
                    number = rng.choice((*NUMBERS, 2**33 - 1, 2**40))
                    field = b"%011o\0" % number
                    if rng.random() < 0.3 or len(field) != 12:
                        # Base 256, which may be huge or negative.
                        field = bytes([rng.choice((0x80, 0xFF))]) + rng.randbytes(11)
                    out[at + 124 : at + 136] = field
                case 2:
                    out[at + 156] = rng.choice(b"0123456789LKxgSVMDN\0Z")
                case 3:
                    link = rng.choice(NAMES)[:100].ljust(100, b"\0")
                    out[at + 157 : at + 257] = link
                case 4:
                    out[at + 345 : at + 500] = rng.choice(NAMES)[:155].ljust(155, b"\0")
                case 5:
                    field_at, length = rng.choice(((100, 8), (108, 8), (136, 12)))
                    out[at + field_at : at + field_at + length] = rng.randbytes(length)
        out[at + 148 : at + 156] = b" " * 8
        out[at + 148 : at + 156] = b"%06o\0 " % sum(out[at : at + 512])
    return bytes(out)


def pax_records(data: bytes, rng: Rng) -> bytes:
    """An extended header before the first member, with records that lie."""
    key = rng.choice((b"path", b"size", b"linkpath", b"GNU.sparse.size", b"mtime"))
    keys = (b"GNU.sparse.map", b"GNU.sparse.major", b"hdrcharset", b"uid", key, key)
    records = b""
    for _ in range(rng.choice((1, 2, 3))):
        value = rng.choice((*NAMES, b"-1", b"9" * 20, b"1e9", b"0,1,2", b"\xff" * 9))
        body = rng.choice(keys) + b"=" + value + b"\n"
        length = rng.choice((len(body) + 3, len(body) + 3, 0, 10**6))
        records += b"%d " % length + body
    size = len(records)
    head = bytearray(512)
    head[:4], head[257:265] = b"pax\0", b"ustar\x0000"
    head[100:108] = b"0000644\0"
    head[124:136], head[156] = b"%011o\0" % size, rng.choice(b"xg")
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + records + bytes(-size % 512) + data


def zip_records(data: bytes, rng: Rng) -> bytes:
    """Odd numbers in a local header, the directory or its end; odd names."""
    out = bytearray(data)
    magics = {b"PK\x03\x04": (4, 30), b"PK\x01\x02": (4, 46), b"PK\x05\x06": (4, 22)}
    places = [
        (at, *magics[bytes(out[at : at + 4])])
        for at in range(len(out) - 4)
        if out[at : at + 2] == b"PK" and bytes(out[at : at + 4]) in magics
    ]
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, low, high = rng.choice(places)
        field = at + rng.randrange(low, high, 2)
        if rng.random() < 0.2 and high != 22:
            name = rng.choice(NAMES)
            out[at + high : at + high + len(name)] = name
        elif rng.random() < 0.5:
            out[field : field + 2] = struct.pack("<H", rng.choice(NUMBERS) & 0xFFFF)
        else:
            out[field : field + 4] = struct.pack("<I", rng.choice(NUMBERS))
    return bytes(out)


def json_values(data: bytes, rng: Rng) -> bytes:
    """Values replaced, removed or doubled anywhere in one JSON document."""
    tree = json.loads(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        spots: list[tuple[Any, Any]] = []

        def walk(node: Any, spots: list[tuple[Any, Any]] = spots) -> None:
            keys = node if isinstance(node, dict) else range(len(node))
            for key in keys:
                spots.append((node, key))
                if isinstance(node[key], dict | list):
                    walk(node[key])

        if not isinstance(tree, dict | list) or not tree:
            break
        walk(tree)
        node, key = rng.choice(spots)
        match rng.randrange(4):
            case 0 | 1:
                node[key] = copy.deepcopy(rng.choice(VALUES))
            case 2:
                del node[key]
            case 3 if isinstance(node, list):
                node.append(copy.deepcopy(node[key]))
            case 3:
                node[str(key) + rng.choice(("", " ", "x"))] = node[key]
    if rng.random() < 0.02:
        tree = rng.choice(VALUES)
    if rng.random() < 0.01:
        return b"[" * 100_000
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def json_lines(data: bytes, rng: Rng) -> bytes:
    """The same in some of the lines of a JSONL file."""
    lines = data.splitlines()
    for at in rng.sample(range(len(lines)), min(len(lines), rng.choice((1, 2)))):
        lines[at] = json_values(lines[at], rng)
    return b"\n".join(lines)


Mutation = Callable[[bytes, Rng], bytes]


def mostly(special: Mutation, *others: Mutation) -> Mutation:
    """A mutation that takes the special one often, else any of the others."""

    def mutate(data: bytes, rng: Rng) -> bytes:
        return (special if rng.random() < 0.6 else rng.choice(others))(data, rng)

    return mutate
