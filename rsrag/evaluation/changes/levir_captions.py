"""Evaluation of sentences on changes, in LEVIR-CC's form."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.caption_files import Captioned, read_captions
from rsrag.evaluation.data.prediction_files import records
from rsrag.evaluation.predictions import Synonyms, style_scores
from rsrag.rag.changes.change_sentences import UNCHANGED

SAME, DIFFERENT = UNCHANGED[0], "many houses are built along the road"
PARTS = ("all", "changed", "unchanged")

Say = Callable[[str], str]


def changed(one: Captioned) -> bool:
    """Whether none of its captions is one of the five that say nothing did."""
    return not {text.strip(" .").lower() for text in one.captions} & set(UNCHANGED)


def read_levir(path: Path, split: str | None) -> list[Captioned]:
    """Pairs with their captions, by file name.

    Raises:
        ConfigError: no captions.
    """
    found = [one for one in read_captions(path, split).pictures if one.captions]
    if not found:
        raise ConfigError(f"{path} holds no captions of pairs.")
    return found


def given_sentences(path: Path) -> Say:
    """Sentences of a file of id and prediction, by the name of the pair's file.

    Raises:
        ConfigError: not such a file.
    """
    said: dict[str, str] = {}
    for where, row in records(path):
        key = next((row[k] for k in ("id", "file", "filename") if k in row), None)
        text = next((row[k] for k in ("prediction", "caption") if k in row), None)
        if key is None or not isinstance(text, str):
            raise ConfigError(
                f"{where} has no id or no prediction.",
                hint='jsonl of {"id": "test_000001.png", "prediction": "..."}',
            )
        said[Path(str(key)).stem] = text

    def say(file: str) -> str:
        try:
            return said[Path(file).stem]
        except KeyError:
            raise SourceNotFoundError(
                f"{path} says nothing of {file}.", hint="--limit, or --split"
            ) from None

    return say


def score_levir(
    pairs: Sequence[Captioned],
    say: Say | None,
    synonyms: Synonyms,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """BLEU, METEOR, ROUGE-L, CIDEr-D and S*m of sentences, beside constant ones.

    Each part is scored as a set of its own: n-grams are as rare as they are in it.

    Args:
        say: the sentence on a pair, by its file name; ``None``: only the constants.
    """
    flags = [changed(one) for one in pairs]
    ways: dict[str, list[str]] = {}
    if say is not None:
        ways["said"] = []
        for number, one in enumerate(pairs, start=1):
            ways["said"].append(say(one.file))
            progress(number, len(pairs))
    ways[f"always: {SAME}"] = [SAME] * len(pairs)
    ways[f"always: {UNCHANGED[1]}"] = [UNCHANGED[1]] * len(pairs)
    ways[f"always: {DIFFERENT}"] = [DIFFERENT] * len(pairs)
    ways["true flag, two sentences"] = [DIFFERENT if one else SAME for one in flags]
    chosen = {
        "all": list(range(len(pairs))),
        "changed": [n for n, one in enumerate(flags) if one],
        "unchanged": [n for n, one in enumerate(flags) if not one],
    }
    found = {}
    for way, said in ways.items():
        found[way] = {
            part: _scores(said, pairs, chosen[part], synonyms)
            for part in PARTS
            if chosen[part]
        }
    counts = {part: len(rows) for part, rows in chosen.items()}
    result: dict[str, Any] = {"ways": found, "pairs": counts}
    if say is not None:
        told = [text.strip(" .").lower() not in UNCHANGED for text in ways["said"]]
        right = sum(a == b for a, b in zip(told, flags, strict=True))
        result["flag_accuracy"] = round(right / len(flags), 4)
    return result


def _scores(
    said: Sequence[str],
    pairs: Sequence[Captioned],
    rows: Sequence[int],
    synonyms: Synonyms,
) -> Mapping[str, float]:
    right = [pairs[row].captions for row in rows]
    found = style_scores("coco", [said[row] for row in rows], right, synonyms, None)
    # The mean of the four is only defined with METEOR, with or without synonyms.
    own = [name for name in found if name.startswith("meteor")]
    if own:
        parts = ("bleu_4", own[0], "rouge_l", "cider_d")
        found["s_m"] = round(sum(found[name] for name in parts) / 4, 6)
    return found
