"""Pictures of chips: thumbnails, kept on disk within a bound, and whole chips."""

import hashlib
import io
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from rsrag.cache import cache_folder
from rsrag.durable import write_atomically
from rsrag.errors import StoreError
from rsrag.rendering.hits.hit_html import jpeg, thumbnail
from rsrag.serve.endpoints import Asked, endpoint
from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from rsrag.types import Pixels

SIDE = 256
"""Longer side of a thumbnail, pixels."""
LARGEST = 2048
"""Longer side of a chip that is sent, pixels."""


class PictureCache:
    """Files of pictures, of which those go that were not asked for longest.

    Threads may share it. A folder that cannot be written keeps nothing.

    Args:
        folder: what was kept there before counts.
        most: bytes of all files together.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self.hits = self.bytes = 0
        try:
            there = [(path.stat(), path.name) for path in folder.glob("*.jpg")]
        except OSError:
            there = []
        for status, name in sorted(there, key=lambda one: one[0].st_mtime):
            self._note(name, status.st_size)

    def get(self, name: str) -> bytes | None:
        """What is kept under a name."""
        with self._lock:
            if name not in self._sizes:
                return None
            self._sizes.move_to_end(name)
        try:
            data = (self._folder / name).read_bytes()
        except OSError:
            return None
        self.hits += 1
        return data

    def put(self, name: str, data: bytes) -> None:
        """Keep a picture."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._folder / name, data)
        except OSError:
            return
        with self._lock:
            self._note(name, len(data))

    def _note(self, name: str, size: int) -> None:
        self.bytes += size - self._sizes.pop(name, 0)
        self._sizes[name] = size
        while self.bytes > self._most and self._sizes:
            old, gone = self._sizes.popitem(last=False)
            self.bytes -= gone
            (self._folder / old).unlink(missing_ok=True)


class ServedPictures:
    """The endpoints of pictures."""

    def __init__(self, service: Service) -> None:
        most = int(service.options.cache_mb * 1e6)
        self._cache = PictureCache(cache_folder() / "thumbnails", most)

    def routes(self, service: Service, gate: Gate) -> list[Route]:
        """Thumbnails and chips."""
        place = "/collections/{collection}/items/{item}"
        return [
            endpoint(
                service,
                operation,
                f"{place}/{name}",
                answer,
                scope="pictures",
                gate=gate,
            )
            for operation, name, answer in (
                ("thumbnail", "thumbnail", self._thumbnail),
                ("chip", "chip.png", self._chip),
            )
        ]

    def _thumbnail(self, service: Service, asked: Asked) -> Response:
        key, read = _chip_of(service, asked)
        name = f"{key}.jpg"
        if asked.headers.get("if-none-match") == f'"{key}"':
            return Response(status_code=304, headers=_headers(key))
        data = self._cache.get(name)
        if data is None:
            data = jpeg(thumbnail(read(), SIDE), 82)
            self._cache.put(name, data)
        return Response(data, media_type="image/jpeg", headers=_headers(key))

    def _chip(self, service: Service, asked: Asked) -> Response:
        key, read = _chip_of(service, asked)
        sizes = [text for name, text in asked.query if name == "size"]
        side = (
            int(sizes[0][:18])
            if sizes and sizes[0].isascii() and sizes[0].isdecimal()
            else 0
        )
        if (
            len(sizes) != len(asked.query)
            or len(sizes) > 1
            or (sizes and not 1 <= side <= LARGEST)
        ):
            raise HttpFailure(400, f"size is 1 to {LARGEST} pixels.")
        key = f"{key}-{side}"
        if asked.headers.get("if-none-match") == f'"{key}"':
            return Response(status_code=304, headers=_headers(key))
        pixels = read()
        picture = thumbnail(pixels, side or min(LARGEST, max(pixels.shape[:2])))
        out = io.BytesIO()
        picture.save(out, "PNG", compress_level=3)
        return Response(out.getvalue(), media_type="image/png", headers=_headers(key))


def _chip_of(service: Service, asked: Asked) -> "tuple[str, Callable[[], Pixels]]":
    """A name for a chip's pixels, which never change under it, and their reader.

    Scenes stay open from one request to the next: a page's chips often lie in one.
    """
    index = service.index(asked.names["collection"])
    id_ = asked.names["item"]
    try:
        hit = index.get(id_)
    except StoreError:
        raise HttpFailure(404, f"There is no item {id_[:80]!r}.") from None
    with index.use() as generation:
        manifest, options = generation.manifest, generation.options
    made = f"{hit.id} {hit.source} {dict(manifest.imagery.options)}"

    def read() -> "Pixels":
        from rsrag.imagery.scenes import reopen_scene

        window = hit.window
        if window is None or not (window.width and window.height):
            return hit.pixels()  # It says why there are none.
        scene = (manifest.name, manifest.generation, hit.source)
        return service.scenes.read(
            scene, window, lambda: reopen_scene(hit.source, options)
        )

    return hashlib.sha256(made.encode()).hexdigest()[:32], read


def _headers(key: str) -> dict[str, str]:
    return {"etag": f'"{key}"', "cache-control": "private, max-age=31536000, immutable"}
