"""--log-level shows what happens inside, on stderr and nowhere else."""

import logging

from rsrag.commands import main


def search(capsys, indexes, *before):
    code = main([*before, "search", "a red field", "--indexes", str(indexes)])
    out, err = capsys.readouterr()
    assert code == 0, err
    return out, err


def test_records_are_asked_for_and_leave_the_data_alone(capsys, indexes):
    quiet, nothing = search(capsys, indexes)
    told, records = search(capsys, indexes, "--log-level", "info")
    assert told == quiet
    assert "rsrag." not in nothing
    assert "INFO    rsrag.factory: index " in records
    assert ", image: 10 rows, mini, faiss flat" in records
    again, silent = search(capsys, indexes)
    assert (again, silent) == (quiet, nothing)  # the handler went with the command


def test_the_environment_asks_too(capsys, indexes, monkeypatch):
    monkeypatch.setenv("RSRAG_LOG_LEVEL", "info")
    assert "index " in search(capsys, indexes)[1]
    assert "index " not in search(capsys, indexes, "--log-level", "error")[1]


def test_another_level_is_refused(capsys):
    assert main(["--log-level", "loud", "doctor"]) == 2
    assert "'debug', 'info', 'warning', 'error'" in capsys.readouterr().err


def test_a_record_is_one_line_that_drives_no_terminal(capsys):
    from rsrag.commands.terminal.progress import LogLevel, shown_records

    with shown_records(LogLevel.DEBUG):
        logging.getLogger("rsrag.imagery").debug("read %s", "a\x1b[2J\nb.tif")
    err = capsys.readouterr().err
    assert err.endswith("DEBUG   rsrag.imagery: read a\\x1b[2J\\nb.tif\n")
    assert err.count("\n") == 1


def test_a_build_tells_of_its_batches(archive, tmp_path, caplog):
    caplog.set_level(logging.INFO, "rsrag")
    build = [
        "index",
        "build",
        str(archive),
        "--name",
        "told",
        "--indexes",
        str(tmp_path),
    ]
    assert main(build) == 0
    told = [record.getMessage() for record in caplog.records]
    batch = next(line for line in told if "chips encoded and written" in line)
    assert all(stage in batch for stage in ("forward ", "write "))
    assert "index told: generation 000001 is current" in told


def test_the_library_is_silent_by_itself():
    handlers = logging.getLogger("rsrag").handlers
    assert [type(handler) for handler in handlers] == [logging.NullHandler]
