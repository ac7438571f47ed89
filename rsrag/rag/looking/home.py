"""Whether pictures are of the kind that an encoder knows, so that it may be as sure.

An encoder is as right as it says on pictures like those that it was trained on, and
less so elsewhere. Without a label this can be told of a collection: its pictures lie
farther from the 256 centres of what the encoder knows. Away from home the temperature
is doubled.

A picture alone may be odd: on the far side of a plane between what the encoder knows
and drawings that show nothing of the Earth. To such a picture no label is given surely.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.cache import cache_folder
from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.errors import CheckpointError, QueryError
from rsrag.interfaces import Encoder
from rsrag.rag.looking.scene import temperature_of
from rsrag.types import EncoderIdentity, Vectors
from rsrag.vectors import unit_rows

CENTRES = 256
NEAR = 0.92
"""Share of the known pictures' median nearness from which a collection is at home."""
WARMER = 2.0
"""What the temperature is multiplied by away from home."""
SAMPLE = 512
"""Pictures of a collection that are looked at."""
FEW = 8
"""Pictures below which a collection does not show whether it is foreign."""
LEAST = 40
"""Pictures that a home is made of, at least, twice: known ones and held-out ones."""
MANY = 0.2
"""Share of odd pictures from which it is told of a collection."""
_ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Home:
    """What an encoder knows.

    Attributes:
        centres: ``(n, dim)`` float32 unit rows, of pictures that it was trained on.
        median: nearness of such pictures that it was not trained on.
        temperature: under which it is as right as it says on those.
        plane: ``(dim + 1,)`` float32, its offset last; vectors above it are odd.
            ``None`` where none was fitted.
    """

    centres: Vectors
    median: float
    temperature: float
    plane: Vectors | None = None

    def nearness(self, vectors: Vectors) -> float:
        """Median cosine of pictures to their nearest centre, of a sample.

        Args:
            vectors: ``(m, dim)`` unit rows, at least one.
        """
        step = max(1, len(vectors) // SAMPLE)
        return float(np.median((vectors[::step] @ self.centres.T).max(axis=1)))

    def knows(self, vectors: Vectors) -> bool:
        """Whether a collection is of the kind that the encoder was trained on."""
        return self.nearness(vectors) >= NEAR * self.median

    def odd(self, vectors: Vectors) -> NDArray[np.bool_]:
        """Which of ``(m, dim)`` pictures are like nothing that it was trained on."""
        if self.plane is None:
            return np.zeros(len(vectors), np.bool_)
        return np.asarray(vectors @ self.plane[:-1] + self.plane[-1] > 0)

    def temperature_for(self, vectors: Vectors) -> float:
        """The temperature for a collection."""
        return self.temperature * (1.0 if self.knows(vectors) else WARMER)

    def doubts(self, vectors: Vectors, encoder: str) -> str:
        """What is to be said of a collection that may be foreign; else nothing.

        Args:
            vectors: ``(m, dim)`` unit rows, at least one.
            encoder: its name.
        """
        told = []
        odd = int(self.odd(vectors).sum())
        if odd > MANY * len(vectors):
            told.append(
                f"{odd:,} of {len(vectors):,} are like nothing that {encoder} was "
                "trained on, as drawings, noise and other planets are: their labels "
                "are left little probability."
            )
        if len(vectors) < FEW:
            some = "1 picture is" if len(vectors) == 1 else f"{len(vectors)} are"
            told.append(
                f"{some} too few to tell whether {encoder} knows such a collection: "
                "its probabilities may say too much."
            )
        elif not self.knows(vectors):
            told.append(
                f"These pictures are unlike those that {encoder} knows (nearness "
                f"{self.nearness(vectors):.2f}, its own {self.median:.2f}): it is "
                "wrong more often than at home, and takes twice the temperature."
            )
        return " ".join(told)


def make_home(
    known: Vectors,
    held_out: Vectors,
    temperature: float,
    drawn: Sequence[Vectors] = (),
    plain: Sequence[Vectors] = (),
) -> Home:
    """Make the home of an encoder.

    Args:
        known: ``(n, dim)`` unit rows of pictures that it was trained on, or of the
            kind for which its temperature holds.
        held_out: ``(m, dim)`` of others of that kind.
        temperature: fitted on labelled ones.
        drawn: vectors of each kind of :mod:`~rsrag.rag.looking.oddities`; without any,
            no picture is called odd.
        plain: further sources of pictures from above, so that these are not.

    Raises:
        QueryError: fewer than :data:`LEAST` of either.
    """
    if min(len(known), len(held_out)) < LEAST:
        raise QueryError(
            f"{len(known)} and {len(held_out)} pictures are too few to tell what an "
            f"encoder knows: it takes {LEAST} of each half.",
            hint=f"give {2 * LEAST} pictures or more, some hundred of each kind",
        )
    centres = _centres(known)
    nearness = float(np.median((held_out @ centres.T).max(axis=1)))
    if not drawn:
        return Home(centres, nearness, temperature)
    from rsrag.rag.looking.oddities import odd_plane

    plane = odd_plane(known, [held_out, *plain], drawn)
    return Home(centres, nearness, temperature, plane)


def _centres(vectors: Vectors) -> Vectors:
    """Spherical k-means from evenly chosen rows; an empty centre keeps its place."""
    count = min(CENTRES, len(vectors) // 2)
    centres = vectors[np.linspace(0, len(vectors) - 1, count).astype(np.intp)].copy()
    for _ in range(_ROUNDS):
        owner = (vectors @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, owner, vectors)
        filled = np.bincount(owner, minlength=count) > 0
        centres[filled] = unit_rows(sums[filled])
    # As they will be read.
    return unit_rows(centres.astype(np.float16).astype(np.float32))


def home_path(identity: EncoderIdentity, *, shipped: bool = False) -> Path:
    """Where the home of an encoder lies: in the cache, or in the package.

    Args:
        identity: of the encoder.
        shipped: in the package, also where there is none yet.
    """
    words = f"{identity.weights_sha256} {identity.preprocessing}"
    stem = identity.id.replace("/", "_")
    name = f"{stem}-{hashlib.sha256(words.encode()).hexdigest()[:16]}"
    package, cache = (
        folder / "homes" / f"{name}.safetensors"
        for folder in (Path(__file__).parent, cache_folder())
    )
    return package if shipped or package.is_file() else cache


def save_home(home: Home, path: Path) -> None:
    """Write a home, its centres in float16."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    plane = {} if home.plane is None else {"plane": home.plane}
    save_file(
        {"centres": home.centres.astype(np.float16), **plane},
        path,
        metadata={"median": repr(home.median), "temperature": repr(home.temperature)},
    )


def home_of(encoder: Encoder) -> Home | None:
    """What an encoder knows; ``None`` where nobody measured it.

    Raises:
        CheckpointError: a file that is no home of it.
    """
    path = home_path(encoder.identity)
    if not path.is_file():
        return None
    file = map_tensors(path)
    try:
        centres = file.tensors["centres"].astype(np.float32)
        median, temperature = (
            float(file.metadata[name]) for name in ("median", "temperature")
        )
    except (KeyError, ValueError) as exc:
        raise CheckpointError(
            f"{path} is damaged: {exc!r}.",
            hint=f"remove it, and: rsrag models calibrate {encoder.identity.id}",
        ) from exc
    if centres.ndim != 2 or centres.shape[1] != encoder.identity.dim:
        raise CheckpointError(
            f"{path} holds {centres.shape}, not centres of {encoder.identity.dim}."
        )
    plane = file.tensors.get("plane")
    if plane is not None and plane.shape != (encoder.identity.dim + 1,):
        raise CheckpointError(f"{path} holds a plane of {plane.shape} numbers.")
    return Home(unit_rows(centres), median, temperature, plane)


def temperature_for(encoder: Encoder, vectors: Vectors) -> float:
    """The softmax's temperature for a collection, ``(n, dim)`` unit rows of it.

    Where nobody measured what the encoder knows, it is the same everywhere.
    """
    home = home_of(encoder) if len(vectors) else None
    if home is None:
        return temperature_of(encoder)
    return home.temperature_for(vectors)
