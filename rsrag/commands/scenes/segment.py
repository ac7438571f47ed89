"""``rsrag segment``: what covers a scene."""

from pathlib import Path
from typing import Annotated

from rsrag.commands.options.arguments import ThreadSettings, check_scene
from rsrag.commands.options.declarations import as_typed, command
from rsrag.commands.options.outputs import PICTURES, written
from rsrag.desk.chosen_settings import one_blas_thread
from rsrag.desk.segmenting import MARGIN


@command
def segment(
    scene: str,
    thing: str | None = None,
    *,
    classes: str | None = None,
    preset: str | None = None,
    head: str = "auto",
    margin: float = MARGIN,
    closed: bool = False,
    refine: bool = False,
    window: str | None = None,
    out: Annotated[Path | None, written(".tif", ".tiff")] = None,
    polygons: Annotated[Path | None, written(".geojson", ".json", ".gpkg")] = None,
    min_area: str | None = None,
    probabilities: Annotated[Path | None, written(".tif", ".tiff")] = None,
    masks: Annotated[Path | None, written(".json")] = None,
    overlay: Annotated[Path | None, written(*PICTURES)] = None,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    json: bool = False,
) -> None:
    """Say what covers a scene: classes cell by cell, or where one thing is.

    Options:
        scene SCENE: Picture or raster to divide: a file, ARCHIVE!/MEMBER, or the
            address of a GeoTIFF.
        thing TEXT: One thing to find: "the pond left of the road".
        classes LIST: Classes to tell apart, with words for them if you like:
            "building,road,trees=trees|forest"; or a YAML or JSON file of them.
        preset NAME: Classes that come with the package, in their published colours:
            landcover, loveda, isaid, openearthmap, deepglobe, worldcover, dynamicworld,
            potsdam, dronedeploy, korea, roads.
        head HEAD: What tells the classes: cover (a small head for land cover), text, or
            auto (the cover head for the classes it knows, text for the rest).
        margin SHARE: Lead that the likeliest class must have, or a cell has no class.
        closed: One of the classes is right everywhere.
        refine: Draw the classes' edges along those of the picture, pixel by pixel.
        window SIZE: Side of the window that texts are compared with, in pixels (96px)
            or metres (100m). [default: those that serve the encoder well]
        out FILE: Write the map of classes (Cloud Optimized GeoTIFF with colours and
            names; 0 is no data, 255 no class).
        polygons FILE: Write the areas (GeoJSON, or GeoPackage by the ending .gpkg).
        min_area SIZE: Leave out polygons smaller than this: 200m2, 1ha, 400px.
            [default: 16 cells]
        probabilities FILE: Write each class's probability, a band each, in percent.
        masks FILE: Write each class's pixels as run lengths of COCO, in
            GeoPixInstruct's form (JSON).
        overlay FILE: Write the scene with the classes' colours over it (PNG, JPEG,
            WebP).
        encoder NAME: Encoder to look with. [default: $RSRAG_ENCODER or mini]
    """
    one_blas_thread()
    from rsrag.analysis.cover.cover_areas import AreaSize
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.commands.terminal.segmented_out import write_and_show_cover
    from rsrag.desk.localizing import check_placed_scene
    from rsrag.desk.segmenting import SegmentOptions, asked_of, segment_in
    from rsrag.factory import EncoderChoice
    from rsrag.imagery.imagery_options import ImageryOptions

    shares = probabilities is not None
    with as_typed():
        asked = asked_of(classes, preset, thing)
        smallest = None if min_area is None else AreaSize.parse(min_area)
        options = SegmentOptions.of(head, margin, closed, window, shares, refine)
        check_scene("segment", scene, thing)
    check_placed_scene(scene, polygons)
    model = EncoderChoice(encoder or settings.encoder, checkpoint).load(settings)
    with CountBar("looking", " cells") as bar:
        found = segment_in(scene, model, asked, options, ImageryOptions(), bar)
    write_and_show_cover(
        found, out, polygons, smallest, probabilities, masks, overlay, as_json=json
    )
