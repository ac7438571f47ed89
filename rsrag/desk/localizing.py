"""Where in scenes a thing lies: files, or the scenes of an index's best chips."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.desk.argument_check import Progress, quiet, told
from rsrag.desk.imagery.finding.pictures import pixels_of
from rsrag.errors import QueryError
from rsrag.factory import named_encoder
from rsrag.imagery.sources.urls import whereabouts

if TYPE_CHECKING:
    from rsrag.analysis.localization import Localized
    from rsrag.config import Settings
    from rsrag.desk.imagery.finding.pictures import PictureLike
    from rsrag.filters import Filter
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.reading import SceneReading
    from rsrag.interfaces import Encoder


@dataclass(frozen=True, slots=True)
class LocalizeOptions:
    """How scenes are looked over.

    Attributes:
        window: side of the window, ``96px`` or ``100m``; the encoder's own by default.
        stride_px: from window to window.
        threshold: how far down the way from a peak to the scene's median its area
            goes, 0 to 1.
        top_k: most peaks to give.
        exact: embed every window by itself, which is slow.
        variant: how the last block of a vision transformer attends.
    """

    window: str | None = None
    stride_px: int | None = None
    threshold: float = 0.6
    top_k: int = 10
    exact: bool = False
    variant: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.window is not None:
            from rsrag.imagery.imagery_options import Size

            Size.parse(self.window)
        if not 0 <= self.threshold <= 1:
            raise QueryError(f"--threshold is {self.threshold}, not a share 0 to 1.")
        if self.top_k < 1:
            raise QueryError(f"--top-k is {self.top_k}; it must be at least 1.")
        if self.stride_px is not None and self.stride_px < 1:
            raise QueryError(f"--stride is {self.stride_px}; it must be at least 1.")


def check_asked(query: str | None, like: object) -> None:
    """Refuse to look for nothing, or for two things; a ``QueryError``."""
    if (query is None) == (like is None):
        raise QueryError(
            "Say what to look for: words, or a picture of it.",
            hint='rsrag localize SCENE "a river", or --like FILE',
        )


@told
def localize(
    scene: str | Path,
    query: str | None = None,
    *,
    like: "PictureLike | None" = None,
    window: str | None = None,
    stride_px: int | None = None,
    threshold: float = 0.6,
    top_k: int = 10,
    exact: bool = False,
    variant: str | None = None,
    encoder: str | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = quiet,
) -> "Localized":
    """Where in a scene a thing lies.

    Args:
        scene: path, ``ARCHIVE!/MEMBER``, or the address of a GeoTIFF.
        query: words for it; or
        like: a picture of it.
        window: side of the window, ``"96px"`` or ``"100m"``; the encoder's own by
            default.
        stride_px: from window to window.
        threshold: how far down the way from a peak to the scene's median its area
            goes, 0 to 1.
        top_k: most peaks to give.
        exact: embed every window by itself, which is slow.
        variant: how the last block of an open_clip vision transformer attends:
            ``vanilla``, ``maskclip``, ``sclip``, ``qqkkvv`` (the default), ``kk``,
            ``naclip``.
        encoder: ``mini``, a model, or ``open_clip:ARCHITECTURE``.
        checkpoint: its weights.
        progress: told how many cells of how many are done.

    Raises:
        QueryError: neither words nor a picture, or both.
        ImageryError: the scene or the picture cannot be read, or holds no data.
    """
    from rsrag.imagery.imagery_options import ImageryOptions

    options = LocalizeOptions(window, stride_px, threshold, top_k, exact, variant)
    return localize_in(
        str(scene),
        named_encoder(encoder, checkpoint),
        query,
        like,
        options,
        ImageryOptions(),
        progress,
    )


def check_placed_scene(source: str, *files: Path | None) -> None:
    """Refuse to look a scene over for files that a scene without a place cannot have.

    Args:
        files: that areas on the Earth are to be written to; ``None``: not asked for.

    Raises:
        ConfigError: the scene has no place on the Earth, and there is such a file.
        ImageryError: the scene cannot be read.
    """
    if not any(files):
        return
    from rsrag.analysis.area_files import check_placed
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.scenes import reopen_scene

    with closing(reopen_scene(whereabouts(source), ImageryOptions())) as scene:
        check_placed(scene.place, scene.source, "what lies in it")


def localize_in(
    source: str,
    encoder: "Encoder",
    query: str | None,
    like: "PictureLike | None",
    options: LocalizeOptions,
    imagery: "ImageryOptions",
    progress: Progress = quiet,
) -> "Localized":
    """As :func:`localize`, with an encoder that is there."""
    from rsrag.imagery.scenes import reopen_scene

    with closing(reopen_scene(whereabouts(source), imagery)) as scene:
        return localize_over(scene, encoder, query, like, options, progress)


def localize_over(
    scene: "SceneReading",
    encoder: "Encoder",
    query: str | None,
    like: "PictureLike | None",
    options: LocalizeOptions,
    progress: Progress = quiet,
) -> "Localized":
    """As :func:`localize`, over a scene that is open."""
    from rsrag.analysis.exact_windows import dense
    from rsrag.analysis.localization import background_of, localize, plan_for
    from rsrag.imagery.imagery_options import Size

    check_asked(query, like)
    if query is not None and not query.strip():
        raise QueryError("The query is empty.", hint='rsrag localize SCENE "a river"')
    size = None if options.window is None else Size.parse(options.window)
    if query is not None:
        vector, words = encoder.encode_texts([query]), query
    else:
        assert like is not None
        vector, words = encoder.encode_images([pixels_of(like)]), _words_of(like)
    looking = dense(encoder, exact=options.exact, variant=options.variant)
    plan = plan_for(looking, scene.metadata.gsd_m, size, options.stride_px)
    return localize(
        scene,
        looking,
        words,
        vector,
        plan,
        bank=looking.dense_bank,
        background=None if query is None else background_of(encoder),
        threshold=options.threshold,
        top_k=options.top_k,
        progress=progress,
    )


def _words_of(like: "PictureLike") -> str:
    return f"like {like}" if isinstance(like, str | Path) else "like the picture"


def localize_in_index(
    settings: "Settings",
    name: str | None,
    query: str,
    where: "Filter | None",
    scenes: int,
    options: LocalizeOptions,
    progress: Progress = quiet,
) -> "Iterator[Localized]":
    """The same in the scenes of the chips that a search finds, best first.

    Args:
        scenes: how many scenes to look over at most.
    """
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.retrieval.query import terms_of
    from rsrag.retrieval.store_search import SearchOptions

    with Index(name, settings) as index:
        asked = [terms_of(query)]
        hits = index.find_all(asked, SearchOptions(20 * scenes, where, None, False))[0]
        sources = list(dict.fromkeys(hit.source for hit in hits))[:scenes]
        with index.use() as generation:
            for source in sources:
                yield localize_in(
                    source,
                    generation.encoder,
                    query,
                    None,
                    options,
                    generation.options,
                    progress,
                )
