"""``rsrag eval caption`` and ``vqa``: score what was written down."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rsrag.commands.options.arguments import JsonOption
from rsrag.commands.options.eval_report import OutOption, finish
from rsrag.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from rsrag.evaluation.predictions import Synonyms
    from rsrag.rendering.evaluations.report_page import Page

PredictionsArgument = Annotated[
    Path,
    typer.Argument(
        metavar="PREDICTIONS", help="jsonl or json of id, prediction and references."
    ),
]
ReferencesOption = Annotated[
    Path | None,
    typer.Option(
        "--references",
        metavar="FILE",
        help="What is right, if it does not stand beside the predictions: a file of "
        "captions, or records with an id and an answer.",
    ),
]
MeteorOption = Annotated[
    str,
    typer.Option(
        "--meteor",
        help="with: synonyms of WordNet, or an error; without: exact words and stems "
        "alone; auto: with, if WordNet's data is here; none.",
    ),
]


def caption(
    predictions: PredictionsArgument,
    references: ReferencesOption = None,
    meteor: MeteorOption = "auto",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """BLEU, METEOR, ROUGE-L and CIDEr-D of captions, in COCO's style and RS-RAG's."""
    from rsrag.evaluation.predictions import caption_report
    from rsrag.rendering.evaluations.score_pages import caption_page

    _score(
        "caption",
        caption_report,
        caption_page,
        predictions,
        references,
        meteor,
        out,
        as_json,
    )


def vqa(
    predictions: PredictionsArgument,
    references: ReferencesOption = None,
    meteor: MeteorOption = "auto",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accuracy of answers by type of question, beside that of the commonest answer."""
    from rsrag.evaluation.predictions import vqa_report
    from rsrag.rendering.evaluations.score_pages import vqa_page

    _score("vqa", vqa_report, vqa_page, predictions, references, meteor, out, as_json)


def _score(
    task: str,
    reckon: Callable[..., dict[str, Any]],
    page_of: Callable[[Mapping[str, Any]], "Page"],
    predictions: Path,
    references: Path | None,
    meteor: str,
    out: Path | None,
    as_json: bool,
) -> None:
    from rsrag.evaluation.data.prediction_files import read_predictions
    from rsrag.evaluation.provenance import file_mapping, versions
    from rsrag.metrics import tokens
    from rsrag.metrics.rouge import porter_stem

    found = read_predictions(predictions, references)
    synonyms, notes = _synonyms(meteor)
    try:
        stem = porter_stem()
    except MissingExtraError as error:
        stem = None
        notes.append(f"{error} ROUGE-L of RS-RAG is unstemmed. ({error.hint})")
    report = {
        "task": task,
        **reckon(found, synonyms=synonyms, stem=stem),
        "notes": list(dict.fromkeys(notes)),
        "settings": {
            "predictions": file_mapping(predictions),
            "references": file_mapping(references) if references else None,
            "meteor": synonyms,
            "coco_tokens": tokens.NAME,
            "versions": versions(("nltk",)),
        },
    }
    finish(report, page_of, out, as_json)


def _synonyms(wish: str) -> tuple["Synonyms", list[str]]:
    """How METEOR can be reckoned here, and what is to be said of it.

    Raises:
        ConfigError: no such wish, or WordNet is wanted and not here.
        MissingExtraError: METEOR is wanted, and nltk is not installed.
    """
    from rsrag.metrics.meteor import meteor, wordnet

    if wish == "none":
        return "none", []
    if wish == "without":
        meteor([["a"]], [[["a"]]], synonyms=False)
        return "without", []
    if wish not in ("with", "auto"):
        raise ConfigError(
            f"--meteor {wish} is not known.", hint="with, without, auto or none"
        )
    try:
        wordnet()
    except MissingExtraError as error:
        if wish == "with":
            raise
        return "none", [f"{error} There is no METEOR here. ({error.hint})"]
    except ConfigError as error:
        if wish == "with":
            raise
        said = "What stands here is without synonyms, and lower."
        return "without", [f"{error} {said} ({error.hint})"]
    return "with", []
