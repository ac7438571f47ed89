"""Scores of captions and answers that some model wrote down."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rsrag.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from rsrag.evaluation.predictions import Synonyms


def score_predictions(
    task: Literal["caption", "vqa"],
    predictions: Path,
    references: Path | None,
    meteor: str,
) -> dict[str, Any]:
    """The figures of one file, as plain JSON values.

    Args:
        task: what was predicted.
        predictions: id, prediction and, unless they stand elsewhere, references.
        references: what is right.
        meteor: ``with``, ``without``, ``auto`` or ``none``.

    Raises:
        ConfigError: a file that cannot be read, or no such way of METEOR.
        MissingExtraError: what METEOR needs is not installed, and it is asked for.
    """
    from rsrag.evaluation.compare_run import file_mapping, versions
    from rsrag.evaluation.data.prediction_files import read_predictions
    from rsrag.evaluation.predictions import caption_report, vqa_report
    from rsrag.metrics import ngrams as tokens
    from rsrag.metrics.rouge import porter_stem

    reckon = caption_report if task == "caption" else vqa_report
    found = read_predictions(predictions, references)
    synonyms, notes = synonyms_of(meteor)
    try:
        stem = porter_stem()
    except MissingExtraError as error:
        stem = None
        notes.append(f"{error} ROUGE-L of RS-RAG is unstemmed. ({error.hint})")
    return {
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


def synonyms_of(wish: str) -> tuple["Synonyms", list[str]]:
    """How METEOR can be reckoned here, and what is to be said of it.

    Raises:
        ConfigError: no such wish, or WordNet is wanted and not here.
        MissingExtraError: METEOR is wanted, and nltk is not installed.
    """
    from rsrag.metrics.rouge import meteor, wordnet

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
