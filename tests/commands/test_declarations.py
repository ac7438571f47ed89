"""Commands declared by plain signatures: what Typer is told, and what a body gets."""

import dataclasses
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from rsrag.commands.options.declarations import From, command, described


@dataclasses.dataclass(frozen=True)
class Colour:
    """Told by three numbers."""

    red: int = 1
    green: int | str = 2


def scaled(size: float = 1.0, unit: str | None = None) -> str:
    """Made from options.

    Options:
        size NUMBER: Size of it.
        unit UNIT: Unit of the size.
    """
    return f"{size:g}{unit or 'px'}"


@pytest.fixture
def run():
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    seen: dict = {}

    @app.command()
    @command
    def paint(
        files: list[Path],
        *,
        colour: Colour,
        scale: Annotated[str, From(scaled, ("size",))],
        top_k: int = 3,
        as_: str = "oil",
        dry_run: bool = False,
    ) -> None:
        """Paint pictures.

        In one colour.

        Options:
            files FILE...: Pictures to paint, and more words than one
                line has room for.
            red: How red.
            green: How green.
            top_k N: Most pictures.
            as_ KIND: With what.
        """
        seen.update(locals())

    def call(*words: str):
        seen.clear()
        done = CliRunner().invoke(app, words)
        return done.exit_code, done.output, dict(seen)

    return call


def test_a_body_gets_groups_and_values(run) -> None:
    code, _, seen = run("a.png", "b.png", "--red", "7", "--size", "2", "-k", "4")
    assert code == 0
    assert seen["files"] == [Path("a.png"), Path("b.png")]
    assert seen["colour"] == Colour(7, 2)
    assert (seen["scale"], seen["top_k"], seen["as_"]) == ("2px", 4, "oil")
    assert run("a.png", "--as", "ink", "--dry-run")[2]["dry_run"] is True


def test_help_is_what_the_docstrings_say(run) -> None:
    code, help_, _ = run("--help")
    flat = " ".join(help_.split())
    assert code == 0
    assert "Paint pictures. In one colour. Arguments:" in flat
    assert "Pictures to paint, and more words than one line has room for." in flat
    assert "--size NUMBER Size of it. [default: 1.0]" in flat
    assert "-k, -t, --top-k N Most pictures. [default: 3; x>=1]" in flat
    assert "--dry-run Say what would change, and change nothing." in flat
    assert "Options: files" not in flat and "--unit" not in flat


@pytest.mark.parametrize("words", [(), ("a", "--unit", "m"), ("a", "-k", "0")])
def test_wrong_words(run, words) -> None:
    code, _, seen = run(*words)
    assert code == 2 and not seen


def test_every_option_has_help() -> None:
    def bare(*, nameless: int = 0) -> None:
        """Nothing is said of its option."""

    with pytest.raises(KeyError, match="nameless"):
        command(bare)
    with pytest.raises(ValueError, match="not 'name METAVAR: help"):
        described("Options:\n    words without a colon")
