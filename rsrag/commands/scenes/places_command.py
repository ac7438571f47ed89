"""``rsrag similar-places``: where rasters of embeddings are like a place."""

from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.declarations import command
from rsrag.commands.options.outputs import written
from rsrag.desk.chosen_settings import one_blas_thread


@command
def similar_places(
    rasters: list[Path],
    *,
    at: str | None = None,
    area: str | None = None,
    values: str = "auto",
    stride: int = 1,
    top_k: int = 20,
    apart: float = 500.0,
    out: Path | None = None,
    places: Annotated[Path | None, written(".geojson", ".json", ".gpkg")] = None,
    json: bool = False,
) -> None:
    """Find places like one, in rasters that hold an embedding a pixel.

    Options:
        rasters RASTER...: AlphaEarth's annual GeoTIFFs, TESSERA's tiles (NAME.npy with
            NAME_scales.npy and NAME.tiff), or other rasters of embeddings.
        at LON,LAT: The place.
        area AREA: The place, as an area: GeoJSON, WKT or a file of these.
        values HOW: What the values stand for: auto (as the file says; refused if it
            does not), alphaearth, plain or SCALE[,OFFSET].
        stride N: Compare cells of N x N pixels, by the means of their vectors.
        top_k N: Most places to print.
        apart M: Least distance between two places, metres, and to the one asked for.
        out FILE: Write the similarity (Cloud Optimized GeoTIFF); a folder for several
            rasters.
        places FILE: Write the places (GeoJSON, or GeoPackage by the ending .gpkg).
    """
    one_blas_thread()
    from rsrag.analysis.area_files import write_areas
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.telling import show, tell, tell_drawn
    from rsrag.desk.imagery.finding.similar_places import similar_places as search
    from rsrag.rendering.places_alike import alike_features, alike_text

    names = {path.stem for path in rasters}
    several = len(rasters) > 1
    if out is not None and several and (out.suffix or len(names) < len(rasters)):
        raise typer.BadParameter(
            "--out names a folder for several rasters, whose names must differ."
        )
    if (at is None) == (area is None):
        raise typer.BadParameter("give one place: --at LON,LAT or --area AREA.")
    with StageBar(" rows") as bar:
        found = search(
            rasters,
            at=at,
            area=area,
            values=values,
            stride=stride,
            top_k=top_k,
            apart_m=apart,
            progress=bar,
        )
    told = found.to_json()
    show(json, told, lambda: alike_text(told))
    if out is not None:
        for heat in found.heats:
            path = out
            if several:
                out.mkdir(parents=True, exist_ok=True)
                path = out / f"{Path(heat.raster).stem}-similarity.tif"
            found.write(heat, path)
            tell(f"wrote {path}")
    if places is not None:
        rows = alike_features(told)
        write_areas(places, rows, ("rank", "score", "raster"))
        tell_drawn(places, len(rows), "places")
