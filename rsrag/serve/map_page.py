"""The page for people: a few files, and the ground of its map."""

import hashlib
from importlib.resources import files
from pathlib import Path

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rsrag.serve.endpoints import Asked, endpoint
from rsrag.serve.failures import HttpFailure
from rsrag.serve.service import Service

_LEAFLET = "leaflet-1.9.4"
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_KINDS |= {".jpg": "image/jpeg", ".svg": "image/svg+xml", "": "text/plain"}
FILES = {
    "": "serve/page/index.html",
    "app.js": "serve/page/app.js",
    "app.css": "serve/page/app.css",
    "icon.svg": "serve/page/icon.svg",
    "earth.jpg": "rendering/hits/earth.jpg",
    **{
        f"{_LEAFLET}/{name}": f"serve/page/{_LEAFLET}/{name}"
        for name in ("leaflet.js", "leaflet.css", "LICENSE")
    },
}
"""What there is below ``/ui/``, and its file below the package."""


def page_routes(service: Service) -> list[Route]:
    """The page; it asks for a key itself, where one is needed."""

    def moved(service: Service, asked: Asked) -> Response:
        return RedirectResponse(f"{asked.base}/ui/", 308)

    return [
        endpoint(service, "page", "/ui", moved, scope=None),
        endpoint(service, "page_file", "/ui/{file:path}", _file, scope=None),
    ]


def _file(service: Service, asked: Asked) -> Response:
    name = asked.names["file"]
    if name not in FILES:
        raise HttpFailure(404, "There is nothing at this path.")
    data = files("rsrag").joinpath(*FILES[name].split("/")).read_bytes()
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if asked.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    kind = _KINDS[Path(FILES[name]).suffix]
    return Response(data, media_type=kind, headers=headers)
