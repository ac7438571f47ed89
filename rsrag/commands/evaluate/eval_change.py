"""``rsrag eval change``: what is found to have changed, by published sets."""

from pathlib import Path

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.terminal.telling import ReportFolder, finish


@command
def change(
    folder: Path,
    *,
    format: str = "pairs",
    head: str = "auto",
    floors: str = "all,none,rgb,cva,ir-mad,ssim,pca-k-means",
    nuisance: str = "",
    split: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """How well changes between pictures are found, beside floors, by masks.

    Options:
        folder DIR: Pairs: pictures before in A, after in B, and what changed in mask,
            label or OUT, of the same names.
        format FORM: Form of the folder: pairs, or levir-cd (with a list of each split).
        head HEAD: What judges: learned, distance or auto.
        floors NAMES: Rules to score beside it, with commas between: all, none, rgb
            (difference, cut by Otsu), cva, ir-mad, ssim, pca-k-means; or no.
        nuisance NAMES: Score again with the later picture spoilt, and with the earlier
            beside itself spoilt: shift2, shift4, dark, gamma, cast, blur, jpeg.
        split NAME: Score the pairs of list/NAME.txt, or of the folder of this name.
        limit N: Score only so many pairs, evenly chosen.
        seed N: Seed of the bootstrap over pairs.
        encoder NAME: Encoder to score. [default: $RSRAG_ENCODER or mini]
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.change_evaluation import evaluate_pairs
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.change_page import pairs_page

    choice = EncoderChoice(encoder or settings.encoder, checkpoint)
    with StageBar(" pairs") as bar:
        report = evaluate_pairs(
            settings,
            format,
            folder,
            choice,
            head=head,
            split=split,
            limit=limit,
            floors=[one for one in floors.split(",") if one],
            nuisances=[one for one in nuisance.split(",") if one],
            seed=seed,
            progress=bar,
        )
    finish(report, pairs_page, out, json)
