"""Knowledge indexes from records to parts and stores, with toy encoders."""

import dataclasses
import hashlib
import json
import re
from contextlib import closing

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from PIL import Image

from rsrag.config import Settings
from rsrag.errors import (
    ConfigError,
    IndexCorruptError,
    IndexLockedError,
    IndexMismatchError,
    IndexNotFoundError,
    KnowledgeError,
    QueryError,
)
from rsrag.factory import open_index
from rsrag.filters import Filter
from rsrag.indexing.format.chip_schema import split_embeddings
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
from rsrag.indexing.generations.listing_indexes import index_details, index_summary
from rsrag.indexing.knowledge import space_rows
from rsrag.indexing.knowledge.knowledge_build import KnowledgeRequest, build_knowledge
from rsrag.indexing.knowledge.knowledge_source import (
    choose_collections,
    knowledge_fingerprint,
    knowledge_source,
)
from rsrag.indexing.knowledge.vector_log import VectorLog
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.collection import Records, write_collection
from rsrag.records import Landmark, Passage, landmark_id, passage_id
from rsrag.store_factory import drop_store, store_creator
from rsrag.types import EncoderIdentity
from rsrag.vectors import unit_rows

BAIKAL, ALPS = landmark_id("t", "baikal"), landmark_id("t", "alps")


class Toy:
    """Texts and pictures to vectors by their hash; tokens are words."""

    def __init__(self, name="toy", dim=6, max_tokens=12):
        self.identity = EncoderIdentity(name, "ab" * 32, "hash", dim)
        self.max_tokens = max_tokens
        self.texts, self.pictures, self.stop_after = [], 0, None

    def count_tokens(self, texts):
        return [len(re.findall(r"\w+|[^\w\s]", text)) + 2 for text in texts]

    def encode_texts(self, texts):
        if self.stop_after is not None and len(self.texts) >= self.stop_after:
            raise KeyboardInterrupt
        self.texts += texts
        return self._rows([text.encode() for text in texts])

    def prepare_image(self, image):
        return np.resize(image, (8, 8, 3))

    def encode_prepared(self, batch):
        self.pictures += len(batch)
        return self._rows([picture.tobytes() for picture in batch])

    def _rows(self, keys):
        seeds = [int(hashlib.sha256(key).hexdigest()[:8], 16) for key in keys]
        dim = self.identity.dim
        rows = [np.random.default_rng(seed).normal(size=dim) for seed in seeds]
        return unit_rows(np.array(rows).reshape(len(keys), dim))


def landmark(id_, name, geometry=None, **values):
    wkb = None if geometry is None else shapely.to_wkb(geometry)
    return Landmark(id_, name, "test", "CC0-1.0", geometry=wkb, **values)


def passage(text, about=None, **values):
    id_ = passage_id(about, "description", text)
    return Passage(id_, text, "description", "test", "CC0-1.0", about, **values)


DEEP = passage("It is deep.", BAIKAL)
LONG = passage("Snow lies there. " * 6, ALPS)
LOOSE = passage("Rivers run to the sea.", title="Water")


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "knowledge"
    lakes = (
        landmark(BAIKAL, "Lake Baikal", shapely.Point(108, 53.5), category="lake"),
    )
    alps = landmark(ALPS, "The Alps", shapely.box(6, 45, 14, 48), images=("a.png",))
    write_collection(root / "lakes", Records(lakes, (), (DEEP,)))
    write_collection(root / "hills", Records((alps,), (), (LONG, LOOSE)))
    Image.new("RGB", (20, 10), (200, 220, 255)).save(root / "hills" / "a.png")
    return root


@pytest.fixture
def settings(tmp_path):
    empty = Settings.from_environment({})
    return dataclasses.replace(empty, indexes=tmp_path / "indexes")


@pytest.fixture
def request_for(root, settings):
    def make(name="knowledge", store="exact", collections=(), **changes):
        values = {
            "directory": IndexDirectory(settings.indexes, name),
            "source": knowledge_source(root, collections),
            "text_encoder": Toy("words", 4, 20),
            "text_source": {"name": "words"},
            "encoder": Toy(),
            "encoder_source": {"name": "toy"},
            "create_stores": store_creator(store, "auto", name, settings),
            "drop_store": lambda info: drop_store(info, settings),
        }
        return KnowledgeRequest(**(values | changes))

    return make


def quiet(stage, done, total):
    pass


def rows_by_space(report):
    return {name: space.rows for name, space in report.spaces.items()}


def rows_of(folder, space):
    paths = read_manifest(folder).part_paths(folder, space)
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_rows_of_every_space(request_for):
    request = request_for()
    report = build_knowledge(request, quiet)
    folder = request.directory.current_path()
    assert rows_by_space(report) == {"text": 4, "image_text": 10, "image": 1}
    text = {row["text"]: row for row in rows_of(folder, "text")}
    deep = text["It is deep."]
    assert deep["kind"] == "passage"
    assert (deep["record_id"], deep["passage_id"]) == (DEEP.id, DEEP.id)
    assert (deep["landmark_id"], deep["landmark"]) == (BAIKAL, "Lake Baikal")
    assert (deep["category"], deep["chunk_type"]) == ("lake", "description")
    assert (deep["collection"], deep["source"], deep["licence"]) == (
        "lakes",
        "test",
        "CC0-1.0",
    )
    assert deep["geometry"] == shapely.to_wkb(shapely.Point(108, 53.5))
    assert deep["bbox"] == {"xmin": 108.0, "ymin": 53.5, "xmax": 108.0, "ymax": 53.5}
    loose = text["Rivers run to the sea."]
    assert loose["title"] == "Water"
    assert loose["landmark"] is loose["geometry"] is loose["bbox"] is None
    # Six sentences of 4 tokens: 20 less 2 marks and 3 for "The Alps:" hold three.
    pieces = [r for r in rows_of(folder, "text") if r["passage_id"] == LONG.id]
    three = "Snow lies there. Snow lies there. Snow lies there."
    assert [(row["ordinal"], row["text"]) for row in pieces] == [(0, three), (1, three)]
    names = [r for r in rows_of(folder, "image_text") if r["kind"] == "landmark"]
    assert {row["text"] for row in names} == {"Lake Baikal, a lake", "The Alps"}
    assert {row["record_id"] for row in names} == {BAIKAL, ALPS}
    (picture,) = rows_of(folder, "image")
    assert (picture["kind"], picture["text"]) == ("image", "a.png")
    assert picture["record_id"] == picture["landmark_id"] == ALPS
    assert picture["passage_id"] is None


def test_what_was_embedded_says_what_it_is_about(request_for):
    request = request_for()
    build_knowledge(request, quiet)
    assert "Lake Baikal: It is deep." in request.text_encoder.texts
    assert "Water: Rivers run to the sea." in request.text_encoder.texts
    assert max(request.encoder.count_tokens(request.encoder.texts)) <= 12


def test_a_piece_has_one_id_in_both_spaces(request_for):
    request = request_for()
    build_knowledge(request, quiet)
    folder = request.directory.current_path()
    ids = {
        space: {r["id"] for r in rows_of(folder, space) if r["passage_id"] == DEEP.id}
        for space in ("text", "image_text")
    }
    assert ids["text"] == ids["image_text"]
    assert all(len(bytes.fromhex(id_)) == 16 for id_ in ids["text"])


def test_parts_open_elsewhere(request_for):
    import duckdb

    request = request_for()
    build_knowledge(request, quiet)
    folder = request.directory.current_path()
    frame = geopandas.read_parquet(folder / "parts" / "text" / "part-00000.parquet")
    assert frame.crs.to_epsg() is None or frame.crs.to_epsg() == 4326
    assert sorted(frame.geometry.dropna().geom_type.unique()) == ["Point", "Polygon"]
    path = f"{folder}/parts/text/*.parquet"
    rows = duckdb.sql(
        f"select landmark, len(embedding) from read_parquet('{path}') "
        "where category = 'lake'"
    ).fetchall()
    assert rows == [("Lake Baikal", 4)]
    footer = pq.read_metadata(
        folder / "parts" / "image" / "part-00000.parquet"
    ).metadata
    said = json.loads(footer[b"rsrag"])
    assert (said["kind"], said["encoder"], said["dim"]) == ("knowledge", "toy", 6)


@pytest.mark.parametrize("store", ["exact", "faiss", "qdrant-edge"])
def test_stores_find_and_filter(request_for, settings, store):
    request = request_for(store=store)
    build_knowledge(request, quiet)
    opened = open_index(None, settings, "knowledge")
    assert set(opened.stores) == {"text", "image_text", "image"}
    for space, info in opened.manifest.spaces.items():
        assert len(opened.stores[space]) == info.rows
        assert opened.stores[space].dim == info.encoder.dim
    query = request.text_encoder.encode_texts(["Lake Baikal: It is deep."])
    best = opened.stores["text"].search(query, 10)[0]
    assert best[0].payload["passage_id"] == DEEP.id
    assert best[0].score == pytest.approx(1, abs=1e-5)
    europe = Filter(area=shapely.box(0, 40, 20, 50))
    found = opened.stores["image_text"].search(
        request.encoder.encode_texts(["x"]), 10, europe
    )[0]
    assert {hit.payload["landmark"] for hit in found} == {"The Alps"}
    only = Filter(keywords={"collection": frozenset({"lakes"})})
    assert [h.payload["text"] for h in opened.stores["text"].search(query, 9, only)[0]]
    opened.close()


def test_manifest_and_list_and_info(request_for, root, settings, monkeypatch):
    request = request_for()
    build_knowledge(request, quiet)
    manifest = read_manifest(request.directory.current_path())
    assert manifest.records.collections == ("hills", "lakes")
    assert (
        manifest.records.passages,
        manifest.records.landmarks,
        manifest.records.images,
    ) == (3, 2, 1)
    assert manifest.spaces["text"].encoder == request.text_encoder.identity
    assert manifest.spaces["image"].encoder == request.encoder.identity
    opened = open_index("knowledge", settings, "knowledge")
    assert not opened.is_stale(knowledge_fingerprint(root))
    monkeypatch.setenv("XDG_CACHE_HOME", str(root.parent / "cache"))
    with closing(Catalogue.open(root)) as catalogue:
        assert not opened.is_stale(catalogue.fingerprint)
    write_collection(root / "more", Records((), (), (passage("New."),)))
    assert opened.is_stale(knowledge_fingerprint(root))
    opened.close()
    summary = index_summary(request.directory)
    assert (summary["kind"], summary["spaces"]["text"]["rows"]) == ("knowledge", 4)
    details = index_details(request.directory)
    assert details["missing_parts"] == []
    assert details["report"]["counts"]["passages"] == 3
    assert details["spaces"]["image"]["store"]["kind"] == "exact"


def test_unchanged_pieces_are_not_embedded_again(request_for, root):
    build_knowledge(request_for(), quiet)
    new = passage("It is old.", BAIKAL)
    write_collection(root / "new", Records((), (), (new,)))
    again = request_for()
    report = build_knowledge(again, quiet)
    assert again.text_encoder.texts == ["Lake Baikal: It is old."]
    assert again.encoder.pictures == 0
    assert report.generation == 2
    assert rows_by_space(report) == {"text": 5, "image_text": 11, "image": 1}
    embedded = {name: space.encoded for name, space in report.spaces.items()}
    assert embedded == {"text": 1, "image_text": 1, "image": 0}
    rows = rows_of(again.directory.current_path(), "text")
    expected = Toy("words", 4).encode_texts(["Lake Baikal: It is deep."])
    (deep,) = [row["embedding"] for row in rows if row["passage_id"] == DEEP.id]
    np.testing.assert_allclose(deep, expected[0], atol=1e-6)


def test_another_encoder_embeds_its_space_again(request_for):
    build_knowledge(request_for(), quiet)
    other = request_for(text_encoder=Toy("other", 5, 20))
    report = build_knowledge(other, quiet)
    assert report.spaces["text"].encoded == 4
    assert report.spaces["image_text"].encoded == 0
    assert len(rows_of(other.directory.current_path(), "text")[0]["embedding"]) == 5


def test_a_renamed_landmark_is_embedded_again(request_for, root):
    build_knowledge(request_for(), quiet)
    lake = landmark(BAIKAL, "Baykal", shapely.Point(108, 53.5), category="lake")
    write_collection(root / "lakes", Records((lake,), (), (DEEP,)))
    again = request_for()
    build_knowledge(again, quiet)
    assert again.text_encoder.texts == ["Baykal: It is deep."]


def test_two_builds_write_equal_parts(request_for):
    one, two = request_for("one"), request_for("two")
    build_knowledge(one, quiet)
    build_knowledge(two, quiet)
    for space in ("text", "image_text", "image"):
        first, second = (
            read_manifest(r.directory.current_path()).spaces[space].parts
            for r in (one, two)
        )
        assert first == second


def test_a_stopped_build_goes_on_where_it_was(request_for, monkeypatch):
    monkeypatch.setattr(space_rows, "EMBED_ROWS", 2)
    stopped = request_for()
    stopped.text_encoder.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        build_knowledge(stopped, quiet)
    assert list_indexes(stopped.directory.root) == []
    log = stopped.directory.building / "vectors-text.log"
    with log.open("ab") as file:
        file.write(b"half a record")
    again = request_for()
    report = build_knowledge(again, quiet)
    assert len(again.text_encoder.texts) == 2
    assert report.spaces["text"].encoded == 2
    assert len(rows_of(again.directory.current_path(), "text")) == 4
    assert not again.directory.building.exists()


def test_a_stopped_rebuild_leaves_the_old_one_to_readers(request_for, root, settings):
    build_knowledge(request_for(), quiet)
    write_collection(root / "new", Records((), (), (passage("More."),)))
    stopped = request_for()
    stopped.text_encoder.stop_after = 0
    with pytest.raises(KeyboardInterrupt):
        build_knowledge(stopped, quiet)
    opened = open_index(None, settings, "knowledge")
    assert opened.manifest.generation == 1
    assert len(opened.stores["text"]) == 4
    opened.close()


def test_a_broken_last_generation_costs_only_time(request_for):
    request = request_for()
    build_knowledge(request, quiet)
    (
        request.directory.current_path() / "parts" / "text" / "part-00000.parquet"
    ).unlink()
    again = request_for()
    assert build_knowledge(again, quiet).spaces["text"].encoded == 4


def test_without_an_encoder_there_is_only_text(request_for, settings):
    request = request_for(encoder=None, encoder_source=None)
    assert rows_by_space(build_knowledge(request, quiet)) == {"text": 4}
    opened = open_index(None, settings, "knowledge")
    with pytest.raises(IndexMismatchError, match="no vectors of an image") as caught:
        opened.load_encoder()
    assert caught.value.hint.startswith("rsrag index build-knowledge --name knowledge")
    assert "--encoder" not in caught.value.hint.replace("--text-encoder", "")
    opened.close()


def test_landmarks_alone(request_for, root):
    alone = request_for(source=knowledge_source(root / "lakes"))
    for name in ("passages.jsonl",):
        (root / "lakes" / name).unlink()
    assert rows_by_space(build_knowledge(alone, quiet)) == {"image_text": 1}
    bare = request_for(
        name="bare", source=alone.source, encoder=None, encoder_source=None
    )
    with pytest.raises(KnowledgeError, match="without --encoder"):
        build_knowledge(bare, quiet)
    assert list_indexes(bare.directory.root) == ["knowledge"]


def test_collections_are_chosen_by_name(request_for, root):
    report = build_knowledge(request_for(collections=["lakes"]), quiet)
    assert rows_by_space(report) == {"text": 1, "image_text": 2}
    with pytest.raises(KnowledgeError, match="There are: hills, lakes"):
        choose_collections(root, ["seas"])


def test_no_records_leave_no_trace(request_for, root):
    write_collection(root / "none", Records((landmark(ALPS, "A"),), (), ()))
    (root / "none" / "landmarks.jsonl").write_text("")
    with pytest.raises(KnowledgeError, match="neither"):
        build_knowledge(request_for(collections=["none"]), quiet)
    assert list_indexes(root.parent / "indexes") == []


def test_a_record_in_two_collections_counts_once(request_for, root):
    write_collection(root / "zz", Records((), (), (DEEP,)))
    request = request_for()
    assert build_knowledge(request, quiet).spaces["text"].rows == 4
    rows = rows_of(request.directory.current_path(), "text")
    assert [r["collection"] for r in rows if r["passage_id"] == DEEP.id] == ["lakes"]


@pytest.mark.parametrize("name", ["gone.png", "../secret.png", "broken.png"])
def test_pictures_that_cannot_be_read_are_said(request_for, root, name):
    (root / "secret.png").write_bytes((root / "hills" / "a.png").read_bytes())
    (root / "hills" / "broken.png").write_bytes(b"\x89PNG no")
    alps = landmark(ALPS, "The Alps", images=("a.png", name))
    write_collection(root / "hills", Records((alps,), (), ()))
    request = request_for()
    report = build_knowledge(request, quiet)
    assert report.spaces["image"].rows == 1
    (skip,) = report.skipped
    assert name in skip.source
    manifest = read_manifest(request.directory.current_path())
    assert (manifest.records.images, manifest.skipped) == (1, 1)


def test_kinds_are_told_apart(request_for, settings, demo_index):
    build_knowledge(request_for(), quiet)
    with pytest.raises(IndexMismatchError, match="holds knowledge") as caught:
        open_index("knowledge", settings)
    assert "rsrag ask" in caught.value.hint
    with pytest.raises(IndexMismatchError, match="holds imagery") as caught:
        open_index("earth", settings, "knowledge")
    assert "rsrag search QUERY --index earth" in caught.value.hint
    opened = open_index(None, settings)
    assert opened.manifest.name == "earth"
    opened.store.close()
    assert list_indexes(settings.indexes) == ["earth", "knowledge"]
    with pytest.raises(IndexMismatchError, match="index of imagery"):
        build_knowledge(request_for("earth"), quiet)
    assert read_manifest(IndexDirectory(settings.indexes, "earth").current_path())


@pytest.fixture
def demo_index(settings):
    """An imagery index of one picture, by the ordinary build."""
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.indexing.build.build import build_index
    from rsrag.indexing.build.build_request import BuildRequest
    from rsrag.store_factory import drop_store, store_creator

    picture = settings.indexes.parent / "earth.png"
    Image.new("RGB", (8, 8), (0, 0, 200)).save(picture)
    request = BuildRequest(
        directory=IndexDirectory(settings.indexes, "earth"),
        sources=(picture,),
        options=ImageryOptions(),
        metadata=None,
        encoder=Toy(),
        encoder_source={"name": "toy"},
        create_stores=store_creator("exact", "auto", "earth", settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=1,
    )
    return build_index(request, lambda stage, done, skipped: None)


def test_which_index_is_meant(request_for, settings):
    with pytest.raises(IndexNotFoundError, match="no index of knowledge") as caught:
        open_index(None, settings, "knowledge")
    assert caught.value.hint == "rsrag index build-knowledge"
    build_knowledge(request_for("one"), quiet)
    open_index(None, settings, "knowledge").close()
    with pytest.raises(IndexNotFoundError, match="There are: one"):
        open_index("two", settings, "knowledge")
    build_knowledge(request_for("two"), quiet)
    with pytest.raises(QueryError, match="one, two"):
        open_index(None, settings, "knowledge")
    with pytest.raises(ConfigError):
        open_index("../one", settings, "knowledge")


def test_another_encoder_is_refused(request_for, settings):
    build_knowledge(request_for(text_source={"name": "minilm"}), quiet)
    opened = open_index(None, settings, "knowledge")
    with pytest.raises(IndexMismatchError, match="words") as caught:
        opened.load_text_encoder()
    assert "--text-encoder all-MiniLM-L6-v2" in caught.value.hint
    opened.close()


@pytest.mark.parametrize(
    "change",
    [
        {"spaces": {}},
        {"parts": []},
        {"spaces": {"sound": {}}},
        {"generation": "one"},
        {"origin": {"folder": "/k", "collections": None}},
    ],
)
def test_a_damaged_manifest_is_said(request_for, settings, change):
    request = request_for()
    build_knowledge(request, quiet)
    path = request.directory.current_path() / "manifest.json"
    data = json.loads(path.read_text()) | change
    path.write_text(json.dumps(data))
    with pytest.raises(IndexCorruptError, match="its digest is another"):
        open_index("knowledge", settings, "knowledge")
    del data["digest"]
    path.write_text(json.dumps(data))
    with pytest.raises(IndexCorruptError, match="not a manifest"):
        open_index("knowledge", settings, "knowledge")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format_version": 9}))
    with pytest.raises(IndexMismatchError, match="format version 9"):
        open_index("knowledge", settings, "knowledge")


def test_two_writers(request_for):
    request = request_for()
    with request.directory.writing(), pytest.raises(IndexLockedError):
        build_knowledge(request, quiet)


def test_old_generations_go(request_for):
    for _ in range(3):
        build_knowledge(request_for(), quiet)
    kept = sorted(
        p.name for p in (request_for().directory.path / "generations").iterdir()
    )
    assert kept == ["000002", "000003"]


def test_the_log_keeps_vectors_and_drops_what_is_torn(tmp_path):
    path = tmp_path / "vectors.log"
    ids = [f"{n:032x}" for n in range(5)]
    rows = unit_rows(np.random.default_rng(0).normal(size=(5, 3)))
    log = VectorLog(path, 3)
    log.append(ids[:3], rows[:3])
    log.append(ids[3:], rows[3:])
    np.testing.assert_array_equal(log.take([ids[4], ids[0]]), rows[[4, 0]])
    assert log.take([]).shape == (0, 3)
    with path.open("r+b") as file:
        file.seek(28)  # the second record, as a power cut may leave it
        file.write(bytes(28))
        file.truncate(4 * 28 + 5)
    again = VectorLog(path, 3)
    assert [id_ in again for id_ in ids] == [True, False, True, True, False]
    again.append([ids[1]], rows[1:2])
    np.testing.assert_array_equal(again.take([ids[3], ids[1]]), rows[[3, 1]])


def test_stores_can_be_made_again_from_parts(request_for):
    request = request_for()
    build_knowledge(request, quiet)
    folder = request.directory.current_path()
    table = pq.read_table(folder / "parts" / "text" / "part-00000.parquet")
    payload, vectors = split_embeddings(table)
    assert len(payload) == len(vectors) == 4
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect")
def test_a_server_keeps_all_spaces_in_one_collection(
    request_for, settings, monkeypatch
):
    from qdrant_client import QdrantClient

    from rsrag.stores.qdrant import qdrant_connection

    client = QdrantClient(":memory:")
    monkeypatch.setattr(client, "close", lambda: None)
    monkeypatch.setattr(qdrant_connection, "_connect", lambda url, key: client)
    there = dataclasses.replace(settings, qdrant_url="http://there:6333")
    create = store_creator("qdrant", "auto", "knowledge", there)
    drop = lambda info: drop_store(info, there)  # noqa: E731
    for _ in range(3):
        request = request_for(create_stores=create, drop_store=drop)
        build_knowledge(request, quiet)
    names = sorted(c.name for c in client.get_collections().collections)
    assert names == ["rsrag_knowledge_000002", "rsrag_knowledge_000003"]
    opened = open_index(None, there, "knowledge")
    assert {n: len(store) for n, store in opened.stores.items()} == {
        "text": 4,
        "image_text": 10,
        "image": 1,
    }
    # What is whole in both spaces is one point: two passages and 2 + 6 pieces of the
    # third, two names, a picture.
    assert client.count("rsrag_knowledge_000003").count == 13
    query = request.text_encoder.encode_texts(["Lake Baikal: It is deep."])
    assert opened.stores["text"].search(query, 1)[0][0].payload["landmark_id"] == BAIKAL
    opened.close()
