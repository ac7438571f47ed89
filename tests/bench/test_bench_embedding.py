"""The embedding benchmark: its pictures, its workers, and what it would notice."""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from bench.embedding import STAGES, _stages
from bench.embedding.pictures import draw_geotiff, draw_tars
from bench.embedding.race import FLOOR, LOOP, OWN, RETRIEVAL, Outcome, agreement
from bench.embedding.workers import Worker, WorkerError


def save(path: Path, names: list[str], rows: np.ndarray) -> str:
    np.savez(path, names=names, rows=rows)
    return str(path)


def test_tars_hold_as_many_different_jpegs_as_asked(tmp_path: Path) -> None:
    paths = [tmp_path / "a.tar", tmp_path / "b.tar"]
    draw_tars(paths, 5, side=64)
    members = {}
    for path in paths:
        with tarfile.open(path) as tar:
            for member in tar:
                stream = tar.extractfile(member)
                assert stream is not None
                members[member.name] = stream.read()
    assert sorted(members) == [f"{number:05d}.jpg" for number in range(5)]
    assert len(set(members.values())) == 5


def test_agreement_is_by_name_and_sees_one_wrong_vector(tmp_path: Path) -> None:
    rows = np.eye(3, dtype=np.float32)
    one = save(tmp_path / "one.npz", ["a", "b", "c"], rows)
    turned = save(tmp_path / "turned.npz", ["c", "b", "a"], rows[::-1] * 2)
    assert agreement(one, turned) == (1.0, 1.0)
    wrong = save(tmp_path / "wrong.npz", ["a", "b", "c"], rows[[0, 1, 0]])
    assert agreement(one, wrong) == pytest.approx((2 / 3, 0.0))


def test_agreement_refuses_other_pictures(tmp_path: Path) -> None:
    rows = np.eye(2, dtype=np.float32)
    one = save(tmp_path / "one.npz", ["a", "b"], rows)
    other = save(tmp_path / "other.npz", ["a", "x"], rows)
    with pytest.raises(ValueError, match="other pictures"):
        agreement(one, other)


def test_goals_follow_from_the_seconds() -> None:
    outcome = Outcome(10, {LOOP: [6.0, 6.2], OWN: [2.0, 2.0], FLOOR: [1.9, 1.9]})
    outcome.cosines[OWN] = (0.9999, 0.9990)
    near, fast, same = outcome.goals("tars")
    assert (near.met, fast.met, same.met) == (True, True, True)
    outcome.seconds[FLOOR] = [1.0, 1.0]
    outcome.seconds[LOOP] = [4.0, 4.0]
    outcome.cosines[OWN] = (0.9999, 0.9989)
    missed = outcome.goals("tars")
    assert not any(goal.met for goal in missed)
    assert all(goal.why for goal in missed)


def test_a_peer_that_took_no_part_has_a_row_of_dashes() -> None:
    outcome = Outcome(10, {LOOP: [5.0], OWN: [2.0], FLOOR: [2.0]})
    rows = {str(row[0]): row[1:] for row in outcome.rows()}
    assert rows[RETRIEVAL] == [None] * 5
    assert rows[OWN][0] == 5.0
    assert rows[OWN][2] == 2.5


def test_shares_of_stages_are_whole_and_named() -> None:
    table = _stages({"open": 1.0, "forward": 2.0, "store": 1.0, "total": 9.0}, {})
    assert [row[0] for row in table.rows] == list(STAGES)
    assert [row[1] for row in table.rows] == [25.0, 0.0, 0.0, 50.0, 25.0]


@pytest.mark.slow
def test_rsrag_answers_for_tars_a_raster_and_the_floor(tmp_path: Path) -> None:
    tars = [tmp_path / "a.tar", tmp_path / "b.tar"]
    draw_tars(tars, 4, side=64)
    scene = tmp_path / "scene.tif"
    draw_geotiff(scene, 1_024 + 256)
    with Worker("own.py", ("mini", "", "auto", tmp_path)) as worker:
        out = str(tmp_path / "out.npz")
        said = worker.ask(tars=[str(path) for path in tars], out=out)
        assert said["chips"] == 4
        assert {"open", "decode", "prepare", "forward", "write"} <= said[
            "stages"
        ].keys()
        assert np.load(out)["names"].tolist() == [f"{n:05d}.jpg" for n in range(4)]
        said = worker.ask(geotiff=str(scene), out=out)
        assert said["chips"] == 9
        assert "512 1024" in np.load(out)["names"].tolist()
        assert worker.ask(floor=8)["seconds"] > 0
        with pytest.raises(WorkerError, match="SourceNotFoundError"):
            worker.ask(tars=[str(tmp_path / "none.tar")], out=out)
