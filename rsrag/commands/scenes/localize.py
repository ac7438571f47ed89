"""``rsrag localize``: where in a scene a thing lies."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import IndexSettings, check_scene
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.commands.options.outputs import PICTURES, written
from rsrag.desk.chosen_settings import one_blas_thread
from rsrag.desk.filtering import filter_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


@command
def localize(
    scene: str | None = None,
    query: str | None = None,
    *,
    like: Path | None = None,
    index: str | None = None,
    scenes: int = 3,
    where: Annotated["Filter", From(filter_of)],
    window: str | None = None,
    stride: Annotated[int | None, typer.Option(min=1)] = None,
    threshold: float = 0.6,
    top_k: int = 10,
    exact: bool = False,
    variant: str | None = None,
    heat: Annotated[Path | None, written(".tif", ".tiff")] = None,
    polygons: Annotated[Path | None, written(".geojson", ".json", ".gpkg")] = None,
    overlay: Annotated[Path | None, written(*PICTURES)] = None,
    map: Annotated[Path | None, written()] = None,
    base: str | None = None,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: IndexSettings,
    json: bool = False,
) -> None:
    """Show where in a scene a thing lies, by words or by a picture of it.

    Options:
        scene SCENE: Picture or raster to look over: a file, ARCHIVE!/MEMBER, or the
            address of a GeoTIFF. With --index, the query.
        query TEXT: What to look for: "a white plane next to the terminal".
        like FILE: Look for what this picture shows.
        index NAME: Look over the scenes of the chips that a search of this index finds.
        scenes N: With --index: most scenes to look over.
        window SIZE: Side of the window that is compared, in pixels (96px) or metres
            (100m). [default: those that serve the encoder well]
        stride N: Pixels from window to window. [default: the encoder's own]
        threshold SHARE: How far an area goes: 0 takes all above the scene's median, 1
            the peak alone.
        top_k N: Most places to print.
        exact: Embed every window by itself. Slow.
        variant NAME: How the last block of an open_clip ViT attends: vanilla,
            maskclip, sclip, qqkkvv, kk or naclip. [default: qqkkvv]
        heat FILE: Write the heat map (Cloud Optimized GeoTIFF; cosine and rank).
        polygons FILE: Write the areas (GeoJSON, or GeoPackage by the ending .gpkg).
        overlay FILE: Write the scene with its heat over it (PNG, JPEG, WebP).
        map FILE: Write a map with the heat and the areas (HTML).
        base FILE|none: Picture of the whole Earth, plate carrée, to lie under the map.
            [default: a small one that comes with rsrag]
        encoder NAME: Encoder to look with. [default: $RSRAG_ENCODER or mini]
    """
    one_blas_thread()
    from rsrag.commands.terminal.graphics import ground_of
    from rsrag.commands.terminal.localized_out import checked_words, write_and_show
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.desk.localizing import (
        LocalizeOptions,
        check_placed_scene,
        localize_in,
        localize_in_index,
    )
    from rsrag.factory import EncoderChoice
    from rsrag.imagery.imagery_options import ImageryOptions

    with as_typed():
        ground = ground_of(map, base)
        scene, query = checked_words(scene, query, like, index, where)
        options = LocalizeOptions(window, stride, threshold, top_k, exact, variant)
        if scene is not None:
            check_scene("localize", scene, query)
    if scene is not None:
        check_placed_scene(scene, polygons, map)
    with CountBar("looking", " cells") as bar:
        if scene is None:
            assert query is not None
            found = list(
                localize_in_index(settings, index, query, where, scenes, options, bar)
            )
        else:
            choice = EncoderChoice(encoder or settings.encoder, checkpoint)
            model = choice.load(settings)
            imagery = ImageryOptions()
            found = [localize_in(scene, model, query, like, options, imagery, bar)]
    write_and_show(found, heat, polygons, overlay, map, ground, as_json=json)
