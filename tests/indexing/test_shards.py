"""A build in shards is the build in one process: same ids, same vectors, each once."""

import dataclasses
import io
import tarfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from updating import Archive, Colours, Index, assert_equal, png, silent, world_file

from rsrag.errors import (
    ConfigError,
    ImageryError,
    IndexCorruptError,
    IndexingError,
    IndexMismatchError,
    SourceNotFoundError,
)
from rsrag.imagery.imagery_options import Size
from rsrag.indexing.executors.executor_port import Executor, Outcome, tried
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.shards.committing import commit_shards, is_committed
from rsrag.indexing.shards.driving import drive
from rsrag.indexing.shards.planning import make_plan
from rsrag.indexing.shards.shard_place import ShardPlace
from rsrag.indexing.shards.shard_plan import read_plan
from rsrag.indexing.shards.shard_work import embed_shard
from rsrag.objects.folder_objects import FolderObjects
from rsrag.objects.open_place import open_objects
from rsrag.types import EncoderIdentity


class Here(Executor):
    """Does shards in this process, in the order of a seed; some die."""

    def __init__(self, work, seed=0, deaths=()):
        self._work, self._waiting = work, []
        self._random, self._deaths = np.random.default_rng(seed), list(deaths)
        self.tried = []

    slots = 3

    def submit(self, number):
        self._waiting.append(number)

    def wait(self):
        number = self._waiting.pop(self._random.integers(len(self._waiting)))
        self.tried.append(number)
        if number in self._deaths:
            self._deaths.remove(number)
            return [Outcome(number, "its worker died")]
        return [Outcome(number, tried(self._work, number))]

    def stop(self):
        self._waiting.clear()


class Shards:
    """A build of an index in shards, all of it in this process."""

    def __init__(self, index: Index, place, pictures=3, size=256 << 20):
        self.index, self.place = index, ShardPlace(open_objects(place))
        self.pictures, self.size = pictures, size
        self.encoder = Colours()

    def plan(self):
        return make_plan(self.request, self.pictures, self.size)

    @property
    def request(self):
        return self.index.request(self.encoder)

    def embed(self, plan, number):
        return embed_shard(self.request, plan, number, self.place)

    def drive(self, plan, **how):
        executor = Here(lambda number: self.embed(plan, number), **how)
        self.failed = drive(executor, plan, self.place, lambda done, failed: None)
        return executor

    def commit(self, plan, **options):
        return commit_shards(self.request, plan, self.place, silent, **options)

    def build(self, **how):
        plan = self.plan()
        self.drive(plan, **how)
        return self.commit(plan)


def with_link() -> bytes:
    """A tar with three pictures and a link, which must not be read."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name, data in ((f"{n}.png", png(n)) for n in (40, 41, 42)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(link)
    return buffer.getvalue()


@pytest.fixture
def archive(tmp_path) -> Archive:
    """Files, archives, places, duplicates, and what cannot be read."""
    made = Archive(tmp_path / "archive")
    for number in range(5):
        made.write(f"{number}.png", png(number))
    made.write("2.pgw", world_file(10))
    made.write("broken.png", b"\x89PNG")
    made.write("notes.docx", b"x")
    made.tar("many.tar", {f"{n}.png": png(n) for n in range(3, 13)})
    made.tar("packed.tar.gz", {f"p{n}.png": png(n) for n in (20, 21)})
    made.zip("some.zip", {"a.png": png(30), "b.png": png(0)})
    made.write("linked.tar", with_link())
    made.write("wide.png", png(33, (40, 24)))
    made.write("deep/er/7.png", png(70))
    made.write("deep/8.png", png(80))
    return made


@pytest.fixture
def whole(tmp_path, archive) -> Index:
    """The index that one process builds."""
    made = Index(tmp_path / "whole", [archive.folder], chip_size=Size.parse("16"))
    made.build()
    return made


@pytest.fixture
def shards(tmp_path, archive) -> Shards:
    index = Index(tmp_path / "sharded", [archive.folder], chip_size=Size.parse("16"))
    return Shards(index, tmp_path / "work")


def same(one: Index, other: Index) -> None:
    """All of it is equal, vectors to the bit."""
    mine, theirs = one.rows(), other.rows()
    assert mine.keys() == theirs.keys()
    for key, row in mine.items():
        left, right = (np.float32(r["embedding"]) for r in (row, theirs[key]))
        assert left.tobytes() == right.tobytes()
    assert_equal(one, other)


@pytest.mark.parametrize("pictures", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_shards_of_any_size_give_what_one_process_gives(shards, whole, pictures, size):
    shards.pictures, shards.size = pictures, size
    report = shards.build(seed=pictures)
    same(shards.index, whole)
    first = whole.directory.current_path() / "report.json"
    assert first.is_file()
    assert report.skipped and len({s.source for s in report.skipped}) == len(
        {s.source for s in whole.build().skipped}
    )


def test_every_picture_is_in_one_shard(shards, archive):
    shards.size = 1
    plan = shards.plan()
    slices = [
        (unit.first, unit.last)
        for units in plan.shards
        for unit in units
        if unit.path.endswith("many.tar")
    ]
    assert slices[0][0] == 0 and slices[-1][1] is None
    assert all(a[1] == b[0] for a, b in pairwise(slices))
    assert len(slices) > 2


def test_a_prefix_of_a_bucket_is_built_in_shards(archive, bucket, tmp_path):
    place = open_objects(f"{bucket}/scenes")
    for path in sorted(archive.folder.rglob("*")):
        if path.is_file():
            place.create(path.relative_to(archive.folder).as_posix(), path)
    whole = Index(tmp_path / "one", [f"{bucket}/scenes"], chip_size=Size.parse("16"))
    whole.build()
    index = Index(
        tmp_path / "sharded", [f"{bucket}/scenes"], chip_size=Size.parse("16")
    )
    shards = Shards(index, f"{bucket}/work")
    shards.build()
    same(index, whole)
    assert index.update().sources.unchanged == len(index.ledger())


def test_the_same_command_makes_the_same_plan(shards, tmp_path, archive):
    plan = shards.plan()
    assert shards.plan().id == plan.id
    address = plan.save(shards.place.objects)
    assert read_plan(address)[0] == plan
    archive.write("new.png", png(99))
    assert shards.plan().id != plan.id


def test_a_new_plan_takes_the_shards_that_did_not_change(shards, archive):
    shards.build()
    archive.write("zz.png", png(99))
    executor = shards.drive(shards.plan())
    assert 0 < len(executor.tried) < len(shards.plan().shards)


def test_nothing_is_embedded_twice(shards):
    plan = shards.plan()
    shards.drive(plan)
    before = shards.encoder.encoded
    assert shards.drive(plan).tried == []
    assert not shards.embed(plan, 0)
    assert shards.encoder.encoded == before


@pytest.mark.parametrize("seed", range(5))
def test_workers_that_die_cost_their_shard_alone(shards, whole, seed):
    plan = shards.plan()
    deaths = np.random.default_rng(seed).integers(len(plan.shards), size=3)
    executor = shards.drive(plan, seed=seed, deaths=deaths[:2])
    assert len(executor.tried) == len(plan.shards) + 2
    shards.commit(plan)
    same(shards.index, whole)


def test_two_workers_of_one_shard_leave_one_part(shards, monkeypatch):
    plan, done = shards.plan(), ShardPlace.done
    monkeypatch.setattr(ShardPlace, "done", lambda self, key: False)
    assert shards.embed(plan, 0) and shards.embed(plan, 0)
    monkeypatch.setattr(ShardPlace, "done", done)
    assert len(list(shards.place.objects.below("parts"))) == 1
    assert len(list(shards.place.objects.below("reports"))) == 1


def test_a_poisoned_shard_fails_three_times_and_nothing_is_published(
    shards, monkeypatch
):
    plan = shards.plan()
    executor = shards.drive(plan, deaths=[1] * 5)
    assert executor.tried.count(1) == 3
    assert shards.failed == {1: "its worker died"}
    with pytest.raises(IndexingError, match="shard 1: its worker died"):
        shards.commit(plan)
    assert not shards.index.directory.exists()
    report = shards.commit(plan, allow_failed=True)
    gone = [skip for skip in report.skipped if skip.kind == "ShardError"]
    assert {skip.source for skip in gone} == {u.source for u in plan.shards[1]}
    assert "its worker died" in gone[0].reason
    shards.drive(plan)
    assert shards.failed == {}
    shards.commit(plan)


def test_a_source_that_changed_since_the_plan_fails_its_shard(shards, archive):
    plan = shards.plan()
    archive.write("0.png", png(55))
    archive.tar("many.tar", {"x.png": png(56)})
    shards.drive(plan)
    assert shards.failed
    assert all("has changed since the plan" in why for why in shards.failed.values())
    shards.drive(shards.plan())
    assert shards.failed == {}


def test_another_version_encoder_or_table_is_refused(shards, monkeypatch):
    plan = shards.plan()
    address = plan.save(shards.place.objects)
    monkeypatch.setattr("rsrag.indexing.shards.shard_plan.__version__", "0.0.1")
    with pytest.raises(IndexMismatchError, match=r"this is 0\.0\.1") as caught:
        read_plan(address)
    assert "pip install rsrag==" in caught.value.hint
    shards.encoder.identity = EncoderIdentity("colours", "ee" * 32, "mean", 3)
    with pytest.raises(IndexMismatchError, match="cdcdcdcdcdcd"):
        shards.embed(plan, 0)
    shards.encoder = Colours()
    other = dataclasses.replace(plan, metadata_sha256="0" * 64)
    with pytest.raises(IndexMismatchError, match="not the table"):
        shards.embed(other, 0)


@pytest.mark.parametrize("number", [-1, 1000])
def test_a_shard_that_is_not_there_is_refused(shards, number):
    with pytest.raises(IndexingError, match="There is no shard"):
        shards.embed(shards.plan(), number)


def test_strict_fails_a_shard_with_a_broken_picture(shards):
    shards.index.request = lambda encoder, request=shards.index.request: request(
        encoder, strict=True
    )
    shards.drive(shards.plan())
    assert any("broken.png" in why for why in shards.failed.values())
    assert len(shards.failed) < len(shards.plan().shards)


def test_a_damaged_part_is_refused_and_the_index_stays(shards, whole):
    plan = shards.plan()
    shards.drive(plan)
    part = max((Path(shards.place.objects.address) / "parts").iterdir())
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.unlink()
    part.write_bytes(data)
    with pytest.raises(IndexCorruptError, match="is damaged"):
        shards.commit(plan)
    assert not shards.index.directory.exists()


def test_a_damaged_report_and_plan_are_refused(shards):
    plan = shards.plan()
    address = Path(plan.save(shards.place.objects))
    shards.drive(plan)
    report = max((Path(shards.place.objects.address) / "reports").iterdir())
    report.unlink()
    report.write_text("{}")
    with pytest.raises(IndexCorruptError, match="is not a report"):
        shards.commit(plan)
    text = address.read_text()
    address.unlink()
    address.write_text(text.replace('"batch_size":4', '"batch_size":5'))
    with pytest.raises(IndexCorruptError, match="its digest is another"):
        read_plan(str(address))
    address.write_text("[]")
    with pytest.raises(IndexCorruptError, match="not a plan"):
        read_plan(str(address))
    with pytest.raises(ConfigError, match="is no plan"):
        read_plan(str(address.with_name("none.json")))
    with pytest.raises(ConfigError, match="is no plan"):
        read_plan("nonsense")


@pytest.mark.parametrize("step", range(6))
def test_a_committer_killed_at_any_step_is_run_again(shards, whole, step, monkeypatch):
    plan = shards.plan()
    shards.drive(plan)

    class Killed(BaseException):
        pass

    def killed(*args, **options):
        raise Killed

    fetch, left = FolderObjects.fetch, 2

    def fetch_some(self, key, path):
        nonlocal left
        left -= 1
        return killed() if left < 0 else fetch(self, key, path)

    at = [
        (FolderObjects, "fetch", fetch_some),
        ("rsrag.indexing.shards.committing.measure", None, killed),
        ("rsrag.indexing.build.publish.fill_stores", None, killed),
        ("rsrag.indexing.build.publish.write_manifest", None, killed),
        (IndexDirectory, "point", killed),
        (IndexDirectory, "prune", killed),
    ][step]
    with monkeypatch.context() as patch:
        patch.setattr(*(one for one in at if one is not None))
        with pytest.raises(Killed):
            shards.commit(plan)
    switched = step == 5
    assert shards.index.directory.exists() == switched
    assert is_committed(shards.index.directory, plan) == switched
    shards.commit(plan)
    assert is_committed(shards.index.directory, plan)
    same(shards.index, whole)


def test_a_commit_does_not_lose_what_a_stopped_build_embedded(shards):
    plan = shards.plan()
    shards.drive(plan)
    staged = shards.index.directory.building / "batches"
    staged.mkdir(parents=True)
    (staged / "batch-00000000.parquet").write_bytes(b"x")
    with pytest.raises(IndexingError, match="would lose them"):
        shards.commit(plan)


def test_sources_without_a_picture(tmp_path):
    folder = Archive(tmp_path / "none")
    folder.write("x.png", b"\x89PNG")
    shards = Shards(Index(tmp_path / "ix", [folder.folder]), tmp_path / "work")
    with pytest.raises(SourceNotFoundError, match="Nothing to index"):
        shards.build()
    with pytest.raises(ImageryError, match="is not there"):
        Shards(Index(tmp_path / "ix", [tmp_path / "no"]), tmp_path / "work").plan()
