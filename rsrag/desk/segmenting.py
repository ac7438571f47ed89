"""What covers a scene: classes cell by cell, or where one thing is."""

import dataclasses
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from rsrag.desk.argument_check import Progress, quiet, told
from rsrag.errors import QueryError
from rsrag.factory import named_encoder
from rsrag.imagery.sources.urls import whereabouts

if TYPE_CHECKING:
    from rsrag.analysis.cover.cover_classes import ClassList
    from rsrag.analysis.cover.cover_map import HeadChoice, Segmented
    from rsrag.encoders.cover_head import CoverHead
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.reading import SceneReading
    from rsrag.interfaces import Encoder

Classes = str | Path | Sequence[str]
MARGIN = 0.1
SIDES = ("left of", "right of", "above", "below")
"""Relations between things that no vector of a phrase tells."""
_FILES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How scenes are divided.

    Attributes:
        head: ``cover``, ``text``, or ``auto``: the cover head for what it knows.
        margin: that the likeliest class must lead by, 0 to 1.
        closed: one of the classes is right everywhere.
        window: side of the window that texts are compared with, ``96px`` or ``100m``.
        shares: keep every class's probability.
        refine: draw edges along those of the picture, pixel by pixel.
    """

    head: "HeadChoice" = "auto"
    margin: float = MARGIN
    closed: bool = False
    window: str | None = None
    shares: bool = False
    refine: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not 0 <= self.margin <= 1:
            raise QueryError(f"--margin is {self.margin}, not a share 0 to 1.")

    @classmethod
    def of(
        cls,
        head: str,
        margin: float,
        closed: bool,
        window: str | None,
        shares: bool,
        refine: bool = False,
    ) -> "SegmentOptions":
        """Options of plain words.

        Raises:
            QueryError: a head that there is not, or a margin that cannot be.
        """
        from rsrag.analysis.cover.cover_map import HeadChoice

        if head not in get_args(HeadChoice):
            raise QueryError(f"--head is {head!r}.", hint="auto, cover or text")
        return cls(cast("HeadChoice", head), margin, closed, window, shares, refine)


@told
def segment(
    scene: str | Path,
    classes: Classes | None = None,
    *,
    preset: str | None = None,
    thing: str | None = None,
    head: str = "auto",
    margin: float = MARGIN,
    closed: bool = False,
    window: str | None = None,
    shares: bool = False,
    refine: bool = False,
    encoder: str | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = quiet,
) -> "Segmented":
    """Which class covers each cell of a scene.

    Args:
        scene: path, ``ARCHIVE!/MEMBER``, or the address of a GeoTIFF.
        classes: names, ``"building,road,trees=trees|forest"``, or the path of a YAML or
            JSON file; or
        preset: a list that comes with the package, such as ``landcover``; or
        thing: words for one thing, which is there or is not.
        head: ``"cover"``, the small head for land cover; ``"text"``; or ``"auto"``, the
            cover head for the classes that it knows, and text for the rest.
        margin: that the likeliest class must lead by, 0 to 1, or a cell has none.
        closed: one of the classes is right everywhere.
        window: side of the window that texts are compared with, ``"96px"`` or
            ``"100m"``; the encoder's own by default.
        shares: keep every class's probability.
        refine: draw edges along those of the picture, in cells of single pixels.
        encoder: ``mini``, a model, or ``open_clip:ARCHITECTURE``.
        checkpoint: its weights.
        progress: told how many cells of how many are done.

    Raises:
        QueryError: not one of classes, preset and thing, or classes that cannot be.
        ImageryError: the scene cannot be read, or holds no data.
    """
    from rsrag.imagery.imagery_options import ImageryOptions

    options = SegmentOptions.of(head, margin, closed, window, shares, refine)
    asked = asked_of(classes, preset, thing)
    model = named_encoder(encoder, checkpoint)
    return segment_in(str(scene), model, asked, options, ImageryOptions(), progress)


def asked_of(
    classes: Classes | None, preset_name: str | None, thing: str | None = None
) -> "ClassList | str":
    """The classes that were asked for, or the one thing.

    Raises:
        QueryError: none of the three, several, or classes that cannot be.
    """
    from rsrag.analysis.grounding.thing_phrases import take_apart

    if sum(one is not None for one in (classes, preset_name, thing)) != 1:
        raise QueryError(
            "Say what to tell apart, in one way: classes, a preset, or one thing.",
            hint='--classes "building,road,water,trees", --preset landcover, or '
            '"a river"',
        )
    if thing is None:
        return classes_of(classes, preset_name)
    if not thing.strip() or "," in thing or "=" in thing:
        raise QueryError(
            f"{thing!r} is not one thing.",
            hint='rsrag segment SCENE "a river"; several: --classes "river,road"',
        )
    phrase = take_apart(thing)
    if phrase.relation in SIDES:
        raise QueryError(
            f"{thing!r} says on which side of another thing it lies, which a map of "
            "what looks like the words does not look at.",
            hint=f'rsrag ground SCENE "{thing}", or rsrag segment SCENE '
            f'"{phrase.noun}"',
        )
    return thing


def classes_of(classes: Classes | None, preset_name: str | None) -> "ClassList":
    """Classes by names, from a file, or of a preset.

    Raises:
        QueryError: classes that cannot be, or no such preset.
    """
    from rsrag.analysis.cover.cover_classes import parse_classes, preset, read_classes

    if preset_name is not None:
        return preset(preset_name)
    named = isinstance(classes, str) and classes.lower().endswith(_FILES)
    if named or isinstance(classes, Path):
        return read_classes(Path(str(classes)).expanduser())
    names = classes if isinstance(classes, str) else ",".join(classes or ())
    return parse_classes(names)


def segment_in(
    source: str,
    encoder: "Encoder",
    asked: "ClassList | str",
    options: SegmentOptions,
    imagery: "ImageryOptions",
    progress: Progress = quiet,
) -> "Segmented":
    """As :func:`segment`, with an encoder that is there, of classes or one thing."""
    from rsrag.imagery.scenes import reopen_scene

    with closing(reopen_scene(whereabouts(source), imagery)) as scene:
        return segment_over(scene, encoder, asked, options, progress)


def segment_over(
    scene: "SceneReading",
    encoder: "Encoder",
    asked: "ClassList | str",
    options: SegmentOptions,
    progress: Progress = quiet,
) -> "Segmented":
    """As :func:`segment_in`, over a scene that is open."""
    from rsrag.analysis.cover.cover_classes import one_class
    from rsrag.analysis.cover.cover_map import heads_for
    from rsrag.analysis.cover.one_thing import segment_one
    from rsrag.analysis.cover.picture_edges import check_refinable, refined
    from rsrag.analysis.cover.segmentation import segment
    from rsrag.analysis.exact_windows import dense
    from rsrag.analysis.localization import plan_for
    from rsrag.imagery.imagery_options import Size
    from rsrag.rag.looking.scene import mean_vectors, temperature_of

    one_thing = isinstance(asked, str)
    if isinstance(asked, str):
        asked = one_class(asked)
    looking = dense(encoder)
    known: CoverHead | None = getattr(looking, "cover_head", None)
    heads = heads_for(asked.classes, options.head, known)
    if len(heads) == 1 and heads[0] == "text" and not one_thing:
        raise QueryError(
            f"{asked.classes[0].name} is the only class, and text needs another to "
            "compare it with.",
            hint=f'rsrag segment SCENE "{asked.classes[0].name}" finds one thing',
        )
    if options.refine:
        check_refinable(scene)
    size = Size.parse(options.window) if options.window else None
    plan = plan_for(looking, scene.metadata.gsd_m, size)
    words = [one.words for one in asked.classes] if "text" in heads else ()
    vectors = mean_vectors(words, encoder)
    if one_thing and heads[0] == "text":
        found = segment_one(scene, looking, asked.classes[0], vectors, plan, progress)
        return refined(found, scene) if options.refine else found
    found = segment(
        scene,
        looking,
        asked.classes,
        heads,
        vectors,
        plan,
        head=known,
        temperature=temperature_of(encoder),
        margin=options.margin,
        closed=options.closed,
        keep_shares=options.shares,
        progress=progress,
    )
    if options.refine:
        found = refined(found, scene)
    if one_thing and found.nothing and not found.nothing.startswith("the scene"):
        sees = f"the cover head sees no {asked.classes[0].covers[0]} in it"
        return dataclasses.replace(found, nothing=sees)
    return found
