"""Nine landmarks, some facts and passages, and encoders whose vectors are known.

:class:`ListCatalogue` answers as the catalogue does, by the plainest means.
"""

import numpy as np
import pyarrow as pa
import shapely

from rsrag.errors import KnowledgeError
from rsrag.geo import bbox_geometry, haversine_m
from rsrag.records import Fact, Landmark, Passage, fact_id, landmark_id, passage_id
from rsrag.retrieval.spaces import ImageSpace, Sources, TextSpace
from rsrag.types import BBox, EncoderIdentity
from rsrag.vectors import unit_rows


def landmark(name, category, shape, *aliases, source="small world"):
    wkb = None if shape is None else shapely.to_wkb(shape)
    return Landmark(
        landmark_id("small", name), name, source, "CC0-1.0", aliases, category, wkb
    )


SAHARA = landmark("Sahara", "desert", shapely.box(-10, 15, 30, 33), "Great Desert")
EGYPT = landmark("Egypt", "country", shapely.box(25, 22, 35, 31.5))
OASIS = landmark("Siwa Oasis", "oasis", shapely.box(25.4, 29.1, 25.7, 29.3))
PYRAMID = landmark("Great Pyramid", "tomb", shapely.Point(31.1342, 29.9792))
SPHINX = landmark("Great Sphinx", "statue", shapely.Point(31.1376, 29.9753))
BAIKAL = landmark("Lake Baikal", "lake", shapely.Point(108, 53.5), "Ozero Baykal")
RIVER = landmark(
    "Nile", "river", shapely.LineString([(32, 24), (31.2, 30), (30.4, 31)])
)
FIJI = landmark(
    "Fiji",
    "archipelago",
    shapely.MultiPolygon(
        [shapely.box(177, -19, 180, -16), shapely.box(-180, -19, -179, -16)]
    ),
)
ATLANTIS = landmark("Atlantis", "island", None)
LANDMARKS = (SAHARA, EGYPT, OASIS, PYRAMID, SPHINX, BAIKAL, RIVER, FIJI, ATLANTIS)


def fact(mark, variable, value, period=None):
    key = fact_id(mark.id, variable, period, value)
    return Fact(key, mark.id, variable, value, "small world", "CC0-1.0", period)


DEPTH = fact(BAIKAL, "maximum_depth", "1,642 m")
NDVI_JUNE = fact(OASIS, "ndvi", "0.41", "2022-06")
NDVI_JULY = fact(OASIS, "ndvi", "0.38", "2022-07")
NDVI_EVER = fact(OASIS, "ndvi", "0.40")
HEIGHT = fact(PYRAMID, "height", "138.5 m")
FACTS = (DEPTH, NDVI_JUNE, NDVI_JULY, NDVI_EVER, HEIGHT)


def passage(mark, text, kind="description"):
    of = None if mark is None else mark.id
    key = passage_id(of, kind, text)
    return Passage(key, text, kind, "small world", "CC0-1.0", of)


SAND = passage(SAHARA, "Sand dunes roll to the horizon of the great desert.")
TOMB = passage(PYRAMID, "A tomb of stone for a king, above the desert.", "history")
SALT = passage(OASIS, "Springs, palms and salt lakes below the level of the sea.")
ICE = passage(BAIKAL, "Clear ice covers the lake from January to May.")
LOOSE = passage(None, "A note on desert travel that names no place.", "document")
PASSAGES = (SAND, TOMB, SALT, ICE, LOOSE)


class ListCatalogue:
    """Lists and loops. BM25 here counts how often the words of the query occur."""

    def __init__(self):
        self.by_id = {r.id: r for r in (*LANDMARKS, *FACTS, *PASSAGES)}

    def _get(self, ids):
        missing = [i for i in ids if i not in self.by_id]
        if missing:
            raise KnowledgeError(f"no record {missing}")
        return [self.by_id[i] for i in ids]

    landmarks = facts_by_id = passages = _get

    def facts(self, landmark_id, variable=None, period=None):
        return [
            f
            for f in FACTS
            if f.landmark_id == landmark_id
            and variable in (None, f.variable)
            and period in (None, f.period)
        ]

    def bm25(self, text, limit, landmark_id=None):
        texts = {p.id: p.text for p in PASSAGES if landmark_id in (None, p.landmark_id)}
        return _counted(text, texts, limit)

    def bm25_facts(self, text, limit):
        names = {mark.id: mark.name for mark in LANDMARKS}
        texts = {
            f.id: f"{names[f.landmark_id]} {f.variable.replace('_', ' ')} {f.value}"
            for f in FACTS
        }
        return _counted(text, texts, limit)

    def inside(self, area, limit):
        area = bbox_geometry(area) if isinstance(area, BBox) else area
        return [m for m in LANDMARKS if m.shape and m.shape.intersects(area)][:limit]

    def near(self, lon, lat, radius_m, limit):
        """Distance to the nearest corner; good enough for points."""
        point, found = shapely.Point(lon, lat), []
        for mark in LANDMARKS:
            if mark.shape is not None:
                corners = shapely.get_coordinates(mark.shape)
                away = min(haversine_m(lon, lat, *corner) for corner in corners)
                away = 0.0 if mark.shape.intersects(point) else away
                if away <= radius_m:
                    found.append((mark, away))
        return sorted(found, key=lambda pair: (pair[1], pair[0].id))[:limit]


def words(text):
    return [word.strip(".,?").lower() for word in text.split()]


def _counted(text, texts, limit):
    asked = set(words(text))
    scores = {i: sum(w in asked for w in words(t)) / 10 for i, t in texts.items()}
    order = sorted((-score, i) for i, score in scores.items() if score)
    return [(i, -score) for score, i in order][:limit]


AXES = ("desert", "tomb", "lake", "salt", "ice", "sea")


class WordEncoder:
    """An axis for each of six words; a picture lies on the axis that its red names.

    Everything also has a little of the last axis, so that nothing is without length.
    """

    max_tokens = 77

    def __init__(self, name="words"):
        self.identity = EncoderIdentity(name, "0" * 64, "none", len(AXES) + 1)
        self.texts_read = 0
        self.images_read = 0

    def count_tokens(self, texts):
        return [len(text.split()) for text in texts]

    def encode_texts(self, texts):
        self.texts_read += len(texts)
        return unit_rows(
            [[*(words(t).count(axis) for axis in AXES), 0.1] for t in texts]
        )

    def prepare_image(self, image):
        return image

    def encode_prepared(self, batch):
        rows = np.full((len(batch), len(AXES) + 1), 0.1)
        for row, image in zip(rows, batch, strict=True):
            row[int(image[0, 0, 0])] = 1.0
        return unit_rows(rows)

    def encode_images(self, images):
        self.images_read += len(images)
        return self.encode_prepared(images)


def picture(axis):
    return np.full((2, 2, 3), AXES.index(axis), np.uint8)


def fill(store, vectors, rows):
    store.upsert(vectors, pa.Table.from_pylist(rows))
    return store


def small_sources(new_store, catalogue=None):
    """Every source there is.

    Args:
        new_store: makes an empty store of a dim.
        catalogue: instead of :class:`ListCatalogue`.
    """
    encoder = WordEncoder()
    dim = encoder.identity.dim
    pieces = [
        (p, number, piece)
        for p in PASSAGES
        for number, piece in enumerate(p.text.split(", "))
    ]
    vectors = encoder.encode_texts([piece for _, _, piece in pieces])
    rows = [
        {
            "id": f"{p.id}#{number}",
            "kind": "passage",
            "record_id": p.id,
            "landmark_id": p.landmark_id,
            "chunk_type": p.chunk_type,
        }
        for p, number, _ in pieces
    ]
    shown = (
        (SAHARA, "desert"),
        (PYRAMID, "tomb"),
        (PYRAMID, "desert"),
        (BAIKAL, "ice"),
    )
    reference = encoder.encode_images([picture(axis) for _, axis in shown])
    images = [
        {
            "id": f"{mark.id}@{number}",
            "kind": "landmark",
            "record_id": mark.id,
            "landmark_id": mark.id,
        }
        for number, (mark, _) in enumerate(shown)
    ]
    seen = (("chip-sand", "desert", 10, 20), ("chip-ice", "ice", 107, 53))
    chip_vectors = encoder.encode_images([picture(axis) for _, axis, _, _ in seen])
    chips = [chip_row(name, lon, lat) for name, _, lon, lat in seen]
    encoder.texts_read = encoder.images_read = 0
    text = WordEncoder("sentences")
    return Sources(
        catalogue or ListCatalogue(),
        TextSpace(fill(new_store(dim), vectors, rows), text),
        ImageSpace(fill(new_store(dim), vectors, rows), encoder),
        ImageSpace(fill(new_store(dim), reference, images), encoder),
        ImageSpace(fill(new_store(dim), chip_vectors, chips), encoder),
    )


def chip_row(name, lon, lat, size=2.0):
    box = (lon, lat, lon + size, lat + size)
    return {
        "id": name,
        "source": f"archive.tar!/{name}.tif",
        "geometry": shapely.to_wkb(shapely.box(*box)),
        "bbox": dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)),
    }
