"""``rsrag models``: list, pull, export, verify, try."""

import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import Misuse, check_encoder, command
from rsrag.commands.talking.vision_command import try_vision
from rsrag.errors import CheckpointError, EncoderError
from rsrag.packages import need

if TYPE_CHECKING:
    from rsrag.encoders.models.model_cache import ModelStatus

app = typer.Typer(
    help="Encoders: which there are, download and check them; try models that see.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


app.command("try-vision")(try_vision)


@app.command("list")
@command
def list_models(*, json: bool = False) -> None:
    """List the encoders, which are on this machine, and exported text towers."""
    from rsrag.encoders.models.model_cache import models_status

    statuses = models_status()
    _show(statuses, json)
    if not json:
        _show_others(statuses)


@app.command()
@command
def pull(model: str, *, json: bool = False) -> None:
    """Download an encoder's weights, check and pin them.

    Options:
        model ID: Encoder to download, as `rsrag models list` names it.
    """
    from rsrag.encoders.models.hub import pull as pull_model

    check_encoder(model)
    status = pull_model(model, _progress() if sys.stderr.isatty() else None)
    _show([status], json)


@app.command()
@command
def export(
    model: str | None = None,
    *,
    checkpoint: Path | None = None,
    architecture: str | None = None,
    half: bool = False,
    onnx: bool = False,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Export a CLIP's text side, so that text queries need no torch.

    The first text that a model embeds does the same in passing. With --onnx both its
    towers are written for other programs, and compared with the model.

    Options:
        model [ID]: Encoder to export, as `rsrag models list` names it, or
            open_clip:ARCHITECTURE.
        architecture NAME: Architecture of --checkpoint, as open_clip names it.
        half: Store in fp16: half the space.
        onnx: Write picture.onnx and text.onnx into --out instead.
        out DIR: Folder to write to, to copy elsewhere. [default: text-towers in rsrag's
            cache]
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.encoders.clip.openclip import OpenClipEncoder
    from rsrag.encoders.encoder_registry import OPEN_CLIP, load_encoder

    check_encoder(model)
    if model is None and (architecture is None or checkpoint is None):
        raise EncoderError(
            "Which encoder is to be exported?",
            hint="rsrag models export ID, or --checkpoint FILE --architecture NAME",
        )
    if onnx and (out is None or half):
        raise Misuse(
            EncoderError(
                "--onnx writes two files in fp32 into a folder that --out names.",
                hint="rsrag models export ID --onnx --out DIR",
            )
        )
    encoder = load_encoder(
        model or f"{OPEN_CLIP}{architecture}",
        checkpoint=checkpoint,
        architecture=architecture,
        precision="fp32",
    )
    if not isinstance(encoder, OpenClipEncoder):
        raise EncoderError(f"{model} embeds texts without torch as it is.")
    if onnx and out is not None:
        need("onnx", "Writing ONNX")
        from rsrag.encoders.clip.onnx_towers import export_onnx

        made = export_onnx(encoder, out)
        show(
            json,
            dataclasses.asdict(made),
            f"{made.folder}\npicture.onnx and text.onnx, "
            f"{made.size_bytes / 1e6:.0f} MB; no number is more than {made.gap:.1e} "
            "from the model's\n",
        )
        return
    tower, gap = encoder.export_text_tower(root=out, storage="fp16" if half else "fp32")
    show(
        json,
        {**dataclasses.asdict(tower), "gap": gap},
        f"{tower.folder}\n{tower.architecture}, {tower.storage}, "
        f"{tower.size_bytes / 1e6:.0f} MB; its vectors have a cosine of at least "
        f"{1 - max(gap, 0):.7f} with the model's\n",
    )


@app.command()
@command
def calibrate(
    encoder: str,
    *,
    images: list[Path],
    labels: Path | None = None,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    json: bool = False,
) -> None:
    """Measure what an encoder knows, so that it is less sure of pictures unlike these.

    `rsrag classify` and `rsrag caption` double the temperature for a collection that
    lies farther from the centres of these pictures than they do themselves.

    Options:
        encoder ID: Encoder, as `rsrag models list` names it.
        images SOURCE: Folder or archive of pictures like those that it was trained on,
            or for which it is to be right. May be given several times.
        labels FILE: Classes by file name, on which the temperature is fitted: jsonl of
            file, label, or csv of filename,label. [default: it stays as it is]
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.evaluations.calibrating import calibrate_encoder
    from rsrag.factory import EncoderChoice

    choice = EncoderChoice(encoder, checkpoint, None, "auto")
    found = calibrate_encoder(settings, choice, images, labels)
    fitted = "" if labels is None else f" (was {found['temperature_before']:.4g})"
    show(
        json,
        found,
        f"{found['file']}\n{found['pictures']:,} pictures, nearness "
        f"{found['nearness']:.3f}; temperature {found['temperature']:.4g}{fitted}\n",
    )


@app.command()
@command
def verify(model: str | None = None, *, json: bool = False) -> None:
    """Hash the weights again and compare with what was pinned.

    Options:
        model [ID]: Encoder to check. [default: all that are here]
    """
    from rsrag.encoders.models.model_cache import verify as verify_models

    check_encoder(model)
    statuses = verify_models(model)
    _show(statuses, json)
    damaged = [status.id for status in statuses if status.state == "damaged"]
    if damaged:
        raise CheckpointError(
            f"Not the bytes that were downloaded: {', '.join(damaged)}.",
            hint=f"rsrag models pull {damaged[0]}",
        )


def _show(statuses: "Sequence[ModelStatus]", as_json: bool) -> None:
    from rsrag.commands.terminal.telling import show
    from rsrag.encoders.text_towers.exported_towers import exported_towers, tower_of

    towers = exported_towers()
    texts = {status.id: tower_of(status, towers) for status in statuses}
    if as_json:
        entries = [
            {**dataclasses.asdict(status), "text_tower": tower and tower.folder}
            for status, tower in zip(statuses, texts.values(), strict=True)
        ]
        show(True, entries, "")
        return
    from rsrag.rendering.text_table import text_table

    head = ("ID", "STATE", "SIZE", "DIM", "TEXT", "ARCHITECTURE", "SHA256", "PATH")
    rows = []
    for status in statuses:
        tower = texts[status.id]
        size = f"{status.size_bytes / 1e6:.0f} MB" if status.size_bytes else "-"
        rows.append(
            (
                status.id,
                status.state,
                size,
                str(status.dim),
                tower.storage if tower else "-",
                status.architecture,
                status.sha256[:12] if status.sha256 else "-",
                status.path or "-",
            )
        )
    print(text_table(head, rows, right=("SIZE", "DIM")), end="")


def _show_others(statuses: "Sequence[ModelStatus]") -> None:
    """Towers of checkpoints that have no name."""
    from rsrag.encoders.text_towers.exported_towers import exported_towers, tower_of

    towers = exported_towers()
    named = [tower_of(status, towers) for status in statuses]
    others = [tower for tower in towers if tower not in named]
    if others:
        print("\nText towers of other checkpoints:")
    for tower in others:
        size = f"{tower.size_bytes / 1e6:.0f} MB"
        print(f"{tower.architecture}  {tower.storage}  {size}  {tower.checkpoint}")


def _progress() -> Callable[[int, int | None], None]:
    """A line on stderr that is written over."""

    def show(done: int, total: int | None) -> None:
        of = f" of {total / 1e6:.0f}" if total else ""
        end = "\n" if done == total else ""
        print(f"\r{done / 1e6:.0f}{of} MB", end=end, file=sys.stderr, flush=True)

    return show
