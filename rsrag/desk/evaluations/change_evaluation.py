"""Evaluation of changes: what is found between pictures of known pairs."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.config import Settings
from rsrag.desk.evaluations.stamping import Stamp
from rsrag.errors import QueryError
from rsrag.factory import EncoderChoice

if TYPE_CHECKING:
    from rsrag.evaluation.changes.levir_captions import Say

FORMS = ("pairs", "levir-cd", "second", "levir-cc", "changechat")


@dataclass(frozen=True, slots=True)
class ChangeTrial:
    """What is scored, and beside what.

    Attributes:
        format: of the data, one of :data:`FORMS`.
        data: folder, or file.
        head: ``learned``, ``distance`` or ``auto``.
        floors: rules to score beside it, with commas between.
        nuisance: names of what pictures are spoilt by, likewise.
        split: that is scored.
        limit: only so many pairs, evenly chosen.
        predictions: what another model said.
        images: folder of the pictures that sentences are about.
        seed: of the bootstrap.
    """

    format: str
    data: Path
    head: str
    floors: str
    nuisance: str
    split: str | None
    limit: int | None
    predictions: Path | None
    images: Path | None
    seed: int


def evaluate_change(
    settings: Settings,
    trial: ChangeTrial,
    choice: EncoderChoice,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Figures of a head beside floors, as plain JSON values.

    Raises:
        QueryError: a form, a floor or a nuisance that is not known.
    """
    from rsrag.evaluation.changes.pair_counts import listed

    listed([trial.format], FORMS, "--format")
    score = {
        "second": _second, "levir-cc": _levir, "changechat": _changechat
    }.get(trial.format, _pairs)  # fmt: skip
    return score(settings, trial, choice, functools.partial(progress, "comparing"))


def _named(trial: ChangeTrial) -> dict[str, Any]:
    given = trial.predictions
    return {
        "format": trial.format,
        "data": str(trial.data),
        "split": trial.split,
        "limit": trial.limit,
        "predictions": None if given is None else str(given),
        "seed": trial.seed,
    }


def _pairs(
    settings: Settings,
    trial: ChangeTrial,
    choice: EncoderChoice,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    from rsrag.analysis.change.change_heads import head_for, tap_encoder
    from rsrag.analysis.change.nuisances import NAMED_NUISANCES
    from rsrag.evaluation.changes.change_folders import masked_pairs
    from rsrag.evaluation.changes.pair_counts import listed
    from rsrag.evaluation.changes.pair_floors import PAIR_FLOORS
    from rsrag.evaluation.changes.pairs_run import score_pairs

    stamp = Stamp()
    floors = listed(_split(trial.floors), (*PAIR_FLOORS, "no"), "--floors")
    spoilt = listed(_split(trial.nuisance), tuple(NAMED_NUISANCES), "--nuisance")
    pairs = masked_pairs(trial.data, trial.split, trial.limit)
    encoder = tap_encoder(choice.load(settings))
    head = head_for(encoder, trial.head)
    result = score_pairs(
        pairs,
        encoder,
        head,
        floors=[one for one in floors if one != "no"],
        nuisances=spoilt,
        seed=trial.seed,
        progress=progress,
    )
    return stamp.report(
        "change",
        result,
        encoder.dense_identity,
        **_named(trial),
        head=head.name,
        calibrated_on=head.calibrated_on,
    )


def _split(names: str) -> list[str]:
    return [one.strip() for one in names.split(",") if one.strip()]


def _second(
    settings: Settings,
    trial: ChangeTrial,
    choice: EncoderChoice,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    from rsrag.analysis.change.change_heads import head_for, tap_encoder
    from rsrag.evaluation.changes.second_run import (
        given_maps,
        said_maps,
        score_second,
        second_pairs,
    )

    stamp = Stamp()
    pairs = second_pairs(trial.data, trial.limit)
    identity, named = None, {}
    if trial.predictions is not None:
        look = given_maps(trial.predictions)
    else:
        encoder = tap_encoder(choice.load(settings))
        head = head_for(encoder, trial.head)
        look = functools.partial(said_maps, encoder=encoder, head=head)
        identity, named = encoder.dense_identity, {"head": head.name}
    result = score_second(pairs, look, seed=trial.seed, progress=progress)
    return stamp.report("change", result, identity, **_named(trial), **named)


def _levir(
    settings: Settings,
    trial: ChangeTrial,
    choice: EncoderChoice,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    from rsrag.desk.evaluations.prediction_scores import synonyms_of
    from rsrag.evaluation.changes.change_folders import evenly
    from rsrag.evaluation.changes.levir_captions import (
        given_sentences,
        read_levir,
        score_levir,
    )

    stamp = Stamp()
    pairs = evenly(read_levir(trial.data, trial.split), trial.limit)
    synonyms, notes = synonyms_of("auto")
    say, identity = None, None
    if trial.predictions is not None:
        say = given_sentences(trial.predictions)
    elif trial.images is not None:
        encoder = choice.load(settings)
        say, identity = _captioner(encoder, trial), encoder.identity
    result = score_levir(pairs, say, synonyms, progress)
    named = {**_named(trial), "meteor": synonyms}
    report = stamp.report("change", {**result, "notes": notes}, identity, **named)
    return report


def _captioner(encoder: Any, trial: ChangeTrial) -> "Say":
    from rsrag.desk.imagery.over_time.change_options import ChangeOptions
    from rsrag.desk.imagery.over_time.changing import change_in
    from rsrag.desk.imagery.over_time.pairs import Pair
    from rsrag.rag.changes.change_sentences import change_words

    assert trial.images is not None
    options = ChangeOptions(head=trial.head)
    own = trial.images / (trial.split or "")
    folder = own if (own / "A").is_dir() else trial.images
    if not (folder / "A").is_dir():
        raise QueryError(
            f"{trial.images} does not hold pictures before in A and after in B.",
            hint="--images DIR, or --predictions FILE of another model's sentences",
        )

    def say(file: str) -> str:
        name = Path(file).name
        pair = Pair.named(*(str(folder / one / name) for one in ("A", "B")))
        sheet = change_in(pair, encoder, options).sheet
        return change_words(sheet).sentences[0]

    return say


def _changechat(
    settings: Settings,
    trial: ChangeTrial,
    choice: EncoderChoice,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    from rsrag.evaluation.changes.changechat_run import read_answered, score_answered

    stamp = Stamp()
    result = score_answered(read_answered(trial.data), seed=trial.seed)
    return stamp.report("change", result, None, **_named(trial))
