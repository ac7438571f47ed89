"""A small archive on the Earth, indexed with ``mini`` once for all tests."""

import io
import tarfile
from pathlib import Path

import pytest
from known_places import (
    COLOURS,
    textured,
    world_file,
    write_captioned,
    write_knowledge,
    write_pictures,
)

from rsrag.commands import main
from tests.commands.made_years import write_years


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Path:
    """``world.tar``: nine placed pictures, a plain one, and a broken one."""
    folder = tmp_path_factory.mktemp("archive")
    path = folder / "world.tar"
    with tarfile.open(path, "w") as tar:

        def add(name: str, data: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        for row, (word, colour) in enumerate(COLOURS.items()):
            for column in range(3):
                buffer = io.BytesIO()
                textured(colour, 10 * row + column).save(buffer, "PNG")
                add(f"{word}-{column}.png", buffer.getvalue())
                add(f"{word}-{column}.pgw", world_file(10.0 * column, 10.0 * row + 1))
        buffer = io.BytesIO()
        textured((20, 120, 30), 99).save(buffer, "PNG")
        add("plain.png", buffer.getvalue())
        add("broken.png", b"\x89PNG")
    (folder / "table.csv").write_text(
        "file,datetime,gsd_m,sensor,label\n"
        + "".join(
            f"{word}-{column}.png,202{column}-06-01T10:00:00Z,{10 * (column + 1)},"
            f"{'S2A' if column else 'S2B'},{word}\n"
            for word in COLOURS
            for column in range(3)
        )
    )
    return path


@pytest.fixture(scope="session")
def indexes(archive, tmp_path_factory) -> Path:
    """A folder with the index ``world``."""
    root = tmp_path_factory.mktemp("indexes")
    table = archive.parent / "table.csv"
    words = ["index", "build", str(archive), "--name", "world", "--indexes", str(root)]
    assert main([*words, "--metadata", str(table)]) == 0
    return root


@pytest.fixture
def run(indexes, capfd):
    """Run a command over the index: exit code, stdout, stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*words, "--indexes", str(indexes)])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="session")
def knowledge(tmp_path_factory):
    """A folder of knowledge; the user's cache of catalogues stays out of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield write_knowledge(tmp_path_factory.mktemp("knowledge"))


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    """``baikal.tif``, ``ocean.tif``, ``sand.png`` and ``broken.png``."""
    return write_pictures(tmp_path_factory.mktemp("seen"))


@pytest.fixture(scope="session")
def captioned(tmp_path_factory) -> Path:
    """Pictures of the index ``captioned``; its folder ``indexes`` is beside them."""
    folder = write_captioned(tmp_path_factory.mktemp("captioned"))
    words = ["--name", "captioned", "--indexes", str(folder.parent / "indexes")]
    table = ["--metadata", str(folder.parent / "captions.jsonl")]
    assert main(["index", "build", str(folder), *table, *words]) == 0
    return folder


@pytest.fixture
def know(knowledge, tmp_path, capfd):
    """Run a command over the knowledge, with no index: exit code, stdout, stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        folders = ["--knowledge", str(knowledge), "--indexes", str(tmp_path / "none")]
        code = main([*words, *folders])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def see(run, knowledge):
    """Run a command over the knowledge and the indexes: exit code, stdout, stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        return run(*words, "--knowledge", str(knowledge))

    return call


@pytest.fixture
def listen(captioned, knowledge, capfd):
    """Run a command over the knowledge and captioned imagery: code, stdout, stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        indexes = str(captioned.parent / "indexes")
        code = main([*words, "--knowledge", str(knowledge), "--indexes", indexes])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="session")
def years(tmp_path_factory):
    """Five years of one place, and the index ``years`` of them, two chips a year."""
    root = tmp_path_factory.mktemp("years")
    write_years(root / "scenes")
    words = ["index", "build", str(root / "scenes"), "--name", "years"]
    assert main([*words, "--chip-size", "128", "--indexes", str(root / "ix")]) == 0
    return root
