"""``rsrag change``: what changed between two pictures of one place."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import BuildSettings, check_scene
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.commands.options.outputs import PICTURES, written
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.desk.chosen_settings import one_blas_thread
from rsrag.desk.filtering import filter_of
from rsrag.desk.imagery.over_time.change_options import ChangeOptions
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.filters import Filter


def _check_alone(files: bool) -> None:
    """Refuse what is said of one pair where places of an index are ranked."""
    if files:
        raise QueryError(
            "Words rank places of an index; files, sentences and answers are of one "
            "pair.",
            hint="rsrag change CHIP CHIP --index NAME, with two of the chips it names",
        )


def _check_unfollowed(since: str | None, until: str | None) -> None:
    """Refuse times of a ranking where two pictures are named."""
    if since is not None or until is not None:
        raise QueryError(
            "--since and --until go with words that are followed through an index.",
            hint='rsrag change "new buildings" --index NAME --since 2019',
        )


def _check_worded(llm: GeneratorChoice, caption: bool) -> None:
    """Refuse a language model that would have nothing to word."""
    if llm != GeneratorChoice() and not caption:
        raise QueryError(
            "A language model words sentences alone, and none are asked for.",
            hint="--caption",
        )


@command
def change(
    before: str | None = None,
    after: str | None = None,
    *,
    index: str | None = None,
    archive: str | None = None,
    maps: tuple[Path, Path] | None = None,
    since: str | None = None,
    until: str | None = None,
    top_k: int = 10,
    options: ChangeOptions,
    where: Annotated["Filter", From(filter_of)],
    out: Annotated[Path | None, written(".tif", ".tiff")] = None,
    polygons: Annotated[Path | None, written(".geojson", ".json", ".gpkg")] = None,
    overlay: Annotated[Path | None, written(*PICTURES)] = None,
    map: Annotated[Path | None, written()] = None,
    base: str | None = None,
    report: Annotated[Path | None, written(".json", ".md")] = None,
    caption: bool = False,
    ask: list[str] | None = None,
    llm: GeneratorChoice,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: BuildSettings,
    json: bool = False,
) -> None:
    """Say what changed between two pictures of one place, or where an index turned.

    With --index and words instead of two chips, places are ranked whose chips turn
    towards the words and stay there: "new buildings" come, "lost forest" goes.

    Options:
        before BEFORE: Earlier picture or raster: a file, ARCHIVE!/MEMBER, or the
            address of a GeoTIFF. With --index a chip's id, or words alone; with
            --archive a time.
        after AFTER: Later one. It is laid on the pixels of the earlier one.
        index NAME: BEFORE and AFTER are chips of this index; or words are followed
            through the times of its places.
        archive PATH: BEFORE and AFTER are times, such as 2019 or 2020-06, of scenes in
            this folder, archive or STAC document; of several, the two that share most
            ground. --bbox names the ground.
        maps BEFORE_MAP AFTER_MAP: Maps of classes of the two, which say what changed
            instead of the pictures: in SECOND's colours, in those or the values of
            --classes, or as rsrag segment --out writes them.
        since WHEN: With words: the turn was first seen then, or later: 2019, 2020-06.
            Dates before it count as what was there before.
        until WHEN: With words: later dates are not looked at.
        top_k N: With words: most places to print.
        head HEAD: What judges: distance (in the encoder's blocks, against what the
            same picture shows beside itself), learned, or auto (the one of them that
            tells more on pairs that it never saw).
        register auto|none|PX: Undo shifts of up to 8 pixels, none, or up to PX pixels.
        normalise match|none: Give both one light, by the pixels that did not change,
            or take the colours as they are.
        clouds auto|none|FILE: Leave out what looks like cloud or shadow, nothing, or
            where a mask is above 0.
        threshold SHARE: Probability from which ground has changed. [default: the
            head's]
        min_area SIZE: Leave out changes smaller than this: 200m2, 1ha, 400px.
            [default: 16 cells]
        classes LIST: Classes that changes are told by: "building,trees,water", or a
            YAML or JSON file of them. [default: land cover]
        swap: The picture that is named first is the later one.
        out FILE: Write the probability of change (Cloud Optimized GeoTIFF), and beside
            it NAME.before.tif and NAME.after.tif with the land cover.
        polygons FILE: Write the changes in the colours of what they became (GeoJSON,
            or GeoPackage by the ending .gpkg).
        overlay FILE: Write before, after and the change side by side (PNG, JPEG,
            WebP).
        map FILE: Write a map of the changes on which both dates are swiped, or with
            words of the places that turned (HTML).
        base FILE|none: Picture of the whole Earth, plate carrée, to lie under the map.
            [default: a small one that comes with rsrag]
        report FILE: Write the fact sheet (JSON, or Markdown by the ending .md).
        caption: Say it in sentences, from the fact sheet alone. A language model, where
            one is named, words them anew as long as it says nothing else.
        ask QUESTION: Answer from the fact sheet: "how many buildings were built in the
            top left?"; may be repeated, and the next may point back: "where is it?"
        encoder NAME: Encoder to look with. [default: $RSRAG_ENCODER or mini]
    """
    one_blas_thread()
    from rsrag.commands.terminal.changed_out import ChangeFiles, write_and_show_change
    from rsrag.commands.terminal.graphics import ground_of
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.commands.terminal.telling import show, tell
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.desk.imagery.over_time.changing import (
        answers_over,
        change_in,
        change_of_maps,
        sentences_of,
    )
    from rsrag.desk.imagery.over_time.pair_choice import check_from, named_pair
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.times.flip_map import write_flips
    from rsrag.rendering.times.timeline_text import flips_mapping, flips_text

    with as_typed():
        _check_worded(llm, caption)
        ground = ground_of(map, base)
    files = ChangeFiles(out, polygons, overlay, map, ground, report)
    if index is not None and before is not None and after is None:
        with as_typed():
            _check_alone(files.of_one_pair or caption or bool(ask))
        with Index(index, settings) as opened:
            turned = opened.flips(
                before, since=since, until=until, top_k=top_k, where=where
            )
            if map is not None:
                write_flips(map, before, turned, ground)
                tell(f"wrote {map}")
        show(json, lambda: flips_mapping(turned), lambda: flips_text(turned))
        return
    with as_typed(), ExitStack() as stack:
        _check_unfollowed(since, until)
        check_from(index, archive)
        for scene in () if index or archive else (before, after):
            check_scene("change", scene or "", None)
        chips = stack.enter_context(Index(index, settings)) if index else None
        pair, chosen = named_pair(before, after, chips, archive, where)
    if chosen:
        tell(chosen)
    pair = pair.turned(options.swap)
    if maps is not None:
        found = change_of_maps(pair, maps, options)
    else:
        model = EncoderChoice(encoder or settings.encoder, checkpoint).load(settings)
        with CountBar("comparing", " cells") as bar:
            found = change_in(pair, model, options, bar)
    sentences: tuple[str, ...] = ()
    if caption:
        with llm.opened(settings) as generator:
            sentences = sentences_of(
                found.sheet,
                generator,
                lambda sentence, why: tell(f'"{sentence}" keeps its words: {why}.'),
            )
    answers = answers_over(found.sheet, ask or ())
    write_and_show_change(pair, found, sentences, answers, files, as_json=json)
