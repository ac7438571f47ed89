"""``rsrag eval localize`` and ``segment``: where in pictures things are seen."""

from pathlib import Path

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.terminal.telling import ReportFolder, finish
from rsrag.desk.chosen_settings import one_blas_thread
from rsrag.errors import QueryError


@command
def localize(
    *,
    annotations: Path,
    images: Path,
    window: str | None = None,
    exact: bool = False,
    metric_scale: str = "auto",
    sharpen: float | None = None,
    seed: int = 0,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """Where sentences are found in pictures, by AIR-SLT's scores and by pointing.

    Options:
        annotations FILE: Sentences and where they are true, in AIR-SLT's form: a list
            of caption, jpg_name, points.
        images DIR: Folder of the pictures.
        window SIZE: Side of the window that is compared, in pixels. [default: those
            that serve the encoder well]
        exact: Embed every window by itself. Slow.
        metric_scale SCALE: Size of the published filters, which were made for pictures
            of 3,000 pixels: auto fits them to each picture, 1 leaves them.
        sharpen POWER: Score the maps to this power as well, which shows what Rmi is
            worth.
        seed N: Seed of the floors and of the bootstrap.
        encoder NAME: Encoder to score. [default: $RSRAG_ENCODER or mini]
    """
    one_blas_thread()
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.localization_evaluation import evaluate_localization
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.eval_pages import localize_page

    choice = EncoderChoice(encoder or settings.encoder, checkpoint)
    with StageBar(" images") as bar:
        report = evaluate_localization(
            settings,
            annotations,
            images,
            choice,
            window=window,
            exact=exact,
            metric_scale=metric_scale,
            sharpen=sharpen,
            seed=seed,
            progress=bar,
        )
    finish(report, localize_page, out, json)


@command
def segment(
    *,
    images: Path,
    masks: Path | None = None,
    referring: Path | None = None,
    classes: str | None = None,
    preset: str | None = None,
    ignore: list[int] | None = None,
    head: str = "auto",
    refine: bool = False,
    window: str | None = None,
    seed: int = 0,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """How well classes are told apart in pictures, by masks: IoU, accuracy, confusion.

    Options:
        images DIR: Folder of pictures.
        masks DIR: Folder of masks of the same names: values in one band or a palette,
            or colours.
        referring FILE: In place of masks: phrases for things with a mask each, which
            one thing by text is scored by. GeoPixInstruct's records (Parquet or JSON),
            or jsonl of file, text and mask as COCO's size and counts.
        classes FILE: Classes and their values in masks: YAML or JSON.
        preset NAME: Classes of a published set: loveda, isaid, openearthmap, deepglobe,
            worldcover, dynamicworld, potsdam (Vaihingen too), dronedeploy, korea,
            roads.
        ignore N: Value of masks that is not scored, and whose class is no choice then.
            May be given several times.
        head HEAD: What tells the classes: cover, text or auto.
        refine: Draw the classes' edges along those of the picture.
        window SIZE: Side of the window that texts are compared with. [default: those
            that serve the encoder well]
        seed N: Seed of the bootstrap over pictures.
        encoder NAME: Encoder to score. [default: $RSRAG_ENCODER or mini]
    """
    one_blas_thread()
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.segmentation_evaluation import (
        evaluate_referring,
        evaluate_segmentation,
    )
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.eval_pages import segment_page
    from rsrag.rendering.evaluations.ground_page import refer_page

    choice = EncoderChoice(encoder or settings.encoder, checkpoint)
    if (masks is None) == (referring is None):
        raise QueryError(
            "Say what is true: masks of classes, or phrases with masks.",
            hint="--masks DIR --preset NAME, or --referring FILE",
        )
    with StageBar(" images") as bar:
        if masks is None:
            assert referring is not None
            report = evaluate_referring(
                settings,
                images,
                referring,
                choice,
                refine=refine,
                window=window,
                seed=seed,
                progress=bar,
            )
            finish(report, refer_page, out, json)
            return
        report = evaluate_segmentation(
            settings,
            images,
            masks,
            classes,
            preset,
            ignore or (),
            choice,
            head=head,
            refine=refine,
            window=window,
            seed=seed,
            progress=bar,
        )
    finish(report, segment_page, out, json)
