"""``rsrag models``: list, pull, verify."""

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.arguments import JsonOption
from rsrag.errors import CheckpointError

if TYPE_CHECKING:
    from rsrag.encoders.model_cache import ModelStatus

app = typer.Typer(
    help="Encoders: which there are, download them, check them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """List the encoders, and which are on this machine."""
    from rsrag.encoders.model_cache import models_status

    _show(models_status(), as_json)


@app.command()
def pull(
    model: Annotated[str, typer.Argument(metavar="ID", help="As `models list` says.")],
    as_json: JsonOption = False,
) -> None:
    """Download an encoder's weights, check and pin them."""
    from rsrag.encoders.hub import pull as pull_model

    status = pull_model(model, _progress() if sys.stderr.isatty() else None)
    _show([status], as_json)


@app.command()
def verify(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="One encoder. [default: all that are here]"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Hash the weights again and compare with what was pinned."""
    from rsrag.encoders.model_cache import verify as verify_models

    statuses = verify_models(model)
    _show(statuses, as_json)
    damaged = [status.id for status in statuses if status.state == "damaged"]
    if damaged:
        raise CheckpointError(
            f"Not the bytes that were downloaded: {', '.join(damaged)}.",
            hint=f"rsrag models pull {damaged[0]}",
        )


def _show(statuses: "Sequence[ModelStatus]", as_json: bool) -> None:
    if as_json:
        print(json.dumps([dataclasses.asdict(status) for status in statuses], indent=2))
        return
    rows = [("ID", "STATE", "SIZE", "DIM", "ARCHITECTURE", "SHA256", "PATH")]
    for status in statuses:
        size = f"{status.size_bytes / 1e6:.0f} MB" if status.size_bytes else "-"
        rows.append(
            (
                status.id,
                status.state,
                size,
                str(status.dim),
                status.architecture,
                status.sha256[:12] if status.sha256 else "-",
                status.path or "-",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _progress() -> Callable[[int, int | None], None]:
    """A line on stderr that is written over."""

    def show(done: int, total: int | None) -> None:
        of = f" of {total / 1e6:.0f}" if total else ""
        end = "\n" if done == total else ""
        print(f"\r{done / 1e6:.0f}{of} MB", end=end, file=sys.stderr, flush=True)

    return show
