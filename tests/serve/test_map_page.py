"""The page, looked at in a real browser, and what it is made of."""

import contextlib
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pyogrio
import pytest

import rsrag
from rsrag.serve.map_page import FILES
from tests.serve.conftest import listening

PAGE = Path(rsrag.__file__).parent / "serve" / "page"
SHA256 = {  # of leaflet-1.9.4.tgz of npm
    "leaflet.js": "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a",
    "leaflet.css": "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6",
    "LICENSE": "53e8dc25862014e4324741ca18fbe3611e11d42ef69f59f86ea8c5389647d4cb",
}
WIDTHS = {"desk": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}


def test_leaflet_is_what_was_published():
    folder = PAGE / "leaflet-1.9.4"
    assert {path.name for path in folder.iterdir()} == SHA256.keys()
    for name, digest in SHA256.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_no_script_and_no_style_stands_in_the_page():
    text = (PAGE / "index.html").read_text()
    assert not re.search(r"<style|<script(?! src=)|\son\w+=|\sstyle=|javascript:", text)
    assert "http://" not in text and "https://" not in text
    assert "innerHTML" not in (PAGE / "app.js").read_text()


def test_its_files_and_nothing_else(ask):
    for name in FILES:
        answer = ask(f"/ui/{name}")
        assert answer.status == 200 and answer.body
        again = ask(f"/ui/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert again.status == 304
    for name in ("index.htm", "../serving.py", "..%2fapp.js", "leaflet-1.9.4/", "x"):
        assert ask(f"/ui/{name}").status == 404
    assert ask("/ui").headers["location"] == "http://localhost/ui/"


@contextlib.contextmanager
def browser_page(size, **more):
    """A page of Debian's Chromium; what it complains of is an error."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    with sync_playwright() as play:
        if not program and not Path(play.chromium.executable_path).exists():
            none = "there is no Chromium here: scripts/browser"
            pytest.fail(none) if os.environ.get("CI") else pytest.skip(none)
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **more)
        said = []
        page.on("console", lambda one: said.append(f"{one.text} {one.location}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        try:
            yield page, said
        finally:
            browser.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_a_stranger_finds_a_chip_and_an_answer(address, width, tmp_path):
    with browser_page(WIDTHS[width]) as (page, said):
        page.goto(f"{address}/ui/")
        page.fill("#q", "white snow")
        page.press("#q", "Enter")
        page.wait_for_selector(".hit:nth-child(3)")
        names = page.locator(".hit .about").all_text_contents()
        assert all("snow" in name for name in names[:3])
        page.wait_for_selector(".leaflet-image-layer[src*=thumbnail]")
        assert page.locator("#map path.leaflet-interactive").count() >= 9
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= WIDTHS[width][0]
        assert "% likely" in page.locator(".hit").first.text_content()
        page.click(".hit:first-child >> text=More like this")
        page.wait_for_selector(".hit:first-child >> text=snow")
        page.fill("#q", "How deep is Lake Baikal?")
        page.click("#ask")
        page.wait_for_selector("#answer >> text=1,642 m")
        page.click("#answer .cite")
        page.screenshot(path=tmp_path / f"{width}.png")
        assert said == []


SCHEMES = ("light", "dark")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nobody_is_kept_out(address, width, scheme):
    """axe-core finds nothing serious, before and after a search and a question."""
    from axe_playwright_python.sync_playwright import Axe

    def wrong(page):
        found = Axe().run(page).response["violations"]
        kinds = ("serious", "critical")
        return {
            one["id"]: [node["html"] for node in one["nodes"]]
            for one in found
            if one["impact"] in kinds
        }

    with browser_page(WIDTHS[width], color_scheme=scheme) as (page, _):
        page.goto(f"{address}/ui/")
        page.wait_for_selector("#there:not(:empty)")
        assert wrong(page) == {}
        page.click("#examples button:first-of-type")
        page.wait_for_selector(".hit:nth-child(3)")
        page.click("#filters summary")
        assert wrong(page) == {}
        page.click(".hit:first-child [aria-pressed]")
        page.fill("#q", "How deep is Lake Baikal?")
        page.click("#ask")
        page.wait_for_selector("#answer >> text=1,642 m")
        assert wrong(page) == {}


@pytest.mark.slow
def test_the_keyboard_is_enough(address):
    """Find, look through, ask for more like it, and clear, without a mouse."""
    with browser_page(WIDTHS["desk"]) as (page, said):
        page.goto(f"{address}/ui/")
        page.wait_for_selector("#there:not(:empty)")
        page.keyboard.type("white snow")
        page.keyboard.press("Enter")
        page.wait_for_selector(".hit:nth-child(3)")
        page.keyboard.press("Tab")
        page.keyboard.press("j")
        page.keyboard.press("m")
        page.wait_for_url("**like=**")
        page.wait_for_selector(".hit:nth-child(3)")
        reached = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate("() => document.activeElement.textContent.trim()")
            )
        assert {"More like this", "Details"} <= reached
        page.keyboard.press("Escape")
        page.wait_for_selector("#welcome:not([hidden])")
        assert page.locator(".hit").count() == 0 and said == []


@pytest.mark.slow
def test_an_analyst_narrows_marks_and_takes_along(address, tmp_path):
    with browser_page(WIDTHS["desk"], accept_downloads=True) as (page, said):
        page.goto(f"{address}/ui/#q=snow&collection=dated")
        page.wait_for_selector(".hit:nth-child(9)")
        page.click("#filters summary")
        page.select_option("#sensor", "S2B")
        page.click("#search")
        page.wait_for_selector("#status:has-text('3 chips')")
        page.select_option("#sensor", "")
        page.fill("#from", "2021-01-01")
        page.click("#search")
        page.wait_for_selector("#status:has-text('6 chips')")
        assert "from=2021-01-01" in page.url
        with page.expect_download() as waiting:
            page.click("#save")
        waiting.value.save_as(tmp_path / "hits.geojson")
        assert len(json.loads((tmp_path / "hits.geojson").read_text())["features"]) == 6
        with page.expect_download() as waiting:
            page.click("#pack")
        waiting.value.save_as(tmp_path / "hits.gpkg")
        assert len(pyogrio.read_dataframe(tmp_path / "hits.gpkg", layer="hits")) == 6
        page.click("#clear")
        page.fill("#q", "sand")
        page.press("#q", "Enter")
        page.wait_for_selector(".hit:nth-child(9)")
        page.keyboard.press("Tab")
        page.locator("#q").blur()
        for key in ("j", "j", "k", "+"):
            page.keyboard.press(key)
        marked = page.locator(".hit.chosen .acts [aria-pressed=true]")
        assert marked.count() == 1
        page.click("#refine")
        page.wait_for_selector("#status:has-text('best first')")
        page.click("#draw")
        box = page.locator("#map").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 5, y + 5)
        page.mouse.move(x + 60, y + 60)
        page.mouse.up()
        page.wait_for_url("**box=**")
        assert said == []


@pytest.mark.slow
def test_a_key_is_asked_for(root, tmp_path):
    from rsrag.serve.guard.api_keys import add_key

    file = tmp_path / "keys.json"
    _, text = add_key(file, "me", ["search", "ask", "pictures"], None)
    with (
        listening(root, "--keys", str(file)) as address,
        browser_page(WIDTHS["desk"]) as (page, _),
    ):
        page.goto(f"{address}/ui/")
        page.wait_for_selector("#ask-key[open]")
        page.fill("#key", text)
        page.click("#ask-key button[value=ok]")
        page.fill("#q", "white snow")
        page.press("#q", "Enter")
        page.wait_for_selector(".hit img[src^='data:image/jpeg']")
        assert text not in page.url
