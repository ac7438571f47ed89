"""``rsrag ground``: which thing in a scene a phrase means."""

from pathlib import Path
from typing import Annotated

from rsrag.commands.options.arguments import ThreadSettings, check_scene
from rsrag.commands.options.declarations import as_typed, command
from rsrag.commands.options.outputs import PICTURES, written
from rsrag.desk.chosen_settings import one_blas_thread


@command
def ground(
    scene: str,
    phrase: str,
    *,
    top_k: int = 1,
    boxes: Annotated[Path | None, written(".geojson", ".json", ".gpkg")] = None,
    overlay: Annotated[Path | None, written(*PICTURES)] = None,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: ThreadSettings,
    json: bool = False,
) -> None:
    """Find the thing in a scene that a phrase means, as a box with its reasons.

    Options:
        scene SCENE: Picture or raster to look at: a file, ARCHIVE!/MEMBER, or the
            address of a GeoTIFF.
        phrase TEXT: The thing, its size, order, position and what it lies next to: "the
            largest plane at the top right".
        top_k N: Most boxes to print.
        boxes FILE: Write the boxes (GeoJSON, or GeoPackage by the ending .gpkg).
        overlay FILE: Write the scene with the boxes on it (PNG, JPEG, WebP).
        encoder NAME: Encoder to look with. [default: $RSRAG_ENCODER or mini]
    """
    one_blas_thread()
    from rsrag.commands.terminal.grounded_out import write_and_show_boxes
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.desk.localizing import check_placed_scene
    from rsrag.desk.phrase_grounding import ground_in
    from rsrag.factory import EncoderChoice

    with as_typed():
        check_scene("ground", scene, phrase)
    check_placed_scene(scene, boxes)
    model = EncoderChoice(encoder or settings.encoder, checkpoint).load(settings)
    with CountBar("looking", " cells") as bar:
        found = ground_in(scene, model, phrase, top_k, bar)
    write_and_show_boxes(found, boxes, overlay, as_json=json)
