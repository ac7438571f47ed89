"""Every command that README and the pages of docs show, read and run in order.

Blocks run in a home that ``page_world`` furnishes; a ``console`` block shows what is
printed, and that is compared. What needs a network, a large model or data of others
stands below ``<!-- not run: WHY -->``, and is only read.
"""

import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from page_world import furnish

from rsrag.commands import app, main
from rsrag.commands.options.arguments import normalise

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<why>.+?) -->\n\s*)?"
    r"^ *```(?P<kind>sh|console)\n(?P<text>.*?)^ *```",
    re.DOTALL | re.MULTILINE,
)
BEFORE = {
    "answers.md": [
        "rsrag index build train-*.tar --metadata train.jsonl --name captioned"
    ],
    "evaluation.md": ["rsrag index build ~/imagery --name archive"],
}
"""What a reader of the page has done before."""


def blocks(page: Path) -> Iterator[tuple[str | None, list[tuple[str, str]]]]:
    """Why a block is not run, and its commands with what they print."""
    for block in BLOCK.finditer(page.read_text()):
        text = re.sub(r"\\\n\s*", "", block["text"])
        told: list[tuple[str, str]] = []
        for line in text.splitlines(keepends=True):
            if block["kind"] == "sh":
                told.append((line.strip(), ""))
            elif line.startswith("$ "):
                told.append((line[2:].strip(), ""))
            else:
                told[-1] = (told[-1][0], told[-1][1] + line)
        yield block["why"], [one for one in told if one[0].startswith("rsrag ")]


def words_of(line: str, home: Path) -> tuple[list[str], str | None]:
    """A line as a shell splits it, and the file that its output goes to."""
    words: list[str] = []
    for word in shlex.split(line, comments=True)[1:]:
        word = str(home) + word[1:] if word.startswith("~/") else word
        found = sorted(path.name for path in home.glob(word)) if "*" in word else []
        words += found or [word]
    if ">" in words:
        return words[: words.index(">")], words[-1]
    return words, None


SHOWN = {page.name: list(blocks(page)) for page in PAGES}
LINES = [
    (page, part)
    for page, found in SHOWN.items()
    for _, told in found
    for line, _ in told
    for part in line.split(" | ")
]


@pytest.mark.parametrize(("page", "line"), LINES, ids=[line for _, line in LINES])
def test_commands_of_the_pages_can_be_read(page, line, monkeypatch) -> None:
    """No option that is not there, no value that cannot be, whatever it would do."""
    words, _ = words_of(line, Path())
    command = typer.main.get_command(app)
    context = command.make_context("rsrag", normalise(words))
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(
            context, context._protected_args + context.args
        )
        context = command.make_context(name, rest, parent=context)


def test_how_many_are_not_run() -> None:
    """One look tells how much of what is shown is held to what it does."""
    read = sum(len(told) for found in SHOWN.values() for _, told in found)
    left = sum(len(told) for found in SHOWN.values() for why, told in found if why)
    assert left == 61 and read > 3 * left


@pytest.mark.slow
@pytest.mark.parametrize("page", [name for name, found in SHOWN.items() if found])
def test_commands_of_a_page_run(page, tmp_path, monkeypatch, capsys) -> None:
    furnish(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "HOME": str(tmp_path),
        "RSRAG_HOME": str(tmp_path / "data"),
        "COLUMNS": "88",
        "RSRAG_THREADS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    before = [(line, "") for line in BEFORE.get(page, ())]
    for line, printed in before + [
        one for why, told in SHOWN[page] if not why for one in told
    ]:
        out = ""
        for part in line.split(" | "):
            monkeypatch.setattr("sys.stdin", io.StringIO(out))
            words, file = words_of(part, tmp_path)
            assert main(words) == 0, f"{line}\n{capsys.readouterr().err}"
            out = capsys.readouterr().out
        if file:
            (tmp_path / file).write_text(out)
        if printed:
            assert out.strip() == printed.strip(), line
