"""Files as AlphaEarth's and TESSERA's makers write them, of made vectors."""

import numpy as np
import rasterio
from rasterio import Affine

TRANSFORM = Affine(10, 0, 500_000, 0, -10, 4_500_000)
CRS = "EPSG:32630"


def made_vectors(height, width, dim, spots):
    """Unit vectors: noise around one direction, and around another at some spots."""
    rng = np.random.default_rng(0)
    ground, other = np.linalg.qr(rng.normal(size=(dim, 2)))[0].T
    vectors = ground + rng.normal(size=(height, width, dim)) * 0.3 / dim**0.5
    for row, column in spots:
        part = vectors[row : row + 4, column : column + 4]
        part += 2 * other
    return vectors / np.linalg.norm(vectors, axis=2, keepdims=True)


def write_alphaearth(path, vectors, masked=(), upward=False, **profile):
    """Signed bytes whose sign and squared share of 127.5 are the values."""
    stored = np.clip(
        np.rint(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5), -127, 127
    )
    for row, column in masked:
        stored[row, column] = -128
    stored = np.moveaxis(stored, 2, 0).astype(np.int8)
    transform = TRANSFORM
    if upward:
        transform = (
            TRANSFORM @ Affine.translation(0, len(vectors)) @ Affine.scale(1, -1)
        )
        stored = stored[:, ::-1]
    shape = {"count": 64, "height": vectors.shape[0], "width": vectors.shape[1]}
    given = {"dtype": "int8", "nodata": -128, "crs": CRS, **shape, **profile}
    with rasterio.open(path, "w", driver="GTiff", transform=transform, **given) as file:
        file.write(stored.astype(given["dtype"]))
        file.descriptions = [f"A{number:02d}" for number in range(64)]
    return path


def write_tessera(folder, vectors, name="grid_0.15_52.05"):
    """``NAME.npy``, its scales, and the mask of land in the folder of all of them."""
    tile = folder / "global_0.1_degree_representation" / "2024" / name
    land = folder / "global_0.1_degree_tiff_all"
    tile.mkdir(parents=True)
    land.mkdir(exist_ok=True)
    rng = np.random.default_rng(1)
    # Longer and shorter vectors, each with a scale of its own.
    long = vectors * rng.uniform(0.5, 3, (*vectors.shape[:2], 1))
    scales = np.abs(long).max(axis=2) / 127
    stored = np.rint(long / scales[..., None]).astype(np.int8)
    np.save(tile / f"{name}.npy", stored)
    np.save(tile / f"{name}_scales.npy", scales.astype(np.float32))
    shape = {"count": 1, "height": vectors.shape[0], "width": vectors.shape[1]}
    profile = {"dtype": "uint8", "crs": CRS, "transform": TRANSFORM, **shape}
    with rasterio.open(land / f"{name}.tiff", "w", driver="GTiff", **profile) as file:
        file.write(np.ones((1, *vectors.shape[:2]), np.uint8))
    return tile / f"{name}.npy"
