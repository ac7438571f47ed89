"""``rsrag eval retrieval``: captions find pictures, pictures find captions."""

import time
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import (
    CheckpointOption,
    JsonOption,
    PrecisionOption,
    settings_with,
)
from rsrag.commands.options.eval_report import (
    EncoderOption,
    ImagesOption,
    OutOption,
    ThreadsOption,
    finish,
)


def retrieval(
    images: ImagesOption,
    captions: Annotated[
        Path,
        typer.Option(
            "--captions",
            metavar="FILE",
            help="Karpathy json (RSICD, RSITMD, UCM, Sydney), csv of filename,title, "
            "or jsonl of file, captions.",
        ),
    ],
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            help="Split to score; all: every picture. [default: test, where the file "
            "has splits]",
        ),
    ] = None,
    encoder: EncoderOption = None,
    checkpoint: CheckpointOption = None,
    precision: PrecisionOption = "auto",
    threads: ThreadsOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hit rates between pictures and their captions, both ways."""
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.evaluation.data.caption_files import read_captions
    from rsrag.evaluation.provenance import encoder_mapping, file_mapping, versions
    from rsrag.evaluation.retrieval_run import (
        match_pictures,
        retrieval_mapping,
        score_retrieval,
    )
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.evaluations.eval_pages import retrieval_page

    started = time.perf_counter()
    settings = settings_with(threads=threads)
    file = read_captions(captions, split)
    choice = EncoderChoice(encoder or settings.encoder, checkpoint, precision=precision)
    model = choice.load(settings)
    with CountBar("embedding", " images") as bar:
        matched = match_pictures(
            images,
            file.pictures,
            model,
            elsewhere=file.elsewhere,
            threads=settings.threads,
            progress=bar,
        )
    result = score_retrieval(matched, model)
    report = {
        "task": "retrieval",
        **retrieval_mapping(matched, result),
        "settings": {
            "encoder": encoder_mapping(model),
            "precision": precision,
            "images": [str(path) for path in images],
            "captions": {
                **file_mapping(captions),
                "form": file.form,
                "encoding": file.encoding,
                "split": file.split,
            },
            "protocol": "hit rate; ties in a random order, by expectation",
            "versions": versions(),
            "elapsed_s": round(time.perf_counter() - started, 1),
        },
    }
    finish(report, retrieval_page, out, as_json)
