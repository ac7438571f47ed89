"""A home with all the files that the pages of the documentation speak of."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import rasterio
import shapely
from PIL import Image
from rasterio import Affine

COLOURS = {
    "desert": (222, 190, 130),
    "ice sheet": (245, 248, 250),
    "lake": (10, 40, 110),
    "forest": (20, 80, 30),
}


def pixels(kind: str, seed: int, side: int = 64) -> np.ndarray:
    grain = np.random.default_rng(seed).normal(0, 6, (side, side, 1))
    return np.clip(np.array(COLOURS[kind]) + grain, 0, 255).astype(np.uint8)


def grid(box, side: int) -> Affine:
    west, south, east, north = box
    return Affine((east - west) / side, 0, west, 0, (south - north) / side, north)


def write_tif(path: Path, kind: str, seed: int, box, crs: str = "EPSG:4326") -> None:
    data = np.moveaxis(pixels(kind, seed, 128), 2, 0)
    profile = {"driver": "GTiff", "count": 3, "dtype": "uint8", "crs": crs}
    transform = grid(box, 128)
    with rasterio.open(
        path, "w", width=128, height=128, transform=transform, **profile
    ) as tif:
        tif.write(data)


def write_sentinel(path: Path) -> None:
    box = (500_000, 5_400_000, 502_560, 5_402_560)
    profile = {"driver": "GTiff", "count": 3, "dtype": "uint16", "crs": "EPSG:32631"}
    with rasterio.open(
        path,
        "w",
        width=256,
        height=256,
        transform=grid(box, 256),
        **profile,
    ) as tif:
        for number, name in enumerate(("B04", "B03", "B02"), 1):
            values = np.random.default_rng(number).integers(500, 3000, (256, 256))
            tif.write(values.astype(np.uint16), number)
            tif.set_band_description(number, name)


def write_tar(path: Path, names: dict[str, str]) -> None:
    with tarfile.open(path, "w") as tar:
        for seed, (name, kind) in enumerate(names.items()):
            data = io.BytesIO()
            Image.fromarray(pixels(kind, seed)).save(data, "PNG")
            info = tarfile.TarInfo(name)
            info.size = len(data.getvalue())
            data.seek(0)
            tar.addfile(info, data)


def write_lines(path: Path, rows) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_stac(folder: Path) -> None:
    """A catalogue of one item, whose asset lies beside it."""
    folder.mkdir()
    box = [-6, 40, -5.5, 40.5]
    item = {"type": "Feature", "stac_version": "1.0.0", "id": "one", "bbox": box}
    item["geometry"] = shapely.geometry.mapping(shapely.box(*box))
    item["properties"] = {"datetime": "2022-06-01T10:00:00Z", "eo:cloud_cover": 3}
    item["links"] = []
    write_tif(folder / "one.tif", "lake", 80, box)
    picture = {"href": "one.tif", "roles": ["visual"]}
    item["assets"] = {"visual": picture | {"type": "image/tiff; application=geotiff"}}
    (folder / "one.json").write_text(json.dumps(item))
    catalog = {"type": "Catalog", "stac_version": "1.0.0", "id": "all"}
    catalog |= {
        "description": "One scene.",
        "links": [{"rel": "item", "href": "one.json"}],
    }
    (folder / "catalog.json").write_text(json.dumps(catalog))


def furnish(home: Path) -> None:
    """Write the files into a folder that is the home and the working directory."""
    for folder in ("imagery", "photos", "chips/desert", "chips/lake", "new"):
        (home / folder).mkdir(parents=True)
    kinds = list(COLOURS)
    for number in range(8):
        kind, west = kinds[number % 4], -6 + number
        box = (west, 40, west + 0.5, 40.5)
        write_tif(home / "imagery" / f"scene{number}.tif", kind, number, box)
        name = home / "photos" / f"photo{number}.png"
        Image.fromarray(pixels(kind, 20 + number)).save(name)
    write_tif(home / "chip.tif", "lake", 77, (107, 53, 107.6, 53.3))
    write_tif(home / "scene.tif", "desert", 78, (10, 25, 10.5, 25.5))
    for name, kind in {"before": "forest", "after": "desert"}.items():
        write_tif(home / f"{name}.tif", kind, 81, (5, 40, 5.01, 40.01))
    write_tif(home / "new" / "more.tif", "lake", 79, (4, 40, 4.5, 40.5))
    for folder in ("archive", "s2"):
        write_stac(home / folder)
    write_sentinel(home / "S2A_T31.tif")
    for name in ("unknown.jpg", "other.png", "picture.jpg"):
        Image.fromarray(pixels("desert", 50)).save(home / name)
    for kind in ("desert", "lake"):
        for seed in range(4):
            name = home / "chips" / kind / f"{kind}{seed}.png"
            Image.fromarray(pixels(kind, 60 + seed)).save(name)
    Image.fromarray(pixels("forest", 51, 512)).save(home / "mosaic.jpg")
    written = {f"{kind.split()[0]}{n}.png": kind for kind in COLOURS for n in range(2)}
    with zipfile.ZipFile(home / "more.zip", "w") as archive:
        archive.write(home / "photos" / "photo0.png", "photo.png")
    for name in ("archive", "train-000", "valid-000", "flights"):
        write_tar(home / f"{name}.tar", written)
    rows = [
        {"file": file, "label": kind, "captions": [f"this is a {kind} .", f"a {kind}"]}
        for file, kind in written.items()
    ]
    write_lines(home / "train.jsonl", rows)
    write_lines(home / "valid.jsonl", rows)
    lines = [f"{file},2023-05-0{n + 1},0.5" for n, file in enumerate(written)]
    (home / "flights.csv").write_text("file,datetime,gsd_m\n" + "\n".join(lines) + "\n")
    asked = [("human", "<image>\nWhat is this?"), ("gpt", "A lake.")]
    turns = [{"from": who, "value": text} for who, text in asked]
    chat = {"id": 1, "image": "lake.jpg", "conversations": turns, "source": "own"}
    (home / "chats.json").write_text(json.dumps([chat]))
    Image.fromarray(pixels("lake", 52)).save(home / "lake.jpg")
    record = {"id": "7", "image_src": "https://example.org/scene0.tif", "lat": 40.25}
    record |= {"lon": -5.75, "location": "Spain", "satellite": "Sentinel-2"}
    record |= {"sensor": "MSI", "tag": "fire"}
    record |= {"captions": [f"smoke over a desert {n}" for n in range(5)]}
    (home / "gaia.json").write_text(json.dumps([record]))
    west = shapely.geometry.mapping(shapely.box(-6, 40, -5.7, 40.5))
    dune = {"type": "Feature", "geometry": west, "properties": {"natural": "sand"}}
    features = {"type": "FeatureCollection", "features": [dune]}
    (home / "map.geojson").write_text(json.dumps(features))
    told = [
        {"file": "a.png", "prediction": "a desert", "answer": "a desert"},
        {"file": "b.png", "prediction": "a lake", "answer": "a forest"},
    ]
    write_lines(home / "predictions.jsonl", told)
    said = {"a.png": "a desert of sand", "b.png": "a dark lake"}
    sentences = [[file, [{"raw": text}]] for file, text in said.items()]
    images = [{"filename": file, "sentences": texts} for file, texts in sentences]
    (home / "captions.json").write_text(json.dumps({"images": images}))
    (home / "questions.txt").write_text("a desert\na lake\n")
    talk = [{"said": "find an ice sheet"}, {"said": "the second", "of": "hit 2"}]
    only = {"words": "an ice sheet", "datetime": "2021"}
    talk.append({"said": "only in 2021", "search": only})
    (home / "talks.jsonl").write_text(json.dumps({"turns": talk}))
    (home / "talk.txt").write_text(
        "find an ice sheet\nthe second\nwhat is near it?\n@chip.tif what is this?\n"
        "@scene.tif and this one?\nhow deep is Lake Baikal?\n"
        "when was the Golden Gate Bridge opened?\nand how long is it?\n"
        "back to Lake Baikal\nwhere is it?\n"
    )
    (home / "classes.txt").write_text("\n".join(COLOURS) + "\n")
    (home / "places.csv").write_text("name,lon,lat,category\nOur Hut,9.5,47.1,hut\n")
    peak = {"name": "Zugspitze", "lon": 10.985, "lat": 47.421, "elevation": "2962 m"}
    peak |= {"source": "Own survey", "licence": "CC0-1.0"}
    (home / "peaks.json").write_text(json.dumps([peak]))
    table = "NAME;X;Y;Height\nZugspitze;10.985;47.421;2962 m\n"
    (home / "peaks.csv").write_text(table)
    area = shapely.geometry.mapping(shapely.box(-6, 39, 3, 42))
    (home / "city.geojson").write_text(json.dumps(area))
    (home / "baikal.md").write_text("# Seals\n\nSeals live in the lake all year.\n")
    frame = {"DAM_NAME": ["High Dam"], "height": [99.0]}
    dams = geopandas.GeoDataFrame(
        frame, geometry=[shapely.Point(9, 47)], crs="EPSG:4326"
    )
    dams.to_file(home / "dams.gpkg", layer="dams")
    place = {"type": "Feature", "id": "way/1", "geometry": area}
    place["properties"] = {"name": "Old Port", "harbour": "yes", "natural": "bay"}
    collection = {"type": "FeatureCollection", "features": [place]}
    (home / "berlin.geojson").write_text(json.dumps(collection))
