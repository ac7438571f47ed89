from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from bench.clouds import BLOCK, Clustered, Repeated, blocks, unit
from bench.search import child
from bench.search.memory import on_disk, resident
from bench.search.oracle import NONE, nearest, recall, remembered
from bench.search.places import REGIONS, ids, payload, row
from bench.search.rows import CHUNK, prepare
from rsrag.filters import Filter, FilterColumns
from rsrag.vectors import top_k

DIM = 16


def real(path, dim=DIM):
    rng = np.random.default_rng(0)
    np.savez(
        path,
        image_vectors=rng.standard_normal((40, dim)),
        text_vectors=rng.standard_normal((4, dim)),
        labels=np.arange(40) % 4,
    )
    return path


def clouds(tmp_path, count):
    return [Clustered(count, DIM), Repeated(count, real(tmp_path / "real.npz"))]


def test_blocks_hold_all_rows_and_each_is_the_same_when_drawn_again(tmp_path):
    for cloud in clouds(tmp_path, BLOCK + 3):
        drawn = list(blocks(cloud))
        assert [len(block) for block in drawn] == [BLOCK, 3]
        again = replace(cloud).block(1)
        assert np.array_equal(drawn[1], again)
        assert not np.array_equal(drawn[0][:3], drawn[1])


def test_rows_and_queries_are_unit_float32_and_queries_are_no_rows(tmp_path):
    for cloud in clouds(tmp_path, 300):
        block = cloud.block(0)
        for kind in child.KINDS:
            asked = cloud.queries(kind, 50)
            assert np.array_equal(asked, replace(cloud).queries(kind, 50))
            both = np.concatenate([block, asked])
            assert both.dtype == np.float32
            assert np.allclose(np.linalg.norm(both, axis=1), 1, atol=1e-5)
            assert (asked @ block.T).max() < 0.99999


def test_rows_on_disk_are_those_of_the_cloud_and_are_written_once(tmp_path):
    cloud = Clustered(CHUNK + 7, 4)
    rows = prepare(cloud, tmp_path / "rows")
    read = list(rows.chunks())
    assert [first for first, _, _ in read] == [0, CHUNK]
    vectors = np.concatenate([vectors for _, vectors, _ in read])
    assert np.array_equal(vectors, cloud.block(0))
    places = np.concatenate([places for _, _, places in read])
    assert np.array_equal(places, rows.places())
    stamp = (tmp_path / "rows" / "vectors.f32").stat().st_mtime_ns
    prepare(cloud, tmp_path / "rows")
    assert (tmp_path / "rows" / "vectors.f32").stat().st_mtime_ns == stamp
    assert prepare(Clustered(5, 4), tmp_path / "rows").vectors(0, 9).shape == (5, 4)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return prepare(Clustered(20_000, 4), tmp_path_factory.mktemp("places")).places()


def test_regions_hold_the_share_that_their_name_says(places):
    shares = [region.holds(places).mean() for region in REGIONS]
    assert shares == pytest.approx([0.5, 0.05, 0.001, 0.02], rel=0.5)


def test_the_region_of_those_alike_holds_vectors_near_each_other(tmp_path):
    rows = prepare(Clustered(20_000, 64), tmp_path / "rows")
    vectors, inside = rows.vectors(0, rows.count), REGIONS[3].holds(rows.places())
    own, others = (vectors[which] for which in (inside, ~inside))
    to_nearest = np.sort(own @ own.T, axis=1)[:, -2].mean()
    assert to_nearest > np.sort(others[:500] @ own.T, axis=1)[:, -1].mean() + 0.05


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.name)
def test_a_filter_by_footprints_leaves_the_rows_whose_places_lie_inside(places, region):
    area = shapely.box(region.west, region.south, region.east, region.north)
    left = FilterColumns(payload(0, places)).rows(Filter(area=area))
    assert left.tolist() == np.flatnonzero(region.holds(places)).tolist()
    assert len(left)


def test_ids_lead_back_to_rows():
    assert [row(id_) for id_ in ids(9_999_990, 5)] == list(range(9_999_990, 9_999_995))
    assert len(set(ids(0, 1000))) == 1000


def test_the_oracle_finds_what_top_k_finds(rows, queries, truth):
    vectors = rows.vectors(0, rows.count)
    names = np.array([f"{i:09d}" for i in range(rows.count)])
    for query, found in zip(queries, truth[NONE], strict=True):
        assert found.tolist() == top_k(vectors @ query, names, child.K).tolist()
    places = rows.places()
    for region in REGIONS:
        inside = np.flatnonzero(region.holds(places))
        for query, found in zip(queries[:8], truth[region.name], strict=True):
            best = top_k(vectors[inside] @ query, names[inside], child.K)
            expected = inside[best].tolist()
            assert found.tolist() == expected + [-1] * (child.K - len(expected))


def test_the_oracle_takes_chunks_together_and_the_first_of_equals(tmp_path):
    class Two:
        def chunks(self):
            yield 0, unit([[1, 0], [0, 1]]), np.zeros((2, 2))
            yield 2, unit([[1, 0], [1, 1], [1, 0]]), np.zeros((3, 2))

    found = nearest(Two(), unit([[1, 0]]), 3, (), 0)
    assert found[NONE].tolist() == [[0, 2, 4]]


def test_answers_are_kept_and_made_anew_for_other_queries(rows, queries, truth):
    path = rows.folder / "truth.npz"
    stamp = path.stat().st_mtime_ns
    remembered(path, rows, queries, child.K, REGIONS, 8)
    assert path.stat().st_mtime_ns == stamp
    other = remembered(
        rows.folder / "other.npz", rows, queries[::-1], child.K, REGIONS, 8
    )
    assert np.array_equal(other[NONE], truth[NONE][::-1])


def test_recall_by_hand():
    truth = np.array([[1, 2, 3, 4], [5, 6, -1, -1], [-1, -1, -1, -1]])
    found = np.array([[4, 3, 9, 8], [6, 5, 7, 8], [1, 2, 3, 4]])
    # Two of four, two of two; the third has nothing to find.
    assert recall(found, truth) == pytest.approx((0.5 + 1) / 2)
    missing = np.full_like(found, -1)
    assert recall(missing, truth) == 0
    assert np.isnan(recall(found[2:], truth[2:]))


def test_memory_and_disk(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 10_000)
    assert on_disk(tmp_path) >= 10_000
    sizes = resident()
    if Path("/proc/self/smaps_rollup").exists():
        assert sizes["total"] == sizes["anonymous"] + sizes["file"] > 10**6
