"""The docs site builds with no link that leads nowhere, and fetches nothing.

Not with --quiet, under which MkDocs counts no warning, and --strict lets all pass.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import rsrag

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(
        [*command, "--site-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_there(site):
    for page in ["index", *(path.stem for path in (ROOT / "docs").glob("*.md"))]:
        found = site / "index.html" if page == "index" else site / page / "index.html"
        assert "<h1" in found.read_text("utf-8")


def test_nothing_is_fetched_from_elsewhere(site):
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        tags = re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", text)
        away = [
            tag
            for tag in tags
            if re.search(r"""(?:src|href)=["']?(?:https?:)?//""", tag)
        ]
        # A page may say what its own address is.
        assert [
            tag
            for tag in away
            if 'rel="canonical"' not in tag
            and not re.search(r'rel="(?:prev|next)"', tag)
        ] == [], page


def test_links_out_of_docs_lead_to_pages_or_to_the_repository(site):
    home = (site / "index.html").read_text("utf-8")
    assert 'href="mini/"' in home and 'href="changelog/"' in home
    security = (site / "releasing" / "index.html").read_text("utf-8")
    assert "/blob/main/.github/workflows/release.yml" in security


def test_the_reference_has_every_public_name(site):
    page = (site / "api" / "index.html").read_text("utf-8")
    there = set(re.findall(r'id="rsrag\.(?:errors\.)?(\w+)"', page))
    assert set(rsrag.__all__) - {"__version__"} <= there
    assert 'id="rsrag.Index.search"' in page
    assert ":class:" not in page and ":meth:" not in page
