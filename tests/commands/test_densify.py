"""Builds within a budget: an overview, then smaller chips where they are asked for."""

import json
import shutil
import tarfile

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio

import rsrag
from rsrag.commands import main
from rsrag.errors import ConfigError, IndexMismatchError
from rsrag.indexing.format.depths import depths_of, depths_text

SCALES = "64,128,256"
WATER = "dark blue water"


def write_scene(path, east: int, seed: int = 2) -> None:
    """640 x 512 pixels of 10 m: green noise with a large blue square."""
    rng = np.random.default_rng(seed)
    pixels = np.empty((512, 640, 3), np.uint8)
    pixels[:] = (30, 120, 40)
    pixels[:256, :256] = (10, 40, 140)
    pixels = np.clip(pixels + rng.normal(0, 12, pixels.shape), 0, 255).astype(np.uint8)
    place = rasterio.Affine(10, 0, 500_000 + east, 0, -10, 4_500_000)
    size = {"width": 640, "height": 512, "count": 3, "dtype": "uint8"}
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:32630", transform=place, **size
    ) as file:
        file.write(np.moveaxis(pixels, 2, 0))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two scenes, a whole index of them and one with the overview alone."""
    root = tmp_path_factory.mktemp("budget")
    (root / "pictures").mkdir()
    write_scene(root / "pictures" / "a.tif", 0)
    write_scene(root / "pictures" / "b.tif", 50_000, seed=3)
    build = {"scales": SCALES, "indexes": root / "indexes"}
    rsrag.build(root / "pictures", name="whole", **build).close()
    rsrag.build(root / "pictures", name="begun", budget=1e-6, **build).close()
    return root


@pytest.fixture
def root(made, tmp_path):
    """A copy of it all, its archive in the same place."""
    shutil.copytree(made / "indexes", tmp_path / "indexes")
    (tmp_path / "pictures").symlink_to(made / "pictures")
    return tmp_path


@pytest.fixture
def begun(root):
    with rsrag.open("begun", indexes=root / "indexes") as index:
        yield index


def ids(root, name: str) -> set[str]:
    with rsrag.open(name, indexes=root / "indexes") as index:
        return {hit.id for hit in index.browse(limit=1_000)}


def sides(hits) -> set[int]:
    return {max(hit.window.width, hit.window.height) for hit in hits}


def run(capfd, *words: str):
    capfd.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def test_the_overview_comes_first(begun) -> None:
    # 640 x 512 in cells of 256: three columns, the last of half the width.
    assert len(begun) == 2 * 6
    assert sides(begun.browse(limit=100)) == {256}
    assert begun.manifest.imagery.options["overview"] is True


def test_a_query_makes_the_ground_of_its_hits_dense(begun) -> None:
    best = begun.search(WATER, top_k=1)[0]
    report = begun.densify(WATER, top_k=1)
    assert report.encoded == 16 + 4
    assert [one["area"] for one in report.dense] == [1, 1 / 12, 1 / 12]
    assert [one["scenes"] for one in report.dense] == [1, 0, 0]
    x, y = best.window[:2]
    for hit in begun.browse(limit=100):
        if max(hit.window.width, hit.window.height) < 256:
            assert hit.source == best.source
            assert x <= hit.window.col_off < x + 256
            assert y <= hit.window.row_off < y + 256
    assert begun.densify(WATER, top_k=1).encoded == 0


def test_an_area_is_made_dense(begun, capfd) -> None:
    west = begun.manifest.imagery.bbox[0]
    report = begun.densify(near=(west + 0.01, 40.64), radius=0.1)
    assert report.encoded == 16 + 4
    assert begun.manifest.generation == 2


def test_ground_where_nothing_is(begun, root, capfd) -> None:
    with pytest.raises(rsrag.QueryError, match="no ground to make dense"):
        begun.densify(bbox=(100, 10, 101, 11))
    words = ["index", "densify", "begun", "--filter", "colour = 1"]
    assert main([*words, "--indexes", str(root / "indexes")]) == 1
    assert "no column 'colour'" in capfd.readouterr().err
    assert begun.manifest.generation == 1


def test_all_of_it_is_as_if_built_at_once(root, begun, capfd) -> None:
    begun.densify(WATER, top_k=3)
    report = begun.densify()
    assert [one["area"] for one in report.dense] == [1, 1, 1]
    assert ids(root, "begun") == ids(root, "whole")
    where = ["--indexes", str(root / "indexes")]
    assert run(capfd, "index", "verify", "begun", *where)["ok"]
    info = run(capfd, "index", "info", "begun", *where)
    assert info["origin"]["scenes"] == 2
    assert [one["scenes"] for one in info["dense"]] == [1, 1, 1]
    assert run(capfd, "index", "update", "begun", *where)["encoded"] == 0
    assert begun.densify().generation == begun.manifest.generation


def test_the_same_build_goes_on(made, root, capfd) -> None:
    words = ["index", "build", str(made / "pictures"), "--name", "begun"]
    words += ["--scales", SCALES, "--indexes", str(root / "indexes")]
    report = run(capfd, *words, "--budget", "1h")
    assert report["encoded"] == len(ids(root, "whole")) - 12
    assert ids(root, "begun") == ids(root, "whole")


def test_a_search_densifies_where_it_finds(root, capfd) -> None:
    words = ["search", WATER, "--index", "begun", "--top-k", "2", "--densify"]
    found = run(capfd, *words, "--indexes", str(root / "indexes"))
    assert len(found) == 2
    with rsrag.open("begun", indexes=root / "indexes") as index:
        assert sides(index.browse(limit=200)) == {64, 128, 256}


def test_a_stopped_run_is_taken_up(root, begun) -> None:
    asked = iter(range(1_000))
    with pytest.raises(KeyboardInterrupt):
        begun.densify(batch_size=4, stop=lambda: next(asked) > 12)
    assert begun.manifest.generation == 1
    report = begun.densify(batch_size=4)
    assert 0 < report.encoded < len(ids(root, "whole")) - 12
    assert ids(root, "begun") == ids(root, "whole")


def test_another_wish_after_a_stop_takes_only_what_it_asks_for(root, begun) -> None:
    asked = iter(range(1_000))
    with pytest.raises(KeyboardInterrupt):
        begun.densify(batch_size=4, stop=lambda: next(asked) > 12)
    begun.densify(WATER, top_k=1)
    assert len(begun) == 12 + 20
    begun.densify()
    assert ids(root, "begun") == ids(root, "whole")


def test_a_lost_part_is_made_again(root, begun, capfd) -> None:
    begun.densify(WATER, top_k=2)
    before = ids(root, "begun")
    number = f"{begun.manifest.generation:06d}"
    folder = root / "indexes" / "begun" / "generations" / number
    part = sorted(folder.glob("parts/image/*.parquet"))[-1]
    part.unlink()
    words = ["index", "rebuild", "begun", "--part", part.name]
    run(capfd, *words, "--indexes", str(root / "indexes"))
    assert ids(root, "begun") == before


def test_a_moved_scene_stays_dense_and_a_changed_one_does_not(tmp_path) -> None:
    (tmp_path / "pictures").mkdir()
    write_scene(tmp_path / "pictures" / "a.tif", 0)
    write_scene(tmp_path / "pictures" / "b.tif", 50_000, seed=3)
    place = {"indexes": tmp_path / "indexes"}
    with rsrag.build(
        tmp_path / "pictures", name="all", scales=SCALES, budget=3_600, **place
    ) as index:
        assert len(index) > 100
        (tmp_path / "pictures" / "a.tif").rename(tmp_path / "pictures" / "c.tif")
        write_scene(tmp_path / "pictures" / "b.tif", 50_000, seed=4)
        # Bytes that changed behind its back are seen before an update.
        report = index.densify(budget="1h")
        assert report.encoded == 0
        moved = index.update()
        assert moved.sources.moved == 1
        dense = [one["scenes"] for one in moved.dense]
        assert dense == [1, 0.5, 0.5]
        assert index.densify().encoded > 50


def test_bytes_that_changed_are_left_alone(tmp_path) -> None:
    path = tmp_path / "a.tif"
    write_scene(path, 0)
    with rsrag.build(
        path, name="one", scales=SCALES, budget=1e-6, indexes=tmp_path / "indexes"
    ) as index:
        write_scene(path, 0, seed=9)
        report = index.densify()
        assert report.encoded == 0
        assert "no longer what was indexed" in report.notices[0].reason
        assert len(index) == 6


def test_members_of_an_archive(tmp_path) -> None:
    for name, east in (("a.tif", 0), ("b.tif", 50_000)):
        write_scene(tmp_path / name, east)
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        for name in ("a.tif", "b.tif"):
            archive.add(tmp_path / name, name)
    with rsrag.build(
        tmp_path / "all.tar",
        name="tar",
        scales=SCALES,
        budget=1e-6,
        indexes=tmp_path / "indexes",
    ) as index:
        hit = next(h for h in index.browse(limit=20) if h.source.endswith("b.tif"))
        assert index.densify([hit]).encoded == 20
        index.densify()
        counts = [h.source for h in index.browse(limit=1_000)]
        assert counts.count(hit.source) * 2 == len(counts)


def test_a_ledger_of_before_is_read(root, begun) -> None:
    folder = root / "indexes" / "begun" / "generations" / "000001"
    table = pq.read_table(folder / "sources.parquet").drop_columns(["depths"])
    pq.write_table(table, folder / "sources.parquet")
    assert begun.densify(WATER, top_k=1).encoded == 20


def test_a_ledger_that_was_lost_makes_no_chip_twice(begun, root, capfd) -> None:
    begun.densify(WATER, top_k=1)
    folder = root / "indexes" / "begun" / "generations" / "000002"
    (folder / "sources.parquet").unlink()
    with pytest.raises(rsrag.IndexCorruptError, match="is gone"):
        begun.densify()
    begun.update()
    report = begun.densify()
    assert any("no longer says where" in one.reason for one in report.notices)
    found = [hit.id for hit in begun.browse(limit=1_000)]
    assert len(found) == len(set(found))


def test_a_damaged_ledger_does_not_hide_what_else_is_known(root, capfd) -> None:
    folder = root / "indexes" / "whole" / "generations" / "000001"
    (folder / "sources.parquet").write_bytes(b"no table")
    info = run(capfd, "index", "info", "whole", "--indexes", str(root / "indexes"))
    assert info["dense"] == []
    assert info["origin"]["scenes"] == 2


def test_depths_are_kept_in_runs() -> None:
    assert depths_text([0, 0, 2, 1, 1]) == "0x2,2x1,1x2"
    assert depths_of("0x2,2x1,1x2", 5) == [0, 0, 2, 1, 1]
    assert depths_of(None, 3) == [0, 0, 0]


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ("0", "leaves no time"),
        ("0m", "leaves no time"),
        ("soon", "is not a time"),
        ("-5m", "is not a time"),
        ("20 parsecs", "is not a time"),
    ],
)
def test_budgets_that_cannot_be(made, tmp_path, capfd, budget, said) -> None:
    words = ["index", "build", str(made / "pictures"), "--name", "x"]
    words += ["--scales", SCALES, "--indexes", str(tmp_path), f"--budget={budget}"]
    assert main(words) != 0
    err = capfd.readouterr().err
    assert said in err
    assert "20m" in err
    assert not (tmp_path / "x").exists()


def test_a_budget_is_for_scales_and_for_this_process(made, tmp_path, capfd) -> None:
    words = ["index", "build", str(made / "pictures"), "--name", "x"]
    words += ["--indexes", str(tmp_path), "--budget", "1m"]
    assert main(words) != 0
    assert "--scales 512,1024,2048" in capfd.readouterr().err
    more = ["--scales", SCALES, "--on", "local:2", "--work", str(tmp_path / "work")]
    assert main([*words, *more]) != 0
    assert "--on" in capfd.readouterr().err


def test_a_whole_index_has_nothing_to_add(root) -> None:
    with rsrag.open("whole", indexes=root / "indexes") as index:
        with pytest.raises(IndexMismatchError, match="all its chips are there"):
            index.densify()
        with pytest.raises(ConfigError, match="leaves no time"):
            index.densify(budget=0)
