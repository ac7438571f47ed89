import hashlib
import io
import json
import threading
import zipfile
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rsrag.encoders.encoder_registry import load_encoder
from rsrag.encoders.models import hub
from rsrag.encoders.models.model_cache import (
    downloaded_file,
    models_status,
    read_pins,
    verify,
)
from rsrag.encoders.models.model_cards import CARDS
from rsrag.errors import DownloadError, ModelNotFoundError

pytestmark = pytest.mark.usefixtures("own_caches")

MODEL = "georsclip-vit-b-32"
SKY = "skyclip-vit-b-32"
WEIGHTS = bytes(range(256)) * 300
COMMIT = "c0ffee" + "0" * 34


@dataclass
class Site:
    """What the server serves, and how it misbehaves."""

    files: dict[str, bytes]
    address: str = ""
    etag: str | None = None
    break_after: list[int] = field(default_factory=list)
    status: int = 200
    log: list[tuple[str, str, str | None]] = field(default_factory=list)


@pytest.fixture
def site(monkeypatch):
    """Enough of a hub: HEAD with a commit and an etag, GET with ranges."""
    card = CARDS[MODEL]
    path = f"/{card.repo}/resolve/main/{card.file}"
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(CARDS[SKY].file, WEIGHTS)
            archive.writestr("SkyCLIP/README", "other")
        zipped = stream.getvalue()
    site = Site({path: WEIGHTS, "/sky.zip": zipped})

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.answer(body=False)

        def do_GET(self):
            self.answer(body=True)

        def answer(self, body):
            wanted = self.headers.get("Range")
            site.log.append((self.command, self.path, wanted))
            content = site.files.get(self.path)
            if site.status != 200 or content is None:
                self.send_response(site.status if content else 404)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            etag = site.etag or hashlib.sha256(content).hexdigest()
            start = 0
            unchanged = self.headers.get("If-Range", f'"{etag}"') == f'"{etag}"'
            if wanted and unchanged:
                start = int(wanted.removeprefix("bytes=").partition("-")[0])
            self.send_response(206 if start else 200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{etag}"')
            if start:
                last = len(content) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if body:
                end = len(content)
                if site.break_after:
                    end = start + site.break_after.pop(0)
                self.wfile.write(content[start:end])
                if end < len(content):
                    self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", site.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    monkeypatch.setitem(CARDS, SKY, replace(CARDS[SKY], url=f"{site.address}/sky.zip"))
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


def gets(site):
    return [entry for entry in site.log if entry[0] == "GET"]


@pytest.mark.parametrize("model", [MODEL, SKY])
def test_pull_checks_pins_and_makes_the_encoder_loadable(site, model):
    status = hub.pull(model)
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    assert status.state == "downloaded" and status.sha256 == digest
    assert Path(status.path).read_bytes() == WEIGHTS
    assert status.checked_against == ("hub" if model == MODEL else "first download")
    assert read_pins()[model].size_bytes == len(WEIGHTS)
    assert load_encoder(model).identity.weights_sha256 == digest
    assert [s.id for s in models_status() if s.state == "downloaded"] == [model]
    before = len(gets(site))
    assert hub.pull(model) == status
    assert len(gets(site)) == before


def test_a_broken_transfer_goes_on_where_it_stopped(site):
    site.break_after = [1000, 500]
    assert hub.pull(SKY).state == "downloaded"
    assert [wanted for _, _, wanted in gets(site)] == [
        None,
        "bytes=1000-",
        "bytes=1500-",
    ]


def test_a_transfer_goes_on_in_the_next_command(site, monkeypatch):
    monkeypatch.setattr(hub, "ATTEMPTS", 1)
    site.break_after = [1000]
    with pytest.raises(DownloadError, match="IncompleteRead"):
        hub.pull(SKY)
    assert downloaded_file(CARDS[SKY]) is None
    seen = []
    assert hub.pull(SKY, lambda done, total: seen.append((done, total)))
    assert gets(site)[-1][2] == "bytes=1000-"
    size = len(site.files["/sky.zip"])
    assert seen[-1] == (size, size)


def test_a_file_that_changed_meanwhile_is_not_patched_together(site, monkeypatch):
    monkeypatch.setattr(hub, "ATTEMPTS", 1)
    good = site.files["/sky.zip"]
    site.files["/sky.zip"] = b"x" * len(good)
    site.break_after = [1000]
    with pytest.raises(DownloadError):
        hub.pull(SKY)
    site.files["/sky.zip"] = good
    assert Path(hub.pull(SKY).path).read_bytes() == WEIGHTS


def test_a_break_of_the_hubs_own_transfer_is_mended_by_the_next_pull(site):
    site.break_after = [1000] * 20
    with pytest.raises(DownloadError, match=MODEL):
        hub.pull(MODEL)
    site.break_after = []
    assert Path(hub.pull(MODEL).path).read_bytes() == WEIGHTS


def test_a_wrong_digest_is_refused_and_not_kept(site):
    site.etag = "0" * 64
    with pytest.raises(DownloadError, match=r"sha256.*the hub says 0000") as caught:
        hub.pull(MODEL)
    assert "mini" in caught.value.hint and "--checkpoint" in caught.value.hint
    assert downloaded_file(CARDS[MODEL]) is None and read_pins() == {}
    site.etag = None
    assert hub.pull(MODEL).state == "downloaded"


def test_a_cards_own_digest_comes_first(site, monkeypatch):
    card = replace(CARDS[MODEL], sha256="1" * 64)
    monkeypatch.setitem(CARDS, MODEL, card)
    with pytest.raises(DownloadError, match="the card says 1111"):
        hub.pull(MODEL)


def test_a_small_files_etag_is_no_sha256(site):
    site.etag = "a" * 40
    assert hub.pull(MODEL).checked_against == "first download"


def test_a_damaged_archive_is_removed(site):
    site.files["/sky.zip"] = b"no zip"
    with pytest.raises(DownloadError, match="damaged"):
        hub.pull(SKY)
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("else.pt", WEIGHTS)
        site.files["/sky.zip"] = stream.getvalue()
    with pytest.raises(DownloadError, match=r"damaged.*epoch_20\.pt"):
        hub.pull(SKY)


def test_offline_asks_nobody(site, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for model in (MODEL, SKY):
        with pytest.raises(DownloadError, match="HF_HUB_OFFLINE") as caught:
            hub.pull(model)
        assert "mini" in caught.value.hint
    assert site.log == []
    monkeypatch.delenv("HF_HUB_OFFLINE")
    status = hub.pull(MODEL)
    site.log.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert hub.pull(MODEL) == status
    assert site.log == []


@pytest.mark.parametrize("model", [MODEL, SKY])
def test_a_hub_that_is_not_there(site, monkeypatch, model):
    nowhere = "http://127.0.0.1:9"
    monkeypatch.setenv("HF_ENDPOINT", nowhere)
    monkeypatch.setitem(CARDS, SKY, replace(CARDS[SKY], url=f"{nowhere}/sky.zip"))
    with pytest.raises(
        DownloadError, match=f"{model} could not be downloaded"
    ) as caught:
        hub.pull(model)
    assert "--checkpoint FILE" in caught.value.hint
    assert "--encoder mini" in caught.value.hint


@pytest.mark.parametrize("model", [MODEL, SKY])
def test_a_file_that_the_hub_does_not_have(site, model):
    site.files.clear()
    with pytest.raises(DownloadError, match=r"no such file|404"):
        hub.pull(model)


def test_hf_home_is_where_files_go(site, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    assert Path(hub.pull(MODEL).path).is_relative_to(tmp_path / "hf" / "hub")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no pins"))
    assert Path(hub.pull(MODEL).path).is_relative_to(tmp_path / "elsewhere")


def test_names(site):
    assert hub.pull("mini").state == "bundled"
    with pytest.raises(ModelNotFoundError, match="georsclip-vit-b-32"):
        hub.pull("georsclip-vit-b32")


def test_verify_reads_every_byte(site):
    status = hub.pull(MODEL)
    assert verify(MODEL) == [status]
    assert [s.id for s in verify()] == ["mini", MODEL]
    changed = bytearray(WEIGHTS)
    changed[77] ^= 1
    Path(status.path).resolve().write_bytes(changed)
    assert verify(MODEL)[0].state == "damaged"
    Path(status.path).resolve().write_bytes(WEIGHTS[:-1])
    assert models_status()[1].state == "damaged"
    assert verify(MODEL)[0].state == "damaged"
    with pytest.raises(ModelNotFoundError, match="not on this machine"):
        verify("remoteclip-rn50")
    with pytest.raises(ModelNotFoundError, match="no model"):
        verify("remoteclip")


def test_a_damaged_download_is_mended_by_pulling_again(site):
    path = Path(hub.pull(SKY).path)
    path.write_bytes(b"cut")
    assert hub.pull(SKY).state == "downloaded"
    assert path.read_bytes() == WEIGHTS
    path = Path(hub.pull(MODEL).path)
    path.resolve().write_bytes(WEIGHTS[::-1])
    assert hub.pull(MODEL).state == "downloaded"
    assert path.read_bytes() == WEIGHTS


def test_pins_that_cannot_be_read_are_as_none(site, tmp_path):
    hub.pull(MODEL)
    pins = tmp_path / "cache" / "rsrag" / "models.json"
    assert json.loads(pins.read_text())[MODEL]["origin"] == "hub"
    pins.write_text("{")
    assert read_pins() == {}
    assert hub.pull(MODEL).state == "downloaded"


def test_the_commands(site, capsys):
    from rsrag.commands.models.models import list_models, pull, verify as verify_command
    from rsrag.errors import CheckpointError

    pull(model=MODEL, json=True)
    shown = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in shown] == [MODEL]
    list_models(json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["ID", "STATE", "SIZE"]
    assert [line.split()[1] for line in lines[1:4]] == [
        "bundled",
        "downloaded",
        "absent",
    ]
    Path(shown[0]["path"]).resolve().write_bytes(b"x" * len(WEIGHTS))
    with pytest.raises(CheckpointError, match=MODEL) as caught:
        verify_command(model=MODEL, json=True)
    assert caught.value.hint == f"rsrag models pull {MODEL}"
    assert json.loads(capsys.readouterr().out)[0]["state"] == "damaged"
