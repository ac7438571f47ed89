"""``rsrag eval retrieval``, ``zeroshot`` and ``compare``: encoders, by vectors."""

from pathlib import Path

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.terminal.telling import ReportFolder, finish


@command
def retrieval(
    *,
    images: list[Path],
    captions: Path,
    split: str | None = None,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    precision: str = "auto",
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """Hit rates between pictures and their captions, both ways.

    Options:
        images SOURCE: Folder or archive of pictures. May be given several times.
        captions FILE: Captions: Karpathy json (RSICD, RSITMD, UCM, Sydney), csv of
            filename,title, or jsonl of file, captions.
        split NAME: Split to score; all takes every picture. [default: test, where the
            file has splits]
        encoder NAME: Encoder to score. [default: $RSRAG_ENCODER or mini]
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.encoder_comparison import evaluate_retrieval
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.eval_pages import retrieval_page

    choice = EncoderChoice(encoder or settings.encoder, checkpoint, None, precision)
    with StageBar(" images") as bar:
        report = evaluate_retrieval(settings, images, captions, split, choice, bar)
    finish(report, retrieval_page, out, json)


@command
def zeroshot(
    *,
    images: list[Path] | None = None,
    labels: Path | None = None,
    classes: Path | None = None,
    prompt: list[str] | None = None,
    vectors: Path | None = None,
    transductive: bool = False,
    debias: bool = False,
    temperature: float | None = None,
    seed: int = 0,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    precision: str = "auto",
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """Accuracy of classes by their names, by GeoRSCLIP's protocol and with words.

    Options:
        images SOURCE: Folder or archive with one folder per class. May be given several
            times.
        labels FILE: Classes by file name instead of folders: jsonl of file, label, or
            csv of filename,label.
        classes FILE: All classes, one a line, in order.
        prompt TEXT: Score with own words as well: "a satellite photo of {}.", or what
            SkyScript says for skyscript, roof_shape, smoothness or surface. May be
            given several times.
        vectors FILE.npz: Score these vectors instead of pictures: image_vectors,
            labels, class_names, text_vectors.
        transductive: Label all pictures together as well: RS-TransCLIP.
        debias: Score without the archive's lean to each class as well.
        temperature T: Temperature that cosines are divided by. [default: the encoder's
            own, 0.01 for a CLIP and for vectors]
        seed N: Seed of the split into halves for calibration.
        encoder NAME: Encoder to score. [default: $RSRAG_ENCODER or mini]
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.zeroshot_evaluation import evaluate_zeroshot
    from rsrag.rendering.evaluations.eval_pages import zeroshot_page

    with StageBar(" images") as bar:
        report = evaluate_zeroshot(
            settings,
            images or (),
            labels,
            classes,
            vectors,
            encoder=encoder,
            checkpoint=checkpoint,
            precision=precision,
            temperature=temperature,
            transductive=transductive,
            debias=debias,
            seed=seed,
            progress=bar,
            prompts=prompt or (),
        )
    finish(report, zeroshot_page, out, json)


@command
def compare(
    encoders: list[str],
    *,
    images: list[Path],
    captions: Path | None = None,
    split: str | None = None,
    labels: Path | None = None,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
    precision: str = "auto",
    settings: ThreadSettings,
    out: ReportFolder = None,
    json: bool = False,
) -> None:
    """Compare encoders on the same pictures, with confidence intervals.

    Options:
        encoders ENCODER...: Names, or NAME=FILE with local weights. Differences are to
            the first.
        images SOURCE: Folder or archive of pictures. May be given several times.
        captions FILE: Compare retrieval, by this file of captions.
        split NAME: Split of the file of captions.
        labels FILE: Compare zero-shot, by this file of classes. Without --captions and
            --labels, folders are the classes.
        resamples N: Resamples of the bootstrap.
        confidence SHARE: Confidence of the intervals, 0.5 to 0.999.
        seed N: Seed of the bootstrap.
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.desk.evaluations.encoder_comparison import compare_encoders
    from rsrag.rendering.evaluations.score_pages import compare_page

    with StageBar(" images") as bar:
        report = compare_encoders(
            settings,
            encoders,
            images,
            captions,
            split,
            labels,
            precision=precision,
            resamples=resamples,
            confidence=confidence,
            seed=seed,
            progress=bar,
        )
    finish(report, compare_page, out, json)
