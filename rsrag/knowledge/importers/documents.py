"""Markdown and plain text: passages that know their headings and their landmark."""

import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from rsrag.errors import KnowledgeError
from rsrag.knowledge.collection import Records
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.importers.record_text import clean_name
from rsrag.types import Skip

_FRONT = re.compile(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_LINE = r"[^\W\d_#][^\n]{2,98}[^\s.!?:;,>]"
_FIRST_LINE = re.compile(
    rf"\s*({_LINE})[ \t]*\n(?:({_LINE})[ \t]*\n)?[ \t]*\n(?=[^\n])"
)
"""A first line by itself, or two, that end like no sentence: the title of a text."""
_SUBJECT = re.compile(
    r"\A(?:[^\n]*\S[^\n]*\n){0,8}?[ \t]*(?:\*\*|__)?(?:subject|title|re|name)\b"
    r"[ :*_]*:[ :*_]*(?P<said>\S[^\n]{2,150})",
    re.IGNORECASE,
)
"""``Subject: ...`` among the lines that a letter begins with."""
_WORDS = re.compile(r"[^\W\d_]{2,}")
_FRONT_KEYS = ("landmark", "title", "source", "licence", "license", "category")


def read_document(
    text: str, where: str, options: ImportOptions
) -> tuple[Records, list[Skip]]:
    """Read one document.

    Front matter (``landmark:``, ``title:``, ``source:``, ``licence:``) and the options
    say whose it is. Without a landmark there, a section whose heading is the name of a
    landmark of the collection is about that, with all under it.
    """
    front, body = _front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    collector = Collector(options, where)
    _attribute(collector, front)
    options.state.late.append((collector, partial(_add, collector, front, body)))
    return collector.records(), collector.skipped


def _add(collector: Collector, front: dict[str, str], body: str) -> None:
    options = collector.options
    with collector.attempt("whole"):
        _attribute(collector, front)
        named = options.landmark or front.get("landmark")
        about = None if named is None else _landmark(collector, named, front)
        first = None if front.get("title") else _FIRST_LINE.match(body)
        if first is not None and not _HEADING.fullmatch(first[1]):
            named_so = ", ".join(line for line in first.groups() if line)
            front, body = {**front, "title": named_so}, body[first.end() :]
        title = front.get("title")
        if not title and not any(path for path, _ in _sections(body)):
            title = _name_of(body.lstrip(), collector.where)

        @cache
        def heard(heading: str) -> str | None:
            try:
                return options.state.only(heading)
            except KnowledgeError as exc:
                options.state.notes.append(f"{collector.where}: {str(exc)[:-1]}")
                return None

        for path, prose in _sections(body):
            section = about
            if section is None:
                section = next(filter(None, map(heard, reversed(path))), None)
            trail = " > ".join([*([title] if title else []), *path])
            collector.text(section, "document", prose, trail or None)


def _name_of(body: str, where: str) -> str | None:
    """What a text without a heading is called: its subject, or as its file is."""
    if subject := _SUBJECT.match(body):
        return subject["said"].strip(" *_")
    words = _WORDS.findall(Path(where).stem)
    return " ".join(words).capitalize() or None


def _attribute(to: Collector, front: dict[str, str]) -> None:
    to.attribute(front.get("source"), front.get("licence") or front.get("license"))


def _landmark(to: Collector, name: str, front: dict[str, str]) -> str:
    """Id of the landmark of that name, which is made if there is none."""
    try:
        found = to.options.state.only(name)
    except KnowledgeError as exc:
        raise KnowledgeError(f"{to.at}: landmark: {exc}") from exc
    return found or to.landmark(clean_name(name), category=front.get("category"))


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """``key: value`` lines between ``---``, and what follows."""
    match = _FRONT.match(text)
    if not match:
        return {}, text
    front = {}
    for line in match[1].split("\n"):
        key, colon, value = line.partition(":")
        if colon and key.strip().lower() in _FRONT_KEYS:
            front[key.strip().lower()] = value.strip().strip("'\"")
    return {key: value for key, value in front.items() if value}, text[match.end() :]


def _sections(text: str) -> Iterator[tuple[list[str], str]]:
    """Prose with the headings over it, outermost first; code is prose, too."""
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fenced = False
    for line in [*text.split("\n"), "# "]:
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced and line != "# " else _HEADING.fullmatch(line)
        level, name = (len(heading[1]), heading[2]) if heading else (0, "")
        under = _UNDERLINE.fullmatch(line)
        # An underline makes a heading of a line of its own.
        alone = bool(lines and lines[-1].strip()) and not "".join(lines[-2:-1]).strip()
        if not heading and under and not fenced and alone:
            level, name = (1 if under[1][0] == "=" else 2), lines.pop().strip()
        if not level:
            lines.append(line)
            continue
        prose = "\n".join(lines).strip()
        if prose:
            yield [title for _, title in path], prose
        lines = []
        path = [(depth, title) for depth, title in path if depth < level]
        if name:
            path.append((level, name))
