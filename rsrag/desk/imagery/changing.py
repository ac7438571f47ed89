"""What changed between two pictures of one place."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.desk.argument_check import told
from rsrag.desk.localizing import Progress, quiet, whereabouts
from rsrag.errors import QueryError
from rsrag.factory import named_encoder

if TYPE_CHECKING:
    from rsrag.analysis.change.fact_sheet import FactSheet
    from rsrag.analysis.change.outcome.changed import Changed
    from rsrag.interfaces import Encoder
    from rsrag.rag.changes.change_answers import ChangeAnswer
    from rsrag.types import Pixels


def reach_of(register: str) -> float | None:
    """How far a shift may go that is undone, pixels; ``None`` for none.

    Raises:
        QueryError: neither ``auto``, ``none`` nor a number.
    """
    if register == "auto":
        return 8.0
    if register == "none":
        return None
    try:
        reach = float(register.removesuffix("px"))
    except ValueError:
        reach = 0.0
    if not 0 < reach < 1e4:
        raise QueryError(
            f"--register is {register!r}.", hint="auto, none, or pixels such as 20"
        )
    return reach


@told
def change(
    before: str | Path,
    after: str | Path,
    *,
    head: str = "auto",
    register: str = "auto",
    normalise: str = "match",
    clouds: str | Path = "auto",
    threshold: float | None = None,
    min_area: str | None = None,
    swap: bool = False,
    encoder: str | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = quiet,
) -> "Changed":
    """Say what changed between two pictures of one place.

    Args:
        before: the earlier one: path, ``ARCHIVE!/MEMBER``, or the address of a GeoTIFF.
        after: the later one.
        head: ``"distance"``, ``"learned"``, or ``"auto"``: the learned one where the
            encoder has one.
        register: ``"auto"`` undoes shifts of up to 8 pixels, ``"none"`` none, a number
            such as ``"20"`` those of so many pixels.
        normalise: ``"match"`` gives both one light, by the pixels that did not change;
            ``"none"`` takes the colours as they are.
        clouds: ``"auto"`` leaves out what looks like cloud or shadow, ``"none"``
            nothing; or the path of a mask that is above 0 where nothing is to be
            compared.
        threshold: of a cell's probability, 0 to 1; the head's own by default.
        min_area: smaller changes are left out: ``"200m2"``, ``"1ha"``, ``"400px"``.
        swap: the one that is named first is the later one.
        encoder: ``mini``, or a model that says something of single cells.
        checkpoint: its weights.
        progress: told how many cells of how many are done.

    Raises:
        ChangeError: they share no ground, or nothing of it can be compared.
        QueryError: an option that cannot be.
        ImageryError: a picture cannot be read, or holds no data.
    """
    return change_in(
        str(before),
        str(after),
        named_encoder(encoder, checkpoint),
        head=head,
        register=register,
        normalise=normalise,
        clouds=str(clouds),
        threshold=threshold,
        min_area=min_area,
        swap=swap,
        progress=progress,
    )


def change_in(
    before: str,
    after: str,
    encoder: "Encoder",
    *,
    head: str = "auto",
    register: str = "auto",
    normalise: str = "match",
    clouds: str = "auto",
    threshold: float | None = None,
    min_area: str | None = None,
    swap: bool = False,
    progress: Progress = quiet,
) -> "Changed":
    """As :func:`change`, with an encoder that is there."""
    from rsrag.analysis.change.change_heads import head_for, tap_encoder
    from rsrag.analysis.change.judgement import JudgeOptions
    from rsrag.analysis.change.outcome.changed import ChangeOptions, compare
    from rsrag.analysis.cover.cover_areas import AreaSize
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.scenes import reopen_scene

    if normalise not in ("match", "none"):
        raise QueryError(f"--normalise is {normalise!r}.", hint="match or none")
    if threshold is not None and not 0 < threshold < 1:
        raise QueryError(f"--threshold is {threshold}, not between 0 and 1.")
    smallest = None if min_area is None else AreaSize.parse(min_area)
    judging = JudgeOptions(reach_of(register), normalise == "match", clouds == "auto")
    looking = tap_encoder(encoder)
    chosen = head_for(looking, head)
    sources = (after, before) if swap else (before, after)
    with ExitStack() as stack:
        scenes = [
            stack.enter_context(
                closing(reopen_scene(whereabouts(one), ImageryOptions()))
            )
            for one in sources
        ]
        mask = None
        if clouds not in ("auto", "none"):
            raw = ImageryOptions(stretch="none")
            mask = stack.enter_context(closing(reopen_scene(whereabouts(clouds), raw)))
        options = ChangeOptions(judging, smallest, threshold, mask)
        return compare(scenes[0], scenes[1], looking, chosen, options, progress)


def pictures_of(found: "Changed", longest: int = 1024) -> "tuple[Pixels, Pixels]":
    """The common ground in both pictures, thinned out to at most so many pixels.

    The later one lies on the pixels of the earlier one.
    """
    import numpy as np

    from rsrag.analysis.change.aligning.common_grid import common_grid
    from rsrag.analysis.change.aligning.laid_over import LaidOver
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.scenes import reopen_scene
    from rsrag.types import Window

    left, top, width, height = found.window
    times = max(1, -(-max(width, height) // longest))
    parts: tuple[list[Pixels], list[Pixels]] = ([], [])
    with ExitStack() as stack:
        before, after = (
            stack.enter_context(
                closing(reopen_scene(whereabouts(one), ImageryOptions()))
            )
            for one in (found.before, found.after)
        )
        common = common_grid(before, after)
        over = LaidOver(after, common.lattice, common.finer)
        before.expect(-(-height // 256))
        for row in range(0, height, 256 - 256 % times or times):
            tall = min(256 - 256 % times or times, height - row)
            window = Window(left, top + row, width, tall)
            parts[0].append(before.read_with_mask(window)[0][::times, ::times])
            parts[1].append(over.read_with_mask(window)[0][::times, ::times])
    return np.concatenate(parts[0]), np.concatenate(parts[1])


def sentences_of(sheet: "FactSheet") -> tuple[str, ...]:
    """A change in one to five sentences, the largest first, without full stops."""
    from rsrag.rag.changes.change_sentences import change_words

    return change_words(sheet).sentences


def answers_over(
    sheet: "FactSheet", questions: Sequence[str]
) -> "list[tuple[str, ChangeAnswer]]":
    """Each question with its answer; it may point back to what was spoken of before."""
    from rsrag.rag.changes.change_answers import answer_over

    answers, spoken = [], None
    for question in questions:
        answer = answer_over(sheet, question, spoken)
        answers.append((question, answer))
        spoken = answer.spoken
    return answers
