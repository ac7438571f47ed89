"""Who may ask, how much, and what never leaves."""

import json
import logging
import socket
from contextlib import closing

import pytest

from rsrag.errors import ConfigError
from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.api_keys import add_key, read_keys, revoke_key
from rsrag.serve.guard.caller_rates import Rates
from rsrag.serve.guard.discretion import discreet, name_within, public_address
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.processes.running import listen
from rsrag.serve.serve_options import SCOPES, ServeOptions
from tests.serve.conftest import asking, listening


def test_other_machines_need_keys(tmp_path):
    for host in ("0.0.0.0", "192.0.2.1", "::", "example.org"):
        with pytest.raises(ConfigError, match="no keys") as caught:
            ServeOptions(host=host)
        assert "rsrag keys add" in caught.value.hint
        assert not ServeOptions(host=host, anonymous="search").local
        assert ServeOptions(host=host, keys=tmp_path / "k").scopes == frozenset()
    for host in ("127.0.0.1", "::1", "localhost", "127.9.9.9"):
        assert ServeOptions(host=host).local
    with pytest.raises(ConfigError, match="any page"):
        ServeOptions(keys=tmp_path / "k", cors=("*",))
    with pytest.raises(ConfigError, match="llm_at_once is 0; it is at least 1"):
        ServeOptions(llm_at_once=0)
    with pytest.raises(ConfigError, match="nobody may ask"):
        ServeOptions(anonymous="none")
    for url in ("ftp://x", "https://", "hello"):
        with pytest.raises(ConfigError, match="public_url"):
            ServeOptions(public_url=url)


def test_metrics_have_an_address_of_their_own(tmp_path):
    usual = ServeOptions().metrics
    assert (usual.host, usual.port, usual.scopes) == ("127.0.0.1", 9000, set(SCOPES))
    assert ServeOptions(port=0).metrics.port == 0
    assert ServeOptions(port=8080, metrics_port=8080).metrics is None
    keys = tmp_path / "keys.json"
    with pytest.raises(ConfigError, match=r"metrics_host is 0\.0\.0\.0"):
        ServeOptions(metrics_host="0.0.0.0")
    # Whoever stands on this machine may read them; others need a key for them.
    assert "metrics" in ServeOptions(keys=keys).metrics.scopes
    far = ServeOptions(keys=keys, metrics_host="0.0.0.0").metrics
    assert far.scopes == frozenset() and far.keys == keys


def test_the_second_address_has_metrics_and_nothing_else(root, tmp_path):
    import urllib.error
    import urllib.request

    with listening(root, metrics=True, RSRAG_SERVE_LOG_FORMAT="text") as addresses:
        service, metrics = addresses
        urllib.request.urlopen(f"{service}/healthz").read()
        for _ in range(100):  # A request is counted when it is over.
            page = urllib.request.urlopen(metrics).read().decode()
            if 'operation="healthz"' in page:
                break
        assert 'operation="healthz"' in page and 'index="world"' in page
        for gone in (f"{service}/metrics", metrics.replace("metrics", "search")):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(gone)


def test_every_option_has_a_variable(root, monkeypatch, capsys):
    from rsrag.commands import main

    monkeypatch.setenv("RSRAG_SERVE_HOST", "0.0.0.0")
    assert main(["serve"]) == 2
    assert "--host is 0.0.0.0" in capsys.readouterr().err
    monkeypatch.setenv("RSRAG_SERVE_LOG_FORMAT", "xml")
    assert main(["serve", "--host", "127.0.0.1"]) == 2
    assert "'xml'; it is one of none, text, json" in capsys.readouterr().err
    assert main(["serve", "--log-format", "none", "--llm-concurrency", "2"]) == 2
    assert "--llm-concurrency is 2" in capsys.readouterr().err
    monkeypatch.setenv("RSRAG_SERVE_PROT", "9000")
    assert main(["serve"]) == 2
    said = capsys.readouterr().err
    assert "RSRAG_SERVE_PROT is set" in said and "RSRAG_SERVE_PORT is one" in said


def test_doctor_leaves_the_variables_of_the_service_to_it():
    from rsrag.desk.upkeep.setting_checks import settings

    found = settings({"RSRAG_SERVE_PORT": "9000", "RSRAG_SERV": "9000"})
    told = [one for one in found if "not a variable" in str(one)]
    assert len(told) == 1 and "RSRAG_SERV" in str(told[0])


@pytest.mark.parametrize("path", ["/", "/search", "/ui/", "/mcp", "/metrics", "/nope"])
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "", "127.0.0.1@evil", "[::1"]
)
def test_other_hosts_are_refused_on_all_paths(ask, path, host):
    assert ask(path, headers={"host": host}).status == 421


def test_hosts_that_are_named_are_answered(root):
    with asking(root, allow_host=("maps.example",)) as ask:
        for host in ("maps.example", "MAPS.example:8000", "127.0.0.1:9", "[::1]:8000"):
            assert ask("/", headers={"host": host}).status == 200, host
    with asking(root, public_url="https://rs.example/api") as ask:
        page = ask("/", headers={"host": "rs.example"}).json
        assert page["links"][0]["href"] == "https://rs.example/api/"


def test_pages_of_other_sites_may_not_post(ask, root):
    evil = {"origin": "https://evil.example"}
    assert ask("/search", "POST", {}, headers=evil).status == 403
    assert ask("/search", "POST", {}, headers={"origin": "null"}).status == 403
    own = {"origin": "http://localhost:8000"}
    assert ask("/search", "POST", {}, headers=own).status == 200
    got = ask("/search", headers=evil)
    assert got.status == 200 and "access-control-allow-origin" not in got.headers
    with asking(root, cors=("https://maps.example",)) as open_to:
        friend = {"origin": "https://maps.example"}
        answer = open_to("/search", "POST", {}, headers=friend)
        assert answer.headers["access-control-allow-origin"] == "https://maps.example"
        assert open_to("/search", "OPTIONS", headers=friend).status == 204
        assert open_to("/search", "POST", {}, headers=evil).status == 403


def test_headers_of_every_answer(ask):
    for path in ("/", "/nope", "/search?limit=0"):
        headers = ask(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


@pytest.fixture
def keyed(root, tmp_path):
    file = tmp_path / "keys.json"
    found = {
        scope: add_key(file, f"of {scope}", [scope], None)
        for scope in ("search", "ask", "pictures", "metrics")
    }
    with asking(root, keys=file, metrics_port=8000) as ask:
        yield ask, file, found


def test_keys_are_good_for_their_scope(keyed):
    ask, _, found = keyed
    paths = {"search": "/search", "metrics": "/metrics"}
    paths["pictures"] = "/collections/world/items/none/thumbnail"
    for needed, path in paths.items():
        assert ask(path).status == 401
        assert ask(path).headers["www-authenticate"].startswith("Bearer")
        for scope, (_, text) in found.items():
            for headers in ({"authorization": f"Bearer {text}"}, {"x-api-key": text}):
                expected = {True: (200, 404), False: (403,)}[scope == needed]
                assert ask(path, headers=headers).status in expected
    for path in ("/", "/healthz", "/readyz", "/conformance"):
        assert ask(path).status == 200


def test_what_is_no_key(keyed):
    ask, _file, found = keyed
    good = found["search"][1]
    for text in (good[:-1], good + "A", good.replace("rsrag_", ""), "x" * 9000, "é"):
        answer = ask("/search", headers={"x-api-key": text})
        assert answer.status == 401
        assert text not in answer.body.decode()
    assert ask(f"/search?api_key={good}").status == 401
    assert ask("/search", headers={"authorization": f"Basic {good}"}).status == 401


def test_a_key_is_kept_as_a_hash_and_read_by_its_owner_alone(keyed):
    _, file, found = keyed
    text = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    for _, secret in found.values():
        assert secret.split("_", 2)[2] not in text


def test_keys_end_and_are_revoked(keyed, monkeypatch):
    ask, file, found = keyed
    key, text = found["search"]
    headers = {"x-api-key": text}
    assert ask("/search", headers=headers).status == 200
    revoke_key(file, key.id)
    assert key.id not in [one.id for one in read_keys(file)]
    monkeypatch.setattr("rsrag.serve.guard.api_keys.LOOK_S", 0.0)
    assert ask("/search", headers=headers).status == 401
    _late, text = add_key(file, "late", ["search"], "1d")
    assert ask("/search", headers={"x-api-key": text}).status == 200
    row = json.loads(file.read_text())
    row["keys"][-1]["expires"] = "2020-01-01T00:00:00+00:00"
    file.write_text(json.dumps(row))
    assert ask("/search", headers={"x-api-key": text}).status == 401
    file.write_text("{")
    other = {"x-api-key": found["metrics"][1]}
    assert ask("/metrics", headers=other).status == 401
    with pytest.raises(ConfigError, match="has no key"):
        revoke_key(_fresh(file), "nope")


def _fresh(file):
    file.unlink()
    add_key(file, "one", ["search"], None)
    return file


def test_keys_that_cannot_be(tmp_path):
    with pytest.raises(ConfigError, match="scope"):
        add_key(tmp_path / "k", "a", ["everything"], None)
    for time_ in ("soon", "0d", "-1d", "90"):
        with pytest.raises(ConfigError, match="expires"):
            add_key(tmp_path / "k", "a", ["search"], time_)
    with pytest.raises(ConfigError, match="no file of keys"):
        read_keys(tmp_path / "k")


def test_the_callers_without_a_key(root, tmp_path):
    file = tmp_path / "keys.json"
    add_key(file, "one", ["ask"], None)
    with asking(root, keys=file, anonymous="search", metrics_port=8000) as ask:
        assert ask("/search").status == 200
        assert ask("/metrics").status == 401


def test_bodies_are_bounded_while_they_are_read(root):
    with asking(root, max_body_mb=0.001) as ask:
        large = b'{"q": ["' + b"a" * 2000 + b'"]}'
        assert ask("/search", "POST", large).status == 413
        lying = {"content-length": "10"}
        assert ask("/search", "POST", large, headers=lying).status == 413
        pieces = [(b" " * 400, True), (b" " * 400, True), (b" " * 400, True)]
        chunked = {"transfer-encoding": "chunked", "content-type": "application/json"}
        assert ask("/search", "POST", headers=chunked, pieces=pieces).status == 413
        for wrong in ("-1", "x", "1e3", "", "9" * 5000):
            strange = {"content-length": wrong}
            assert ask("/search", "POST", {}, headers=strange).status == 413


def test_json_and_filters_are_bounded_in_depth_and_length(ask):
    def lists(depth):
        return b'{"q": ' + b"[" * depth + b'"a"' + b"]" * depth + b"}"

    for path in ("/search", "/ask", "/v1/chat/completions", "/localize"):
        for depth in (32, 5_000, 200_000):
            answer = ask(path, "POST", lists(depth))
            assert answer.status == 400 and "nested" in answer.json["description"]
        assert "nested" not in ask(path, "POST", lists(30)).json.get("description", "")
    long = "gsd = 1" + " OR gsd = 1" * 1_000
    answer = ask("/search", "POST", {"filter": long})
    assert answer.status == 400 and "8,000" in answer.json["description"]
    deep = {"op": "=", "args": [{"property": "gsd"}, 1]}
    for _ in range(30):
        deep = {"op": "not", "args": [deep]}
    assert ask("/search", "POST", {"filter": deep}).status == 400


def test_slow_bodies_are_cut(root):
    with asking(root, body_s=0.05) as ask:
        headers = {"content-length": "100"}
        answer = ask("/search", "POST", headers=headers, pieces=[(b"{", True)])
        assert answer.status == 408


def test_rates():
    rates = Rates(2.0)
    for _ in range(4):
        rates.check("a", now=0.0)
    with pytest.raises(HttpFailure) as caught:
        rates.check("a", now=0.0)
    assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "1")
    rates.check("b", now=0.0)
    rates.check("a", now=0.6)


def test_rates_at_the_door(root):
    with asking(root, rate=0.001) as ask:
        assert ask("/healthz").status == 200
        answer = ask("/healthz")
        assert answer.status == 429
        assert int(answer.headers["retry-after"]) > 100


def test_gates_refuse_what_does_not_fit():
    import asyncio

    async def crowd():
        gate = Gate("It", at_once=1, queue=1)
        order = []

        async def one(name):
            try:
                async with gate():
                    order.append(name)
                    await asyncio.sleep(0)
            except HttpFailure as failure:
                order.append(failure.status)
                assert "retry-after" in failure.headers

        await asyncio.gather(*(one(name) for name in "abc"))
        return order

    assert sorted(map(str, asyncio.run(crowd()))) == ["503", "a", "b"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("cannot read /home/me/data/x.tif here", "cannot read x.tif here"),
        ("/a/b/c.tar!/m.png", "c.tar!/m.png"),
        ("file:///srv/data/x.tif", "x.tif"),
        (r"C:\data\maps\x.tif is", "x.tif is"),
        ("see https://example.org/a/b?c=d", "see https://example.org/a/b?c=d"),
        ("metres and/or feet, 1/2 of km/h", "metres and/or feet, 1/2 of km/h"),
        ("'~/maps/x.tif'", "'x.tif'"),
    ],
)
def test_paths_stay_here(text, left):
    assert discreet(text) == left


def test_names_of_sources():
    assert name_within("/d/a/b/c.png", ["/d/a"]) == "a/b/c.png"
    assert name_within("/d/a.tar!/x/c.png", ["/d/a.tar"]) == "a.tar!/x/c.png"
    assert name_within("/other/a.tar!/x.png", ["/d"]) == "a.tar!/x.png"
    assert name_within("/other/c.png", []) == "c.png"
    assert public_address("https://h.example/a/b.tif") == "https://h.example/a/b.tif"
    assert public_address("s3://bucket/b.tif") == "s3://bucket/b.tif"
    for kept in ("https://h/a.tif?sig=1", "https://me:pw@h/a.tif", "/a/b", "file:///a"):
        assert public_address(kept) is None


def test_no_answer_names_a_folder_of_this_machine(ask, root):
    chip = ask("/search?q=sand&limit=1").json["features"][0]
    place = f"/collections/{chip['collection']}/items/{chip['id']}"
    for path in ("/", "/collections", "/search?limit=50", place, "/api", "/docs"):
        body = ask(path).body.decode()
        assert str(root) not in body and "/tmp" not in body, path
    assert chip["properties"]["rsrag:source"].startswith("archive/sand-")


def test_a_text_is_never_a_file(ask, root):
    """``@FILE`` and ``#ID`` are words of the command line, not of the service."""
    secret = root / "archive" / "sand-0.png"
    for text in (f"@{secret}", "@/etc/passwd", "#1", "2:@x"):
        plain = ask("/search", "POST", {"q": [text], "subtract": [text + " x"]})
        assert plain.status == 200, plain.body


def test_faults_are_told_by_a_number_alone(ask, caplog, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret of /srv/here/it.txt")

    monkeypatch.setattr("rsrag.serve.stac.stac_routes.found_items", broken)
    with caplog.at_level(logging.ERROR, "rsrag.serve"):
        answer = ask("/search")
    assert answer.status == 500
    assert "secret" not in answer.body.decode()
    number = answer.json["description"].split()[-1].rstrip(".")
    assert number in caplog.text and "secret of" in caplog.text


def test_the_log_never_says_what_was_asked(ask, caplog):
    with caplog.at_level(logging.INFO, "rsrag.serve.access"):
        ask("/search?q=my+secret+site")
    line = json.loads(caplog.records[-1].message)
    assert line.keys() == {"operation", "method", "status", "ms", "caller"}
    assert line["operation"] == "search" and "secret" not in caplog.text


def test_websockets_are_closed(root):
    import asyncio

    from rsrag.serve.guard.protection import Protection

    sent = []

    async def send(message):
        sent.append(message)

    async def call():
        door = Protection(None, ServeOptions(), None)
        await door({"type": "websocket"}, None, send)

    asyncio.run(call())
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_answers_do_not_wait_for_a_word_of_the_client(tmp_path):
    with closing(listen(ServeOptions(port=0), "--port")) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
