"""The page ``docs/cli.md``, made from the commands' own help."""

import os
from collections.abc import Iterator
from typing import Any

import typer

INTRODUCTION = """\
# Commands

stdout carries data, stderr words and progress. Exit code 0 is fine, 1 an error that
rsrag explains (`error:` what is wrong, `next:` what to type), 2 wrong usage, 130
stopped by Ctrl-C. `python cli.py ...` in a checkout and `python -m rsrag ...` do the
same as `rsrag ...`.

This page is made by `scripts/docs` from the commands themselves.
"""


def cli_reference() -> str:
    """All commands with their help, as Markdown."""
    from rsrag.commands import app

    root = typer.main.get_command(app)
    os.environ["COLUMNS"] = "88"
    sections = [
        f"## {name}\n\n```text\n{text.strip()}\n```\n"
        for name, text in _helps(root, "rsrag", None)
    ]
    return "\n".join([INTRODUCTION, *sections])


def _helps(command: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    context = command.make_context(
        name.rsplit(" ", 1)[-1], [], parent=parent, resilient_parsing=True
    )
    context.terminal_width = 88
    yield name, command.get_help(context)
    for child in getattr(command, "commands", {}).values():
        yield from _helps(child, f"{name} {child.name}", context)
