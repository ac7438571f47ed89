"""The probability that a hit shows what was asked for, and the fit behind it.

A cosine means another thing for each query. Two numbers of a hit go through a logistic
function: the cosine itself, and by how much it is more than what the same chip has with
a background of bundled queries (the log-mean-exp of their cosines). A chip that is as
much like many other queries shows this one less likely. The fit is made once an
encoder, on labelled pictures, by ``python -m recipes.mini.relevance``;
``docs/searching.md`` has its figures.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import EncoderError
from rsrag.types import EncoderIdentity, Vectors

FOLDER = Path(__file__).parent
TEMPERATURE = 0.1
"""Of the background's mean: the nearer to 0, the more its likest query counts alone."""

Floats = NDArray[np.float64]


def background_things() -> list[str]:
    """Things to ask for that a picture may show instead, most of them rare."""
    text = (FOLDER / "background.json").read_text(encoding="utf-8")
    return [str(thing) for thing in json.loads(text)["things"]]


@dataclass(frozen=True)
class Relevance:
    """The fit of one encoder.

    Attributes:
        background: ``(n, dim)`` float32 unit rows: the bundled queries.
        weights: of the two numbers.
        bias: what is added to their sum.
        weights_sha256: of the encoder that it was made with.
    """

    background: Vectors
    weights: tuple[float, float]
    bias: float
    weights_sha256: str

    def probabilities(self, query: Vectors, chips: Vectors) -> Floats:
        """For each chip, whether it shows what was asked for.

        Args:
            query: ``(1, dim)`` unit row of a text.
            chips: ``(n, dim)`` unit rows.

        Returns:
            ``(n,)``, 0 to 1.
        """
        logits = features(query, chips, self.background)[0] @ np.array(self.weights)
        return np.asarray(1 / (1 + np.exp(-(logits + self.bias))))

    def save(self, file: Path) -> None:
        """Write it, the background in half precision."""
        np.savez_compressed(
            file,
            background=self.background.astype(np.float16),
            fit=np.array([*self.weights, self.bias]),
            weights_sha256=np.array(self.weights_sha256),
        )


def features(queries: Vectors, chips: Vectors, background: Vectors) -> Floats:
    """``(q, n, 2)``: cosine, and by how much it is above the background's."""
    cosines = (queries @ chips.T).astype(np.float64)
    return np.stack([cosines, cosines - level(chips @ background.T)], axis=-1)


def level(cosines: "NDArray[np.floating]") -> Floats:
    """How much something is like any of the background: log-mean-exp.

    Args:
        cosines: ``(..., n)`` to the background's ``n`` queries.
    """
    beside = np.exp(cosines.astype(np.float64) / TEMPERATURE)
    return np.asarray(TEMPERATURE * np.log(beside.mean(axis=-1)))


def fit_file(encoder_id: str) -> Path:
    """Where the fit of an encoder stands, if there is one."""
    return FOLDER / f"{encoder_id}.npz"


def relevance_of(identity: EncoderIdentity) -> Relevance | None:
    """The fit for an encoder with these very weights; ``None`` if there is none.

    Raises:
        EncoderError: a file that holds no fit.
    """
    file = fit_file(identity.id.replace("/", "-").replace(":", "-"))
    if not file.is_file():
        return None
    try:
        with np.load(file, allow_pickle=False) as stored:
            first, second, bias = stored["fit"].tolist()
            found = Relevance(
                stored["background"].astype(np.float32),
                (first, second),
                bias,
                str(stored["weights_sha256"]),
            )
    except (OSError, ValueError, KeyError) as exc:
        raise EncoderError(f"{file} holds no fit: {exc}") from exc
    return found if found.weights_sha256 == identity.weights_sha256 else None


def fit_logistic(
    numbers: Floats, truth: NDArray[np.bool_], weights: Floats
) -> tuple[tuple[float, float], float]:
    """Weights and bias under which the truth is likeliest, by Newton's method.

    Args:
        numbers: ``(n, 2)``, of :func:`features`.
        truth: ``(n,)``.
        weights: ``(n,)``, how much each counts; their sum is the count.
    """
    middle, spread = numbers.mean(axis=0), numbers.std(axis=0)
    scaled = np.column_stack([(numbers - middle) / spread, np.ones(len(numbers))])
    # A little ridge, so that pictures without an error do not pull it to infinity.
    ridge = 1e-3 * weights.sum() * np.eye(3)
    found = np.zeros(3)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-scaled @ found))
        slope = scaled.T @ (weights * (chance - truth)) + ridge @ found
        curve = (scaled * (weights * chance * (1 - chance))[:, None]).T @ scaled + ridge
        found = found - np.linalg.solve(curve, slope)
    first, second = (found[:2] / spread).tolist()
    bias = float(found[2] - found[:2] @ (middle / spread))
    return (first, second), bias
