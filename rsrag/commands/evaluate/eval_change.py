"""``rsrag eval change``: what is found to have changed, by published sets."""

from pathlib import Path

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.terminal.telling import ReportFolder, finish
from rsrag.desk.chosen_settings import one_blas_thread


@command
def change(
    data: Path,
    *,
    format: str = "pairs",
    head: str = "auto",
    floors: str = "all,none,rgb,cva,ir-mad,ssim,pca-k-means",
    nuisance: str = "",
    predictions: Path | None = None,
    images: Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """How well changes between pictures are found and told, beside floors.

    Options:
        data PATH: What is right, in one of five forms; see --format.
        format FORM: pairs: a folder of A (before), B (after) and mask, label or OUT;
            levir-cd: the same with list/SPLIT.txt; second: im1, im2, label1, label2 in
            SECOND's colours; levir-cc: a file of captions; changechat: jsonl of kind
            (changed, count, cells), answer, prediction.
        head HEAD: What judges: learned, distance or auto.
        floors NAMES: Rules to score pairs by beside it, with commas between: all, none,
            rgb (difference, cut by Otsu), cva, ir-mad, ssim, pca-k-means; or no.
        nuisance NAMES: Score pairs again with the later picture spoilt, and the earlier
            beside itself spoilt: shift2, shift4, dark, gamma, cast, blur, jpeg.
        predictions PATH: Score what another model said: a folder of label1 and label2
            (second), or jsonl of id and prediction (levir-cc).
        images DIR: Pictures that captions are about, in A and B (levir-cc); without
            them and without predictions only constant sentences are scored.
        split NAME: Score the pairs of list/NAME.txt, of the folder of this name, or of
            this split of the captions.
        limit N: Score only so many pairs, evenly chosen.
        seed N: Seed of the bootstrap over pairs.
        encoder NAME: Encoder to score. [default: $RSRAG_ENCODER or mini]
    """
    one_blas_thread()
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.change_evaluation import ChangeTrial, evaluate_change
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.change_page import change_page

    choice = EncoderChoice(encoder or settings.encoder, checkpoint)
    trial = ChangeTrial(
        format, data, head, floors, nuisance, split, limit, predictions, images, seed
    )
    with StageBar(" pairs") as bar:
        report = evaluate_change(settings, trial, choice, bar)
    finish(report, change_page, out, json)
