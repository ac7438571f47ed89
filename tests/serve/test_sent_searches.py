"""Searches by pictures that come along, answers as events, stages that are timed."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from rsrag.serve.chat import sent_pictures
from tests.serve.conftest import asking, data_uri, post


@pytest.fixture
def sand(root):
    return Image.open(root / "archive" / "sand-1.png").convert("RGB")


def form(*parts):
    """A form of parts: name, file's name or ``None``, and bytes."""
    lines = []
    for name, file, data in parts:
        named = f'; filename="{file}"' if file else ""
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        lines += [head.encode(), data, b"\r\n"]
    return b"".join([*lines, b"--edge--\r\n"])


def send(ask, *parts, kind="multipart/form-data; boundary=edge"):
    return ask("/similar", "POST", form(*parts), headers={"content-type": kind})


def png(picture):
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def ids(answer):
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.json["features"]]


def test_what_looks_like_a_sent_picture_comes_first(ask, sand):
    like = [{"image": data_uri(sand)}]
    found = post(ask, "/search", similar=like, collections=["world"], limit=3)
    first = found.json["features"][0]["properties"]
    assert first["rsrag:source"] == "archive/sand-1.png", first
    assert first["rsrag:score"] == pytest.approx(1, abs=1e-3)
    # Its next page asks with the same picture.
    after = next(one for one in found.json["links"] if one["rel"] == "next")
    assert after["method"] == "POST" and after["body"]["similar"] == like
    following = ids(post(ask, "/search", **after["body"]))
    whole = ids(post(ask, "/search", similar=like, collections=["world"], limit=6))
    assert ids(found) + following == whole


def test_a_form_is_the_same_search(ask, sand):
    words = {"collections": ["world"], "limit": 4, "subtract": ["deep blue sea"]}
    plain = post(ask, "/search", similar=[{"image": data_uri(sand)}], **words)
    search = ("search", None, json.dumps(words).encode())
    sent = send(ask, ("image", "sand.png", png(sand)), search)
    assert ids(sent) == ids(plain)
    next_page = next(one for one in sent.json["links"] if one["rel"] == "next")
    assert next_page["href"].endswith("/search")
    assert len(ids(post(ask, "/search", **next_page["body"]))) == 4


def test_weights_and_words_beside_a_picture(ask, sand):
    both = [{"image": data_uri(sand), "weight": 0.01}]
    found = post(ask, "/search", similar=both, q=["deep blue sea"], limit=1)
    source = found.json["features"][0]["properties"]["rsrag:source"]
    assert "sand" not in source, source


@pytest.mark.parametrize(
    ("similar", "status", "said"),
    [
        ([{"image": "https://example.org/x.png"}], 400, "data: URIs"),
        ([{"image": "data:image/png;base64,AAAA"}], 400, "no PNG"),
        ([{"image": 7}], 400, "names chips"),
        ([{"image": "data:image/png;base64,AAAA", "weight": "x"}], 400, "weight"),
        ([{"image": "data:image/png;base64,AAAA"}] * 5, 400, "more than 4"),
    ],
)
def test_pictures_that_are_none(ask, similar, status, said):
    answer = post(ask, "/search", similar=similar)
    assert answer.status == status and said in answer.body.decode(), answer.body


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([], 400),
        ([("search", None, b"{}")], 400),
        ([("image", "a.png", b"nothing")], 400),
        ([("image", None, b"no file")], 400),
        ([("other", "a.png", b"")], 400),
        ([("image", "a.png", b""), ("search", None, b"[1]")], 400),
        ([("image", "a.png", b""), ("search", None, b"{")], 400),
        ([("image", "a.png", b""), ("search", "s", b"\xff")], 400),
        ([("image", f"{n}.png", b"") for n in range(20)], 400),
    ],
)
def test_forms_that_cannot_be(ask, parts, status):
    answer = send(ask, *parts)
    assert answer.status == status, answer.body


def test_a_form_is_a_form(ask):
    assert send(ask, kind="application/json").status == 415
    assert send(ask, ("a", None, b""), kind="multipart/form-data").status == 400


def test_pictures_that_take_too_long_are_left(ask, sand, monkeypatch):
    monkeypatch.setattr(sent_pictures, "DECODE_S", -1.0)
    for kind in ("PNG", "JPEG"):
        answer = post(ask, "/caption", image=data_uri(sand, kind))
        assert answer.status == 413 and "to decode" in answer.json["description"]


def test_a_jpeg_of_endless_scans_is_not_begun(ask, sand):
    out = io.BytesIO()
    sand.save(out, "JPEG", progressive=True)
    good = out.getvalue()
    assert sent_pictures.decoded(good, 10**6).shape == (*sand.size[::-1], 3)
    scan = good[good.rindex(b"\xff\xda") : -2]
    with pytest.raises(Exception, match="too many scans"):
        sent_pictures.decoded(good[:-2] + scan * 100 + good[-2:], 10**6)
    # In a PNG these bytes mean nothing.
    noise = np.frombuffer(b"\xff\xda" * 6_000, np.uint8).reshape(10, 400, 3)
    raw = io.BytesIO()
    Image.fromarray(noise).save(raw, "PNG", compress_level=0)
    assert raw.getvalue().count(b"\xff\xda") > 100
    assert (sent_pictures.decoded(raw.getvalue(), 10**6) == noise).all()


def events(answer):
    found = []
    for block in answer.body.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def stream(ask, **body):
    return ask("/ask", "POST", body, headers={"accept": "text/event-stream"})


def test_an_answer_as_events(ask):
    answer = stream(ask, question="How deep is Lake Baikal?")
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = events(answer)
    stages = [value["stage"] for kind, value in found[:-1]]
    assert {kind for kind, _ in found[:-1]} == {"progress"}
    assert stages[:2] == ["waiting", "looking"]
    kind, value = found[-1]
    assert kind == "answer"
    plain = post(ask, "/ask", question="How deep is Lake Baikal?").json
    assert {**value, "seconds": 0} == {**plain, "seconds": 0}


def test_what_goes_wrong_before_or_in_a_stream(ask, monkeypatch):
    assert stream(ask).status == 400
    assert stream(ask, question="x", collection="nope").status == 404

    def broken(*_, **__):
        raise RuntimeError("secret of /srv/here")

    monkeypatch.setattr(ask.service.knowledge, "ask", broken)
    kind, value = events(stream(ask, question="How deep is Lake Baikal?"))[-1]
    assert kind == "error" and value["code"] == "InternalServerError"
    assert "secret" not in json.dumps(value)


def test_signs_of_life_while_an_answer_is_made(ask, monkeypatch):
    import threading

    seen = threading.Event()
    own = ask.service.knowledge.ask

    def slow(*given, **words):
        assert seen.wait(60)
        return own(*given, **words)

    monkeypatch.setattr(ask.service.knowledge, "ask", slow)
    monkeypatch.setattr("rsrag.serve.chat.ask_stream.BEAT_S", 0.01)
    app = ask.app

    async def noticed(scope, receive, send):
        async def look(message):
            if b": still looking" in message.get("body", b""):
                seen.set()
            await send(message)

        await app(scope, receive, look)

    monkeypatch.setattr(ask, "app", noticed)
    assert events(stream(ask, question="How deep is Lake Baikal?"))[-1][0] == "answer"


def test_stages_are_timed(root):
    with asking(root, metrics_port=8000) as ask:
        ask("/search?q=snow")
        post(ask, "/ask", question="How deep is Lake Baikal?")
        page = ask("/metrics").body.decode()
    for stage in ("encode", "search", "render", "ask"):
        counted = f'rsrag_search_seconds_count{{stage="{stage}"}}'
        line = next(one for one in page.splitlines() if one.startswith(counted))
        assert float(line.split()[-1]) >= 1
