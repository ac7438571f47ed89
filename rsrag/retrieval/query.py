"""Queries as weighted sums of texts, pictures and chips.

``2:a harbour`` weighs twice, ``@ship.jpg`` is a picture, ``#ID`` a chip of the
index, ``concept:NAME`` a concept that was kept. Terms are added or subtracted as unit
vectors and the sum is normalised again, as rclip and the word-vector literature do.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import QueryError, StoreError
from rsrag.interfaces import Encoder
from rsrag.retrieval.marks.marking import UNLIKED, Marks
from rsrag.types import Pixels, Vectors
from rsrag.vectors import unit_rows

# A digit after the colon makes a time or a ratio of it: "12:00 noon", "16:9".
_WEIGHT = re.compile(r"(?P<weight>[+-]?\d+(?:\.\d+)?):(?!\d)(?P<rest>.*)", re.DOTALL)
_SIGNS = re.compile(r"(?<=\S)\s+([+-])(?=\s+\S)")
_CONCEPT = re.compile(r"concept:(\S+)")
Kind = Literal["text", "image", "chip", "vector", "concept", "marks"]


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a query.

    Attributes:
        kind: what ``value`` is: a text, a picture (its path, or what the caller's
            ``load_picture`` takes), a chip's id, a vector (the path of an ``.npy``
            file that holds it, or ``(dim,)`` floats), the name of a concept, or
            :class:`Marks`. The last two are for the caller to resolve.
        weight: factor of its unit vector; negative subtracts.
    """

    kind: Kind
    value: Any
    weight: float = 1.0


def parse_term(text: str, sign: int = 1) -> Term:
    """Read ``[WEIGHT:]TEXT``, and for it ``@FILE``, ``#CHIP`` or ``concept:NAME``.

    ``12:00 noon`` and ``1:5000`` are texts; ``2: 12:00 noon`` has a weight.

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
    if named := _CONCEPT.fullmatch(rest):
        return Term("concept", named[1], sign * weight)
    kinds: dict[str, Kind] = {"@": "image", "#": "chip"}
    kind = kinds.get(rest[0], "text")
    return Term(kind, rest if kind == "text" else rest[1:], sign * weight)


def parse_sum(text: str) -> list[Term]:
    """Read ``TERM + TERM - TERM``: signs with blanks on both sides join terms.

    A query in double quotes means itself, as do signs that touch a word.

    Raises:
        QueryError: a term that is empty.
    """
    whole = text.strip()
    if len(whole) > 2 and whole[0] == whole[-1] == '"' and '"' not in whole[1:-1]:
        return [Term("text", whole[1:-1].strip() or whole)]
    first, *rest = _SIGNS.split(text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    signed = [(one, -1 if sign == "-" else 1) for sign, one in pairs]
    return [parse_term(first), *(parse_term(one, sign) for one, sign in signed)]


def check_terms(terms: Sequence[Term]) -> None:
    """Refuse a query without terms (``QueryError``)."""
    if not terms:
        raise QueryError(
            "Nothing to search for: give a text, --image FILE, --chip ID or --vector "
            "FILE.",
            hint='rsrag search "an airport with many parked planes"',
        )


def query_sum(
    terms: Sequence[Term],
    encoder: Encoder,
    load_picture: Callable[[Any], Pixels],
    fetch: Callable[[Sequence[str]], Vectors],
) -> NDArray[np.float64]:
    """The weighted sum of a query of at least one term, ``(dim,)``.

    Args:
        load_picture: gives a picture as RGB.
        fetch: stored vectors of chips, by id.

    Raises:
        QueryError: no terms, or a chip that is not in the index.
    """
    check_terms(terms)
    vectors = np.zeros((len(terms), encoder.identity.dim), dtype=np.float32)
    by_kind: dict[Kind, Callable[[list[Any]], Vectors]] = {
        "text": encoder.encode_texts,
        "image": lambda given: encoder.encode_images(list(map(load_picture, given))),
        "chip": lambda ids: stored(fetch, ids),
        "vector": lambda given: _vectors(given, encoder.identity.dim),
    }
    for kind, embed in by_kind.items():
        rows = [i for i, term in enumerate(terms) if term.kind == kind]
        if rows:
            vectors[rows] = embed([terms[i].value for i in rows])
    weights = np.array([term.weight for term in terms])
    total: NDArray[np.float64] = weights @ vectors.astype(np.float64)
    return total


def query_vector(
    terms: Sequence[Term],
    encoder: Encoder,
    load_picture: Callable[[Any], Pixels],
    fetch: Callable[[Sequence[str]], Vectors],
) -> Vectors:
    """Embed a query: the sum of :func:`query_sum` as ``(1, dim)`` float32 unit row.

    Raises:
        QueryError: as there, or terms that cancel out.
    """
    total = query_sum(terms, encoder, load_picture, fetch)
    if np.linalg.norm(total) < 1e-6:
        raise QueryError(
            "The terms of the query cancel each other out.",
            hint="change a weight: --subtract 0.5:TEXT",
        )
    return unit_rows(total[None, :])


def terms_of(
    query: str | None,
    image: Any = None,
    chip: Any = None,
    vector: Any = None,
    add: str | Sequence[str] = (),
    subtract: str | Sequence[str] = (),
) -> list[Term]:
    """The terms of a query from what a person gives: one of each kind, or several.

    Raises:
        QueryError: a term that is empty, or of a kind that it cannot be.
    """
    if query is not None and not isinstance(query, str):
        raise QueryError(
            f"The query is {type(query).__name__}, not a text.",
            hint="image=, chip= or vector= for other things",
        )
    return [
        *([] if query is None else parse_sum(query)),
        *(Term("image", one) for one in several(image)),
        *(Term("chip", getattr(one, "id", one)) for one in several(chip)),
        *(Term("vector", one) for one in several(vector)),
        *(parse_term(one) for one in several(add)),
        *(parse_term(one, -1) for one in several(subtract)),
    ]


def marks(like: Any = None, unlike: Any = None) -> list[Term]:
    """The term of chips, by id or as hits, that were marked as right or as wrong.

    Raises:
        QueryError: a chip that is marked as both.
    """
    right, wrong = (
        list(dict.fromkeys(getattr(one, "id", one) for one in several(given)))
        for given in (like, unlike)
    )
    if both := sorted(set(right) & set(wrong)):
        raise QueryError(
            f"The chip {both[0]} is marked as like it and as unlike it.",
            hint="give it to like or to unlike",
        )
    if wrong and not right:
        return [Term("chip", one, -UNLIKED / len(wrong)) for one in wrong]
    return [Term("marks", Marks(tuple(right), tuple(wrong)))] if right else []


def is_text(terms: Sequence[Term]) -> bool:
    """Whether a query is words alone, and nothing is taken away."""
    return bool(terms) and all(t.kind == "text" and t.weight > 0 for t in terms)


def several(given: Any) -> list[Any]:
    """What is a list or a tuple as it is, one thing as a list, ``None`` as none."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def _vectors(given: list[Any], dim: int) -> Vectors:
    """The one vector of each file or array, as unit rows."""
    rows = []
    for one in given:
        array, what = one, "The vector"
        if isinstance(one, str | Path):
            what = f"--vector {one}"
            try:
                array = np.load(one, allow_pickle=False)
            except (OSError, ValueError, EOFError) as exc:
                raise QueryError(
                    f"{what} cannot be read: {exc}", hint="numpy.save(FILE, vector)"
                ) from exc
        if not isinstance(array, np.ndarray) or array.shape not in ((dim,), (1, dim)):
            shape = getattr(array, "shape", "no shape")
            raise QueryError(
                f"{what} has {shape}; this index takes one vector of {dim} numbers."
            )
        try:
            rows.append(unit_rows(array.reshape(1, dim)))
        except StoreError as exc:
            raise QueryError(f"{what}: {exc}") from exc
    return np.concatenate(rows)


def stored(fetch: Callable[[Sequence[str]], Vectors], ids: Sequence[str]) -> Vectors:
    """Vectors of chips by id, ``(n, dim)``.

    Raises:
        QueryError: one is not there.
    """
    try:
        return fetch(ids)
    except StoreError as exc:
        raise QueryError(
            f"No such chip: {exc}", hint="--format json prints the ids of hits"
        ) from exc
