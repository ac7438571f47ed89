"""``rsrag eval published``: the figures a paper gave, and what is measured here."""

from pathlib import Path

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.terminal.telling import ReportFolder, finish


@command
def published(
    model: str,
    *,
    set: list[str] | None = None,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    precision: str = "fp32",
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """Repeat a paper's measurements of a model, and hold them against its figures.

    Without --set it shows the figures that were published, and of how many pictures.

    Options:
        model MODEL: Model whose figures were published, as `rsrag models list` names
            it.
        set NAME=DIR: Set to measure on and its folder: AID, EuroSAT and RESISC45 with a
            folder per class; RSICD, RSITMD and UCM with their file of captions beside
            the pictures; AIR-SLT with anno.json. May be given several times.
        encoder NAME: Encoder to score in the model's place.
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.published_protocols import (
        evaluate_published,
        published_table,
    )
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.published_page import published_page

    if not set:
        finish(published_table(model), published_page, out, json)
        return
    choice = EncoderChoice(encoder or model, checkpoint, precision=precision)
    with StageBar(" images") as bar:
        report = evaluate_published(settings, model, set, choice, bar)
    finish(report, published_page, out, json)
