"""Captioned pictures: a JSONL of captions beside folders or tars of images."""

import io
import json
import re
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from rsrag.errors import ConfigError, ImageReadError, SourceNotFoundError
from rsrag.types import Pixels

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")


@dataclass(frozen=True, slots=True)
class Pair:
    """A picture and what people said of it.

    Attributes:
        file: its name, as the JSONL has it.
        data: the encoded picture; decoded for each view, to save memory.
        captions: stripped, in the file's order; none where there is a label.
        label: what the source files it under, in lower case; empty if unknown.
    """

    file: str
    data: bytes
    captions: tuple[str, ...]
    label: str = ""

    def pixels(self) -> Pixels:
        """Decode the picture to ``(height, width, 3)`` uint8 RGB.

        Raises:
            ImageReadError: it cannot be decoded.
        """
        try:
            with Image.open(io.BytesIO(self.data)) as image:
                return np.asarray(image.convert("RGB"))
        except (UnidentifiedImageError, OSError, ValueError) as exc:
            raise ImageReadError(f"{self.file} cannot be decoded: {exc}") from exc


def read_pairs(captions: Path, images: Sequence[Path]) -> list[Pair]:
    """Read a JSONL of ``{"file", "captions", "label"}`` and the pictures it names.

    Args:
        captions: the JSONL; a label is read if there is one, further keys are ignored.
        images: folders (searched to the bottom) and tars. Pictures that the JSONL
            does not name are left alone, so one folder may hold several splits.

    Returns:
        One pair a line, in the file's order.

    Raises:
        ConfigError: a line that is not such a record.
        SourceNotFoundError: a file that is not there, or a picture not in
            ``images``.
    """
    if not captions.is_file():
        raise SourceNotFoundError(f"There is no file {captions}.")
    records = [
        _record(line, f"{captions}, line {number}")
        for number, line in enumerate(captions.read_text("utf-8").splitlines(), 1)
        if line.strip()
    ]
    wanted = {file for file, _, _ in records}
    found: dict[str, bytes] = {}
    for source in images:
        for name, data in _members(source, wanted):
            found.setdefault(name, data)
    if missing := sorted(wanted - set(found)):
        raise SourceNotFoundError(
            f"{len(missing)} of {len(wanted)} pictures named in {captions} are in none "
            f"of the image sources, such as {missing[0]}.",
            hint="--images takes folders and tars, several if need be",
        )
    return [Pair(file, found[file], texts, label) for file, texts, label in records]


def read_source(folder: Path) -> list[Pair]:
    """Read a folder with ``train.jsonl`` and its tars, ``train-*.tar``.

    Raises:
        SourceNotFoundError, ConfigError: see :func:`read_pairs`.
    """
    return read_pairs(folder / "train.jsonl", sorted(folder.glob("train-*.tar")))


def _record(line: str, where: str) -> tuple[str, tuple[str, ...], str]:
    try:
        record = json.loads(line)
        file, texts = record["file"], record["captions"]
        captions = tuple(text.strip() for text in texts if text.strip())
        label = _words(record.get("label", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ConfigError(
            f"{where} is not a record with a file and captions: "
            f"{type(exc).__name__}: {exc}"
        ) from exc
    if not isinstance(file, str) or isinstance(texts, str) or not (captions or label):
        raise ConfigError(f"{where} names no file, or has neither caption nor label.")
    return file, captions, label


def _words(label: str) -> str:
    """``DenseResidential`` and ``dense_residential`` to ``dense residential``."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", label)
    return " ".join(apart.lower().split())


def _members(source: Path, wanted: set[str]) -> Iterable[tuple[str, bytes]]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            name = path.relative_to(source).as_posix()
            if path.suffix.lower() in SUFFIXES and name in wanted:
                yield name, path.read_bytes()
        return
    if not source.is_file():
        raise SourceNotFoundError(f"There is no folder or tar {source}.")
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                stream = archive.extractfile(member) if member.isfile() else None
                if stream is not None and name in wanted:
                    yield name, stream.read()
    except tarfile.TarError as exc:
        raise SourceNotFoundError(f"{source} cannot be read as a tar: {exc}") from exc
