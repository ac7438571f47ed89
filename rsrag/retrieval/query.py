"""Queries as weighted sums of texts, pictures and chips.

``2:a harbour`` weighs twice, ``@ship.jpg`` is a picture, ``#ID`` a chip of the
index. Terms are added or subtracted as unit vectors and the sum is normalised
again, as rclip and the word-vector literature before it do.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from rsrag.errors import QueryError, StoreError
from rsrag.interfaces import Encoder
from rsrag.types import Pixels, Vectors
from rsrag.vectors import unit_rows

_WEIGHT = re.compile(r"(?P<weight>[+-]?\d+(?:\.\d+)?):(?P<rest>.*)", re.DOTALL)
Kind = Literal["text", "image", "chip", "vector"]


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a query.

    Attributes:
        kind: what ``value`` is: a text, a picture's path, a chip's id, or the path
            of an ``.npy`` file with one vector.
        weight: factor of its unit vector; negative subtracts.
    """

    kind: Kind
    value: str
    weight: float = 1.0


def parse_term(text: str, sign: int = 1) -> Term:
    """Read ``[WEIGHT:]TEXT``, ``[WEIGHT:]@FILE`` or ``[WEIGHT:]#CHIP``.

    Args:
        sign: -1 for terms to subtract.

    Raises:
        QueryError: blank, or a weight of zero.
    """
    match = _WEIGHT.fullmatch(text.strip())
    weight, rest = (float(match["weight"]), match["rest"]) if match else (1.0, text)
    rest = rest.strip()
    if not rest or rest in "@#":
        raise QueryError(
            f"The query term {text!r} is empty.",
            hint='rsrag search "an airport with many parked planes"',
        )
    if weight == 0:
        raise QueryError(f"The query term {text!r} has weight zero.")
    kinds: dict[str, Kind] = {"@": "image", "#": "chip"}
    kind = kinds.get(rest[0], "text")
    return Term(kind, rest if kind == "text" else rest[1:], sign * weight)


def query_vector(
    terms: Sequence[Term],
    encoder: Encoder,
    load_picture: Callable[[Path], Pixels],
    fetch: Callable[[Sequence[str]], Vectors],
) -> Vectors:
    """Embed a query of at least one term: ``(1, dim)`` float32 unit row.

    Args:
        load_picture: reads a picture file to RGB.
        fetch: stored vectors of chips, by id.

    Raises:
        QueryError: no terms, a chip that is not there, or terms that cancel out.
    """
    if not terms:
        raise QueryError(
            "Nothing to search for: give a text, --image FILE, --chip ID or --vector "
            "FILE.",
            hint='rsrag search "an airport with many parked planes"',
        )
    vectors = np.zeros((len(terms), encoder.identity.dim), dtype=np.float32)
    by_kind: dict[Kind, Callable[[list[str]], Vectors]] = {
        "text": encoder.encode_texts,
        "image": lambda paths: encoder.encode_images(
            [load_picture(Path(path)) for path in paths]
        ),
        "chip": lambda ids: _fetch(fetch, ids),
        "vector": lambda paths: _vectors(paths, encoder.identity.dim),
    }
    for kind, embed in by_kind.items():
        rows = [i for i, term in enumerate(terms) if term.kind == kind]
        if rows:
            vectors[rows] = embed([terms[i].value for i in rows])
    weights = np.array([term.weight for term in terms])
    total = weights @ vectors.astype(np.float64)
    if np.linalg.norm(total) < 1e-6:
        raise QueryError(
            "The terms of the query cancel each other out.",
            hint="change a weight: --subtract 0.5:TEXT",
        )
    return unit_rows(total[None, :])


def _vectors(paths: list[str], dim: int) -> Vectors:
    """The one vector of each file, as unit rows."""
    rows = []
    for path in paths:
        try:
            array = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as exc:
            raise QueryError(
                f"--vector {path} cannot be read: {exc}",
                hint="numpy.save(FILE, vector)",
            ) from exc
        if not isinstance(array, np.ndarray) or array.shape not in ((dim,), (1, dim)):
            shape = getattr(array, "shape", "no shape")
            raise QueryError(
                f"--vector {path} has {shape}; this index takes one vector of {dim} "
                "numbers."
            )
        rows.append(array.reshape(dim))
    try:
        return unit_rows(np.stack(rows))
    except StoreError as exc:
        raise QueryError(f"--vector {paths[0]}: {exc}") from exc


def _fetch(fetch: Callable[[Sequence[str]], Vectors], ids: list[str]) -> Vectors:
    try:
        return fetch(ids)
    except StoreError as exc:
        raise QueryError(
            f"No such chip: {exc}", hint="--format json prints the ids of hits"
        ) from exc
