"""CLIP's tokens, and the tensors of a file, without torch.

Every step is the one that OpenAI published with CLIP (Radford et al. 2021): mend and
unescape the text, one blank between words, lower case; split into words; merge the
bytes of a word, the earliest learnt pair first. Written here because open_clip's
tokenizer imports torch, and a general one takes 0.1 s to read its own file.

Safetensors read through a memory map: only what is touched leaves the disk.

The format (https://github.com/huggingface/safetensors, "Format"): eight bytes, the
little-endian length of a JSON header; the header, which gives each tensor's dtype,
shape and byte range; then the bytes. A search embeds some ten word pieces, so of
MiniLM's 47 MB of word embeddings it needs ten rows.
"""

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import CheckpointError

START, END = "<start_of_text>", "<end_of_text>"
MERGES = 48_894
"""Pairs that CLIP's vocabulary has learnt."""

_MARKS = f"{START}|{END}|'s|'t|'re|'ve|'m|'ll|'d"
_ASCII_WORDS = re.compile(_MARKS + r"|[a-z]+|[0-9]|[^\sa-z0-9]+", re.ASCII)
_ALL_WORDS = _MARKS + r"|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

REMEMBERED = 20_000
"""Words whose pieces are kept."""


def clean(text: str) -> str:
    """Mended, unescaped, one blank between words, lower case."""
    # To such a text the mending below can do nothing, and its tables take 50 ms.
    if not (text.isascii() and text.isprintable() and "&" not in text):
        import html

        import ftfy

        text = html.unescape(html.unescape(ftfy.fix_text(text)))
    return " ".join(text.split()).lower()


def split_words(text: str) -> list[str]:
    """The words of a cleaned text."""
    if text.isascii():
        return _ASCII_WORDS.findall(text)
    # What is a letter of other scripts, only this package knows as open_clip does.
    import regex  # type: ignore[import-untyped]

    return list(regex.findall(_ALL_WORDS, text, flags=regex.IGNORECASE))


class ClipTokenizer:
    """Texts to ids.

    Args:
        merges: ``MERGES`` lines, the two halves of a pair with a blank between,
            the earliest learnt first.
        context: ids that the model reads, both marks included.

    Raises:
        CheckpointError: not that many lines, or lines that are no pairs.
    """

    def __init__(self, merges: Sequence[str], context: int) -> None:
        self.context = context
        self._ranks = dict(zip(merges, range(len(merges)), strict=True))
        if len(self._ranks) != MERGES or any(line.count(" ") != 1 for line in merges):
            raise CheckpointError(f"A CLIP vocabulary is {MERGES} different pairs.")
        self._letters = _letters_of_bytes()
        letters = list(self._letters.values())
        pieces = [*letters, *(letter + "</w>" for letter in letters)]
        pieces += [line.replace(" ", "") for line in merges]
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self.start, self.end = len(pieces), len(pieces) + 1
        self._marks = {START: [self.start], END: [self.end]}
        self._words: dict[str, list[int]] = dict(self._marks)

    def encode(self, text: str) -> list[int]:
        """Ids of the whole text, without the marks at its ends."""
        return [i for word in split_words(clean(text)) for i in self._pieces(word)]

    def count(self, text: str) -> int:
        """Ids of the whole text, the marks included."""
        return len(self.encode(text)) + 2

    def tokens(self, text: str) -> list[int]:
        """What the model reads: marked at both ends, cut to ``context``."""
        ids = [self.start, *self.encode(text), self.end]
        return ids if len(ids) <= self.context else [*ids[: self.context - 1], self.end]

    def _pieces(self, word: str) -> list[int]:
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= REMEMBERED:
                self._words = dict(self._marks)
            known = self._words[word] = [self._ids[p] for p in self._merged(word)]
        return known

    def _merged(self, word: str) -> list[str]:
        pieces = [self._letters[byte] for byte in word.encode("utf-8")]
        pieces[-1] += "</w>"
        never = len(self._ranks)
        while len(pieces) > 1:
            pairs = [f"{a} {b}" for a, b in itertools.pairwise(pieces)]
            first = min(pairs, key=lambda pair: self._ranks.get(pair, never))
            if first not in self._ranks:
                break
            pieces = _joined(pieces, pairs, first)
        return pieces


def open_clip_merges() -> list[str]:
    """The pairs in the vocabulary that open_clip ships, without importing it.

    Raises:
        CheckpointError: the file is not there or not such a vocabulary.
        MissingExtraError: open_clip is not installed.
    """
    import gzip

    from rsrag.encoders.clip.architectures import package_folder

    file = package_folder() / "bpe_simple_vocab_16e6.txt.gz"
    try:
        lines = gzip.decompress(file.read_bytes()).decode("utf-8").split("\n")
    except (OSError, EOFError, ValueError) as exc:
        raise CheckpointError(f"{file} cannot be read: {exc}") from exc
    # The first line names the format; what follows the last pair CLIP never used.
    return lines[1 : MERGES + 1]


def read_merges(path: Path) -> list[str]:
    """Pairs from a plain text file, one a line.

    Raises:
        CheckpointError: it cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8").split("\n")
    except (OSError, ValueError) as exc:
        raise CheckpointError(f"{path} cannot be read: {exc}") from exc


def _joined(pieces: list[str], pairs: list[str], pair: str) -> list[str]:
    """Every occurrence of the pair made one piece, from the left."""
    joined, i = [], 0
    while i < len(pieces):
        if i < len(pairs) and pairs[i] == pair:
            joined.append(pieces[i] + pieces[i + 1])
            i += 2
        else:
            joined.append(pieces[i])
            i += 1
    return joined


def _letters_of_bytes() -> dict[int, str]:
    """A visible letter for each byte: itself where it has one, in CLIP's order."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in visible}
    others = (byte for byte in range(256) if byte not in letters)
    return letters | {byte: chr(256 + n) for n, byte in enumerate(others)}


DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}


@dataclass(frozen=True, slots=True)
class TensorFile:
    """A mapped safetensors file.

    Attributes:
        tensors: read-only views into the map, by name.
        metadata: the strings that its writer put in.
    """

    path: Path
    tensors: Mapping[str, NDArray[Any]]
    metadata: Mapping[str, str]

    def take(self, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
        """The tensor of that name.

        Raises:
            CheckpointError: it is not there, or not of that shape.
        """
        tensor = self.tensors.get(name)
        if tensor is None:
            raise CheckpointError(f"{self.path} lacks the tensor {name}.")
        if tensor.shape != shape:
            raise CheckpointError(
                f"Tensor {name} of {self.path} has shape {tensor.shape}, "
                f"expected {shape}."
            )
        return tensor

    def floats(self, names: Sequence[str]) -> list[NDArray[np.float32]]:
        """The tensors of these names in float32, in order.

        Raises:
            CheckpointError: one is not there.
        """
        if missing := [name for name in names if name not in self.tensors]:
            raise CheckpointError(f"{self.path} lacks the tensor {missing[0]}.")
        return [self.tensors[name].astype(np.float32) for name in names]


def map_tensors(path: Path) -> TensorFile:
    """Map a safetensors file.

    Raises:
        CheckpointError: not such a file, cut short, or of a dtype not in ``DTYPES``.
    """
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        start = 8 + int.from_bytes(data[:8].tobytes(), "little")
        if len(data) < 8 or start > len(data):
            raise ValueError("its header runs past its end")
        header = json.loads(data[8:start].tobytes())
        metadata = header.pop("__metadata__", {})
        # A plain array over the same map: slicing a memmap is slow.
        body = np.asarray(data)[start:]
        tensors = {name: _view(body, entry) for name, entry in header.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CheckpointError(
            f"{path} cannot be read as safetensors: {type(exc).__name__}: {exc}"
        ) from exc
    return TensorFile(path, tensors, metadata)


def _view(body: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[Any]:
    dtype, shape = np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
    begin, end = entry["data_offsets"]
    if not 0 <= begin <= end <= len(body):
        raise ValueError("a tensor lies past its end")
    if end - begin != dtype.itemsize * math.prod(shape):
        raise ValueError("a tensor's bytes do not fit its shape")
    return body[begin:end].view(dtype).reshape(shape)
