"""Requests of every kind that a service answers with 200."""

import base64
import dataclasses
import io
import json
from typing import Any
from urllib.request import urlopen


@dataclasses.dataclass(frozen=True, slots=True)
class Good:
    """A request that is answered with 200."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None


def good_requests(address: str) -> list[Good]:
    """Requests of every kind, about what the service has."""
    with urlopen(f"{address}/search?limit=3") as answer:
        items = json.load(answer)["features"]
    one = items[0]
    place = f"/collections/{one['collection']}/items/{one['id']}"
    chip = f"rsrag://{one['collection']}/{one['id']}"
    picture = _picture()
    search = {
        "q": ["snow"],
        "bbox": [-180, -60, 180, 60],
        "datetime": "2000-01-01T00:00:00Z/..",
        "filter": "gsd > 0",
        "limit": 2,
        "fields": {"include": ["id"]},
        "similar": [{"collection": one["collection"], "id": one["id"], "weight": 1}],
    }
    pairs = (("q", "snow"), ("limit", "2"), ("bbox", "-180,-60,180,60"))
    sorted_ = (("sortby", "-id"), ("filter", "gsd > 0"), ("fields", "id,properties"))
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    tool = {"name": "search_imagery", "arguments": {"query": "snow", "limit": 1}}
    turns = [{"role": "user", "content": "How deep is Lake Baikal?"}]
    shown = {"type": "image_url", "image_url": {"url": picture}}
    asked = {"type": "text", "text": "What is this?"}
    light = [
        *(Good("GET", path) for path in ("/", "/conformance", "/collections", "/api")),
        *(Good("GET", path) for path in ("/queryables", "/docs", "/ui/", "/readyz")),
        Good("GET", f"/collections/{one['collection']}/items", (("limit", "1"),)),
        *(Good("GET", place + end) for end in ("", "/thumbnail", "/chip.png")),
        Good("GET", f"{place}/chip.png", (("size", "64"),)),
        Good("GET", "/search", pairs),
        Good("GET", "/search", (*sorted_, ("similar", chip.removeprefix("rsrag://")))),
        Good("POST", "/search", (), search),
        Good("POST", "/search", (("q", "snow"),), {"limit": 1}),
        Good("POST", "/ask", (), {"question": "How deep is Lake Baikal?"}),
        Good("POST", "/v1/chat/completions", (), {"model": "rsrag", "messages": turns}),
        Good("POST", "/v1/embeddings", (), {"model": "rsrag", "input": ["snow"]}),
        Good("GET", "/v1/models"),
        Good("POST", "/mcp", (), call | {"params": tool}),
        Good("POST", "/mcp", (), {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
    ]
    heavy = [
        Good("POST", "/classify", (), {"image": picture, "labels": ["sea", "sand"]}),
        Good("POST", "/caption", (), {"image": chip}),
        Good("POST", "/localize", (), {"image": picture, "query": "sea", "top_k": 2}),
        Good("POST", "/segment", (), {"image": picture, "bbox": [1, 2, 3, 4]}),
        Good("POST", "/ground", (), {"image": picture, "phrase": "the largest plane"}),
        Good("POST", "/change", (), {"before": picture, "after": chip}),
        Good(
            "POST",
            "/v1/chat/completions",
            (),
            {"messages": [{"role": "user", "content": [asked, shown]}]},
        ),
    ]
    return light * 6 + heavy


def _picture() -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
