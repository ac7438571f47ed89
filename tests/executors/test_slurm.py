"""Arrays of a real Slurm: outcomes, deaths, its controller's restart, a lost driver."""

import uuid
from pathlib import Path

import pytest
from test_local_processes import run

from rsrag.errors import ConfigError, IndexingError
from rsrag.indexing.executors import slurm_array
from rsrag.indexing.executors.slurm_array import SlurmArray


@pytest.fixture
def array(slurm, tmp_path, monkeypatch):
    """Makes an executor whose command is a line of the shell; ``$1`` is the shard."""
    monkeypatch.setattr(slurm_array, "_SOONEST_S", 0.2)
    monkeypatch.setattr(slurm_array, "_LATEST_S", 0.5)
    name = f"rsrag-{uuid.uuid4().hex[:12]}"
    made = []

    def call(line, **how):
        command = ["sh", "-c", f"cd {tmp_path}; {line}", "sh"]
        made.append(SlurmArray(command, name, tmp_path / "logs", **how))
        return made[-1]

    yield call
    for executor in made:
        executor.stop()


def done(folder):
    return sorted(int(path.name[5:]) for path in folder.glob("done-*"))


def outcomes(executor, count):
    found = {}
    while len(found) < count:
        found |= dict(executor.wait())
    return found


def test_shards_are_tasks_of_one_array(array, tmp_path):
    numbers = [0, 3, 1_200]
    executor = array("touch done-$1")
    for number in numbers:
        executor.submit(number)
    assert outcomes(executor, 3) == dict.fromkeys(numbers)
    assert done(tmp_path) == numbers
    logs = {path.name.partition("_")[0] for path in (tmp_path / "logs").iterdir()}
    assert len(logs) == 1


def test_a_task_that_fails_tells_the_end_of_its_log(array):
    executor = array("echo Error: it cannot be >&2; [ $1 != 1 ]")
    found = run(executor, 3)
    assert "FAILED (NonZeroExitCode); Error: it cannot be" in found.pop(1)
    assert found == {0: None, 2: None}


def test_a_task_that_is_killed_costs_its_shard_alone(array, tmp_path):
    executor = array("[ $1 = 2 ] && kill -9 $$; touch done-$1")
    found = run(executor, 5)
    assert "FAILED" in found.pop(2)
    assert found == dict.fromkeys((0, 1, 3, 4))
    assert done(tmp_path) == [0, 1, 3, 4]


def test_a_task_that_is_cancelled_is_an_error_and_the_rest_goes_on(
    array, slurm, tmp_path
):
    executor = array("[ $1 = 0 ] && exec sleep 600; touch done-$1")
    for number in range(3):
        executor.submit(number)
    assert outcomes(executor, 2) == {1: None, 2: None}
    (task,) = executor._running
    slurm.ask("scancel", task)
    (error,) = outcomes(executor, 1).values()
    assert f"Slurm's task {task}: CANCELLED" in error


def test_a_controller_that_stops_and_comes_back_is_no_matter(array, slurm, tmp_path):
    executor = array("while [ ! -e go ]; do sleep 0.1; done; touch done-$1")
    for number in range(3):
        executor.submit(number)
    assert executor.wait() == []
    slurm.end_one("controller")
    assert executor.wait() == []
    (tmp_path / "go").touch()
    slurm.start()
    assert outcomes(executor, 3) == dict.fromkeys(range(3))
    assert done(tmp_path) == [0, 1, 2]


def test_a_lost_driver_s_tasks_end_when_it_is_run_again(array, slurm, tmp_path):
    lost = array("touch began-$1; [ -e go ] || exec sleep 600; touch done-$1")
    for number in range(3):
        lost.submit(number)
    while not list(tmp_path.glob("began-*")):
        lost.wait()
    (tmp_path / "go").touch()
    lost._running.clear()  # Nobody asks for them any more.
    again = array("touch began-$1; [ -e go ] || exec sleep 600; touch done-$1")
    assert run(again, 3) == dict.fromkeys(range(3))


def test_a_silent_slurm_is_given_up_after_a_while(array, monkeypatch):
    executor = array("exec sleep 600")
    executor.submit(0)
    assert executor.wait() == []

    def silent(words, script=None):
        raise OSError("Unable to contact slurm controller")

    with monkeypatch.context() as context:
        context.setattr(slurm_array, "_ask", silent)
        assert executor.wait() == []
        context.setattr(slurm_array, "_SILENCE_S", 0)
        with pytest.raises(IndexingError, match="has not answered") as caught:
            executor.wait()
    assert "run the same command again" in caught.value.hint


def test_no_such_partition_is_told(array):
    executor = array("true", partition="moon")
    executor.submit(0)
    with pytest.raises(IndexingError, match=r"takes no job: .*partition") as told:
        executor.wait()
    assert "SBATCH_ACCOUNT" in told.value.hint


def test_a_queue_that_takes_few_tasks_gets_smaller_arrays(array, monkeypatch, tmp_path):
    asked = []
    ask = slurm_array._ask

    def refusing(words, script=None):
        if words[0] == "sbatch":
            asked.append(next(word for word in words if word.startswith("--array")))
            if asked[-1] not in ("--array=0-1", "--array=0-0"):
                raise OSError("AssocMaxSubmitJobLimit")
        return ask(words, script)

    monkeypatch.setattr(slurm_array, "_ask", refusing)
    assert run(array("touch done-$1"), 5) == dict.fromkeys(range(5))
    assert asked[:3] == ["--array=0-4", "--array=0-2", "--array=0-1"]
    assert done(tmp_path) == list(range(5))


def test_where_there_is_no_slurm_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"Slurm cannot be asked: .*squeue") as caught:
        SlurmArray(["true"], "rsrag-none", tmp_path / "logs")
    assert "where sbatch works" in caught.value.hint


def test_only_the_loopback_is_listened_on(slurm):
    ports = {f"{port:04X}" for port in slurm._ports.values()}
    lines = Path("/proc/self/net/tcp").read_text().splitlines()[1:]
    lines += Path("/proc/self/net/tcp6").read_text().splitlines()[1:]
    where = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    ours = [one for one in where if one.rpartition(":")[2] in ports]
    assert {one.partition(":")[0] for one in ours} == {"0100007F"}
    assert len(ours) == 3, ours
