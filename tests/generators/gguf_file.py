"""GGUF headers drawn by hand, without a tensor."""

import struct


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(item):
    if isinstance(item, bool):
        return struct.pack("<I?", 7, item)
    if isinstance(item, int):
        return struct.pack("<II", 4, item)
    if isinstance(item, float):
        return struct.pack("<If", 6, item)
    if isinstance(item, str):
        return struct.pack("<I", 8) + text(item)
    strings = bool(item) and isinstance(item[0], str)
    head = struct.pack("<IIQ", 9, 8 if strings else 4, len(item))
    pack = text if strings else lambda number: struct.pack("<I", number)
    return head + b"".join(pack(element) for element in item)


def gguf(values, version=3):
    head = b"GGUF" + struct.pack("<IQQ", version, 0, len(values))
    return head + b"".join(text(key) + value(item) for key, item in values.items())


def write(path, **values):
    """A file with the values given; dots of keys are written as ``__``."""
    named = {key.replace("__", "."): item for key, item in values.items()}
    path.write_bytes(gguf(named))
    return path
