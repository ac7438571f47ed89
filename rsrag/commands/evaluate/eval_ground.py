"""``rsrag eval ground``: which thing in a picture a phrase means."""

from pathlib import Path

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.terminal.telling import ReportFolder, finish
from rsrag.desk.chosen_settings import one_blas_thread


@command
def ground(
    *,
    format: str,
    annotations: Path,
    images: Path,
    box_scale: str | None = None,
    seed: int = 0,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """Which thing in a picture phrases are found to mean: boxes, and pointing.

    Options:
        format FORM: Form of the annotations: dior-rsvg or rsvg (a folder of VOC xml
            files with descriptions), vrsbench (json of image_id, question,
            ground_truth), or jsonl of file, text and bbox, or bboxes where any will do.
        annotations PATH: Phrases and boxes.
        images DIR: Folder of the pictures.
        box_scale SCALE: Unit of the boxes of a jsonl file: px, 1 (parts of the
            picture's sides) or 100 (percent of them).
        seed N: Seed of the floor that is drawn by chance, and of the bootstrap.
        encoder NAME: Encoder to score. [default: $RSRAG_ENCODER or mini]
    """
    one_blas_thread()
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.grounding_evaluation import evaluate_grounding
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.ground_page import ground_page

    choice = EncoderChoice(encoder or settings.encoder, checkpoint)
    with StageBar(" phrases") as bar:
        report = evaluate_grounding(
            settings,
            format,
            annotations,
            images,
            choice,
            box_scale=box_scale,
            seed=seed,
            progress=bar,
        )
    finish(report, ground_page, out, json)
