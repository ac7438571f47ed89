"""What changed between two pictures of one place."""

from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.desk.argument_check import Progress, quiet, told
from rsrag.desk.imagery.over_time.change_options import ChangeOptions
from rsrag.desk.imagery.over_time.pairs import Pair
from rsrag.errors import QueryError
from rsrag.factory import named_encoder
from rsrag.imagery.sources.urls import whereabouts

if TYPE_CHECKING:
    from rsrag.analysis.change.fact_sheet import FactSheet
    from rsrag.analysis.change.outcome.changed import Changed
    from rsrag.analysis.cover.cover_classes import CoverClass
    from rsrag.encoders.cover_head import CoverHead
    from rsrag.imagery.reading import SceneReading
    from rsrag.interfaces import Encoder, Generator
    from rsrag.rag.changes.change_answers import ChangeAnswer


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
    classes: str | Sequence[str] | None = None,
    maps: tuple[str | Path, str | Path] | None = None,
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
        classes: that pieces are told by: names, or the path of a YAML or JSON file of
            them; those of land cover by default, of ``maps`` SECOND's.
        maps: of classes of both, which say what changed instead of the pictures.
        encoder: ``mini``, or a model that says something of single cells.
        checkpoint: its weights.
        progress: told how many cells of how many are done.

    Raises:
        ChangeError: they share no ground, or nothing of it can be compared.
        QueryError: an option that cannot be.
        ImageryError: a picture cannot be read, or holds no data.
    """
    options = ChangeOptions(
        head,
        register,
        normalise,
        str(clouds),
        threshold,
        min_area,
        swap,
        classes if classes is None or isinstance(classes, str) else ",".join(classes),
    )
    pair = Pair.named(str(before), str(after), swap=swap)
    if maps is not None:
        first, second = (Path(one).expanduser() for one in maps)
        return change_of_maps(pair, (first, second), options)
    return change_in(pair, named_encoder(encoder, checkpoint), options, progress)


def change_in(
    pair: Pair, encoder: "Encoder", options: ChangeOptions, progress: Progress = quiet
) -> "Changed":
    """As :func:`change`, with a pair in the order of time and an encoder that is there.

    ``swap`` of the options is not looked at: the pair was turned round already.
    """
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.scenes import reopen_scene

    masked = options.mask is not None
    raw = ImageryOptions(stretch="none")
    with (
        pair.opened() as (before, after),
        closing(reopen_scene(whereabouts(options.mask or ""), raw))
        if masked
        else nullcontext() as mask,
    ):
        return change_over(before, after, encoder, options, mask, progress)


def change_over(
    before: "SceneReading",
    after: "SceneReading",
    encoder: "Encoder",
    options: ChangeOptions,
    mask: "SceneReading | None" = None,
    progress: Progress = quiet,
) -> "Changed":
    """As :func:`change_in`, over two scenes that are open.

    Args:
        mask: what is not to be compared: a scene that is above 0 there.
    """
    from rsrag.analysis.change.change_heads import head_for, naming_head, tap_encoder
    from rsrag.analysis.change.outcome.changed import CompareOptions, compare

    looking = tap_encoder(encoder)
    if options.listed:
        _check_told(options.listed, naming_head(looking))
    chosen = head_for(looking, options.head)
    compared = CompareOptions(
        options.judging, options.smallest, options.threshold, mask, options.listed
    )
    return compare(before, after, looking, chosen, compared, progress)


def _check_told(classes: "Sequence[CoverClass]", head: "CoverHead | None") -> None:
    """Refuse classes that the encoder's head for land cover does not tell."""
    known = () if head is None else head.covers
    for one in classes:
        if not one.covers or not set(one.covers) <= set(known):
            raise QueryError(
                f"--classes names {one.name}, which is no cover that changes are told "
                "by.",
                hint=f"one or more of: {', '.join(known) or 'none, by this encoder'}",
            )


def change_of_maps(
    pair: Pair, maps: tuple[Path, Path], options: ChangeOptions
) -> "Changed":
    """What changed by two maps of classes, those of a pair's pictures.

    Args:
        pair: in the order of time.
        maps: in the order in which they are named: ``swap`` of the options turns them.

    Raises:
        ConfigError: a map cannot be read, holds no class, or is of another size.
        ChangeError: they share no ground.
    """
    from rsrag.analysis.change.outcome.class_maps import read_map
    from rsrag.analysis.change.outcome.map_pair import compare_maps
    from rsrag.analysis.cover.cover_classes import preset

    classes = options.listed or preset("second").classes
    first, second = (read_map(one, classes) for one in maps)
    read = (second, first) if options.swap else (first, second)
    with pair.opened() as (before, after):
        return compare_maps(before, after, read, options.smallest)


def sentences_of(
    sheet: "FactSheet",
    generator: "Generator | None" = None,
    refused: Callable[[str, str], None] = lambda sentence, why: None,
) -> tuple[str, ...]:
    """A change in one to five sentences, the largest first, without full stops.

    Args:
        generator: words them anew, where that says nothing else.
        refused: told each sentence whose new wording does not stand, and why.
    """
    from rsrag.rag.changes.change_sentences import change_words
    from rsrag.rag.changes.rewording import reworded

    sentences = change_words(sheet).sentences
    if generator is None:
        return sentences
    worded = []
    for sentence in sentences:
        kept, why = reworded(sentence, generator)
        if why:
            refused(sentence, why)
        worded.append(kept)
    return tuple(worded)


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
