"""Weights from the Hugging Face hub or a plain address, checked and pinned."""

import http.client
import logging
import os
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rsrag.cache import cache_folder, hub_cache, network_errors
from rsrag.durable import file_sha256, staged
from rsrag.encoders.encoder_registry import unknown_name
from rsrag.encoders.models.model_cache import (
    ModelStatus,
    Pin,
    downloaded_file,
    models_status,
    read_pins,
    write_pin,
)
from rsrag.encoders.models.model_cards import CARDS, ModelCard
from rsrag.errors import DownloadError

_log = logging.getLogger(__name__)
ATTEMPTS = 5
"""Times that a transfer is taken up again where it broke."""

TIMEOUT_S = 30.0
BLOCK = 1 << 20

Progress = Callable[[int, int | None], None]
"""Told the bytes so far and, where it is known, of how many."""


def pull(model_id: str, progress: Progress | None = None) -> ModelStatus:
    """Download a model's weights, unless they are here and right; check and pin.

    A file that was pinned and is no longer what it was is fetched anew. A transfer
    that broke goes on where it stopped, also when the command is given again.
    ``HF_HOME``, ``HF_HUB_CACHE``, ``HF_ENDPOINT``, ``HF_TOKEN`` and
    ``HF_HUB_OFFLINE`` are respected.

    Args:
        model_id: a card's id, or ``mini``, for which nothing is to do.
        progress: of addresses that are not on the hub; the hub's client shows its
            own.

    Raises:
        ModelNotFoundError: no such model.
        DownloadError: the hub cannot be reached, or what came is not what it says.
    """
    if model_id != "mini":
        card = CARDS.get(model_id)
        if card is None:
            raise unknown_name(model_id)
        if not _is_here(card):
            _download(card, progress)
    return next(status for status in models_status() if status.id == model_id)


def _is_here(card: ModelCard) -> bool:
    """Whether the file that was pinned is here, byte for byte; else it is removed."""
    pin = read_pins().get(card.id)
    if pin is None or not Path(pin.path).is_file():
        return False
    if file_sha256(Path(pin.path)) == pin.sha256:
        return True
    _remove(Path(pin.path))
    return False


def _remove(file: Path) -> None:
    """The file and, in the hub's cache, the link to it."""
    for path in {file.resolve(), file}:
        path.unlink(missing_ok=True)


def _download(card: ModelCard, progress: Progress | None) -> None:
    """Get a card's file, compare its digest with what was promised, and pin it."""
    file, expected, origin = _from_hub(card) if card.repo else _from_url(card, progress)
    digest = file_sha256(file)
    if expected and digest != expected:
        # Left there, it would be found and trusted the next time.
        _remove(file)
        raise _failure(
            card,
            f"{file.name} has sha256 {digest}, the {origin} says {expected}; it was "
            "removed.",
        )
    write_pin(card.id, Pin(str(file), digest, file.stat().st_size, origin))


def _offline() -> bool:
    value = os.environ.get("HF_HUB_OFFLINE", "")
    return value.upper() in {"1", "ON", "YES", "TRUE"}


def _failure(card: ModelCard, what: str) -> DownloadError:
    where = f"{card.repo}/{card.file}" if card.repo else card.url
    return DownloadError(
        f"{card.id} could not be downloaded from {where}: {what}",
        hint=f"get the file by other means and give --checkpoint FILE (with --encoder "
        f"{card.id}), or use the bundled --encoder mini",
    )


def _from_hub(card: ModelCard) -> tuple[Path, str | None, str]:
    """The file, the digest that it should have, and who says so."""
    if _offline():
        file = downloaded_file(card)
        if file is None:
            raise _failure(card, "HF_HUB_OFFLINE is set and it is not in the cache.")
        return file, card.sha256, "card" if card.sha256 else "first download"
    import huggingface_hub as hub
    from huggingface_hub import errors

    endpoint = os.environ.get("HF_ENDPOINT") or None
    where: dict[str, Any] = {"revision": card.revision, "endpoint": endpoint}
    repo, name = str(card.repo), card.file
    _log.info("asking the hub for %s/%s, revision %s", repo, name, card.revision)
    try:
        url = hub.hf_hub_url(repo, name, **where)
        said = hub.get_hf_file_metadata(url, endpoint=endpoint)
        file = Path(hub.hf_hub_download(repo, name, cache_dir=hub_cache(), **where))
    except errors.GatedRepoError as exc:
        raise _failure(card, "its owner wants you to ask first; set HF_TOKEN.") from exc
    except (errors.RepositoryNotFoundError, errors.RemoteEntryNotFoundError) as exc:
        raise _failure(card, f"the hub has no such file. {_line(exc)}") from exc
    except network_errors() as exc:
        raise _failure(card, f"the hub cannot be reached. {_line(exc)}") from exc
    if card.sha256:
        return file, card.sha256, "card"
    etag = (said.etag or "").lower()
    # A large file's etag is its sha256; a small one's is a git hash, of 40 digits.
    if len(etag) == 64 and set(etag) <= set("0123456789abcdef"):
        return file, etag, "hub"
    return file, None, "first download"


def _line(exc: BaseException) -> str:
    text = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {text[0] if text else 'no reason given'}"


def _from_url(
    card: ModelCard, progress: Progress | None
) -> tuple[Path, str | None, str]:
    folder = cache_folder() / "models" / card.id
    file = folder / Path(card.file).name
    origin = "card" if card.sha256 else "first download"
    if file.is_file():
        return file, card.sha256, origin
    if _offline():
        raise _failure(card, "HF_HUB_OFFLINE is set and it is not in the cache.")
    folder.mkdir(parents=True, exist_ok=True)
    url = str(card.url)
    archive = folder / url.rpartition("/")[2]
    try:
        _fetch(url, archive, progress)
        if archive.suffix == ".zip":
            _extract(archive, card.file, file)
    except (OSError, http.client.HTTPException) as exc:
        raise _failure(card, _line(exc)) from exc
    except (zipfile.BadZipFile, KeyError) as exc:
        archive.unlink(missing_ok=True)
        raise _failure(card, f"the archive is damaged. {_line(exc)}") from exc
    return file, card.sha256, origin


def _extract(archive: Path, member: str, target: Path) -> None:
    """One member of a zip, its checksum tested on the way; then the zip goes."""
    with (
        staged(target) as draft,
        zipfile.ZipFile(archive) as opened,
        opened.open(member) as stream,
        draft.open("wb") as out,
    ):
        while block := stream.read(BLOCK):
            out.write(block)
    archive.unlink()


def _fetch(url: str, target: Path, progress: Progress | None) -> None:
    """Download to ``target``, by way of ``.part``, going on where it broke."""
    part = target.with_name(f"{target.name}.part")
    tag_file = target.with_name(f"{target.name}.etag")
    for attempt in range(ATTEMPTS):
        try:
            _transfer(url, part, tag_file, progress)
            break
        except urllib.error.HTTPError as exc:
            if exc.code == 416:  # what is there is longer than the file: start anew
                part.unlink(missing_ok=True)
            if attempt == ATTEMPTS - 1 or (exc.code < 500 and exc.code != 416):
                raise
        except (OSError, http.client.HTTPException):
            if attempt == ATTEMPTS - 1:
                raise
    part.replace(target)
    tag_file.unlink(missing_ok=True)


def _transfer(url: str, part: Path, tag_file: Path, progress: Progress | None) -> None:
    """One connection: the rest of the file, or all of it if it has changed."""
    have = part.stat().st_size if part.is_file() else 0
    headers = {}
    if have and tag_file.is_file():
        headers = {"Range": f"bytes={have}-", "If-Range": tag_file.read_text()}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
        if response.status != 206:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        _log.info("GET %s: %d, from byte %d of %s", url, response.status, have, total)
        tag = response.headers.get("ETag")
        if tag and not tag.startswith("W/"):
            tag_file.write_text(tag)
        else:
            tag_file.unlink(missing_ok=True)
        with part.open("ab" if have else "wb") as out:
            while block := response.read(BLOCK):
                out.write(block)
                have += len(block)
                if progress:
                    progress(have, total)
    if total is not None and have < total:
        raise http.client.IncompleteRead(b"", total - have)
