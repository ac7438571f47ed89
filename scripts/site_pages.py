"""What the site adds to docs/: pages from elsewhere in the repository, and their links.

A hook of MkDocs, named in mkdocs.yml. Pages are written for readers of the
repository; here every relative link is led to where its target lies on the site, or
to the repository where it is no page.
"""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from griffe import Extension, Object
from mkdocs.structure.files import File
from pymdownx.slugs import slugify

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "RELEASING.md": "releasing.md",
    "SECURITY.md": "security.md",
    "bench/README.md": "benchmarking.md",
    "rsrag/encoders/mini/mini_card.md": "mini.md",
    "docs/decisions": "decisions/index.md",
}
"""Where what lies outside docs/, or is a folder, is found on the site."""

_HOME = {site: kept for kept, site in PAGES.items()}
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]*)")
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.DOTALL | re.MULTILINE)
_ROLE = re.compile(r":\w+:`~?([\w.]+)`")


def on_config(config: Any) -> None:
    """Head lines are called as on GitHub; every decision record is in the menu."""
    config.mdx_configs["toc"]["slugify"] = slugify(case="lower")
    decisions = [f"decisions/{page.name}" for page in _decisions()]
    config.nav[-1]["Project"].append({"Decisions": ["decisions/index.md", *decisions]})


def on_files(files: Any, config: Any) -> None:
    """Add the pages that do not lie in docs/."""
    listed = "".join(
        f"- [{page.read_text('utf-8').splitlines()[0].lstrip('# ')}]({page.name})\n"
        for page in _decisions()
    )
    for kept, site in PAGES.items():
        if (ROOT / kept).is_dir():
            file = File.generated(config, site, content=f"# Decisions\n\n{listed}")
        else:
            file = File.generated(config, site, abs_src_path=str(ROOT / kept))
        files.append(file)


def on_page_markdown(markdown: str, page: Any, config: Any, **_: object) -> str:
    """Lead links to where their targets are on the site."""
    here = page.file.src_uri
    if here == "index.md":
        page.meta["hide"] = ["navigation"]  # it has no neighbours
    kept = _HOME.get(here, f"docs/{here}")
    folder = kept if (ROOT / kept).is_dir() else str(PurePosixPath(kept).parent)

    def lead(match: re.Match[str]) -> str:
        target = normpath(f"{folder}/{match[1]}")
        if not match[1] or not (ROOT / target).exists():
            return match[1]  # MkDocs warns, and with --strict fails.
        site = PAGES.get(target) or target.removeprefix("docs/")
        if target in PAGES or target.startswith("docs/"):
            return relpath(site, str(PurePosixPath(here).parent))
        kind = "tree" if (ROOT / target).is_dir() else "blob"
        return f"{config.extra['repository']}/{kind}/main/{target}"

    parts = _CODE.split(markdown)
    return "".join(
        part if i % 2 else _LINK.sub(lead, part) for i, part in enumerate(parts)
    )


def _decisions() -> list[Path]:
    return sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


class Roles(Extension):
    """Turns names that docstrings refer to into links, where the site knows them."""

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Rewrite one docstring."""
        if obj.docstring:
            obj.docstring.value = _ROLE.sub(_reference, obj.docstring.value)


def _reference(match: re.Match[str]) -> str:
    name = match[1]
    short = name.rpartition(".")[2]
    return f'<autoref optional identifier="{name}"><code>{short}</code></autoref>'
