"""Models on this machine, and whether they are still what they were.

A download's sha256 is pinned in ``models.json`` in the cache, beside the path. Files
from the hub stay in the hub's own cache, which other programs share; others go to
``models`` beside the pins.
"""

import contextlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from rsrag.cache import JsonMemory, hub_cache
from rsrag.durable import file_sha256
from rsrag.encoders.models.model_cards import CARDS, ModelCard
from rsrag.errors import CheckpointError, ModelNotFoundError

_PINS = JsonMemory("models.json")


@dataclass(frozen=True, slots=True)
class Pin:
    """A file that was downloaded and found right.

    Attributes:
        sha256: hex digest of its bytes then.
        origin: what it was checked against: ``card``, ``hub`` or ``first download``.
    """

    path: str
    sha256: str
    size_bytes: int
    origin: str


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One line of ``rsrag models list``.

    Attributes:
        state: ``bundled`` in the package, ``downloaded``, ``absent``, or ``damaged``
            when its bytes are no longer those that were pinned.
        dim: width of the embeddings.
        path: of the file, if it is here.
        size_bytes: of the file; of the card, if it is not here.
        sha256: the pinned digest.
        checked_against: what that digest was compared with; see :class:`Pin`.
    """

    id: str
    state: Literal["bundled", "downloaded", "absent", "damaged"]
    architecture: str
    dim: int
    licence: str
    source: str
    path: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    checked_against: str | None = None


def read_pins() -> dict[str, Pin]:
    """Every pinned download by the model's id; none if the file is not readable."""
    with contextlib.suppress(TypeError):
        return {name: Pin(**pin) for name, pin in _PINS.read().items()}
    return {}


def write_pin(model_id: str, pin: Pin) -> None:
    """Remember a download.

    Raises:
        OSError: the cache folder cannot be written.
    """
    _PINS.put(model_id, asdict(pin))


def downloaded_file(card: ModelCard) -> Path | None:
    """Where a card's weights are, ``None`` if they are not here.

    A file that another program put into the hub's cache counts.

    Raises:
        CheckpointError: it is there with another size than it was pinned with.
    """
    pin = read_pins().get(card.id)
    if pin and Path(pin.path).is_file():
        size = Path(pin.path).stat().st_size
        if size != pin.size_bytes:
            raise CheckpointError(
                f"{pin.path} has {size} bytes; when it was downloaded it had "
                f"{pin.size_bytes}.",
                hint=f"rsrag models pull {card.id}",
            )
        return Path(pin.path)
    if card.repo is None:
        return None
    folder = hub_cache() / f"models--{card.repo.replace('/', '--')}"
    commit = folder / "refs" / card.revision
    revision = commit.read_text().strip() if commit.is_file() else card.revision
    file = folder / "snapshots" / revision / card.file
    return file if file.is_file() else None


def models_status() -> list[ModelStatus]:
    """Every model that rsrag knows by name; nothing is hashed or downloaded."""
    return [_mini_status(), *(_card_status(card) for card in CARDS.values())]


def verify(model_id: str | None = None) -> list[ModelStatus]:
    """Hash the files that are here, and compare.

    Args:
        model_id: one model; ``None``: all that are here.

    Returns:
        Their states, ``damaged`` where the digest is another.

    Raises:
        ModelNotFoundError: no such model, or it is not here.
    """
    statuses = models_status()
    if model_id is None:
        chosen = [status for status in statuses if status.state != "absent"]
    else:
        chosen = [status for status in statuses if status.id == model_id]
        if not chosen:
            raise ModelNotFoundError(
                f"There is no model {model_id!r}.", hint="rsrag models list"
            )
        if chosen[0].state == "absent":
            raise ModelNotFoundError(
                f"{model_id} is not on this machine.",
                hint=f"rsrag models pull {model_id}",
            )
    return [_verified(status) for status in chosen]


def _verified(status: ModelStatus) -> ModelStatus:
    if status.id == "mini" or status.path is None:
        return status
    digest = file_sha256(Path(status.path))
    if status.sha256 is None:
        # Another program downloaded it: nothing to compare with yet.
        return replace(status, sha256=digest, checked_against="nothing")
    state: Literal["downloaded", "damaged"] = "downloaded"
    if digest != status.sha256:
        state = "damaged"
    return replace(status, state=state)


def _card_status(card: ModelCard) -> ModelStatus:
    pin = read_pins().get(card.id)
    status = ModelStatus(
        card.id, "absent", card.architecture, card.dim, card.licence, card.source
    )
    try:
        path = downloaded_file(card)
    except CheckpointError:
        path = Path(pin.path) if pin else None
        status = replace(status, state="damaged")
    if path is None:
        return replace(status, size_bytes=card.size_bytes, sha256=card.sha256)
    return replace(
        status,
        state="downloaded" if status.state == "absent" else status.state,
        path=str(path),
        size_bytes=path.stat().st_size,
        sha256=pin.sha256 if pin and pin.path == str(path) else card.sha256,
        checked_against=pin.origin if pin and pin.path == str(path) else None,
    )


def _mini_status() -> ModelStatus:
    from rsrag.encoders.mini.mini import HEADS, MiniEncoder

    # Its parts are pinned in the code and checked by reading its identity.
    identity = MiniEncoder().identity
    return ModelStatus(
        id="mini",
        state="bundled",
        architecture="EfficientNet-Lite0 and MiniLM with heads",
        dim=identity.dim,
        licence="Apache-2.0",
        source="rsrag/encoders/mini/mini_card.md",
        path=str(HEADS),
        size_bytes=HEADS.stat().st_size,
        sha256=identity.weights_sha256,
        checked_against="package",
    )
