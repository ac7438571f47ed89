"""``rsrag search QUERY PATH...``: folders that are indexed on the way."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest
from known_places import COLOURS, textured, world_file

from bench.index_io.small_files import write_files
from rsrag.commands import main
from rsrag.config import Settings
from rsrag.desk.folder_search import folder_index, refresh_folder
from rsrag.factory import EncoderChoice
from rsrag.indexing.generations.index_directory import IndexDirectory

SAND = "sand"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """A picture of each colour, the one of sand at 10° E, 5° N."""
    folder = tmp_path_factory.mktemp("drawn") / "photos"
    (folder / "deeper").mkdir(parents=True)
    for number, (word, colour) in enumerate(COLOURS.items()):
        textured(colour, number).save(folder / "deeper" / f"{word}.png")
    (folder / "deeper" / f"{SAND}.pgw").write_bytes(world_file(10.0, 5.0))
    return folder


@pytest.fixture
def photos(drawn, tmp_path, monkeypatch) -> Path:
    """A copy, beside which the process stands; nothing is indexed yet."""
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(drawn, tmp_path / "photos")


@pytest.fixture
def type_(capfd):
    """Run a command: exit code, stdout, stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([str(word) for word in words])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def found(out: str) -> list[str]:
    return [Path(row["source"]).name for row in json.loads(out)]


def searched(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "folders").glob("*"))


def test_a_folder_is_indexed_and_searched_by_one_command(photos, type_) -> None:
    code, out, err = type_("search", "yellow sand", "photos", "--json")
    assert code == 0
    assert found(out)[0] == f"{SAND}.png" and len(found(out)) == len(COLOURS)
    (name,) = searched(photos.parent / "home")
    assert name.startswith("photos-")
    pictures = len(COLOURS)
    assert err.startswith(
        f"indexed {pictures} pictures ({pictures} chips) as {name} in "
    )
    assert not (photos.parent / "indexes").exists()
    assert {path.suffix for path in photos.rglob("*.*")} == {".png", ".pgw"}


def test_only_what_is_new_is_read(photos, type_) -> None:
    words = ("search", "sand", "photos", "--json", "-k", 99)
    type_(*words)
    directory = IndexDirectory(photos.parent / "home/folders", searched_name(photos))
    assert type_(*words)[2] == ""
    assert directory.current() == 1
    textured((9, 9, 9), 99).save(photos / "new.png")
    code, out, err = type_(*words, "--no-refresh")
    assert (code, err) == (0, "") and "new.png" not in found(out)
    code, out, err = type_(*words)
    assert "new.png" in found(out)
    assert err.startswith("1 added since the last time, read in ")
    assert directory.current() == 2
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xffnonsense")
    (photos / "new.png").unlink()
    code, out, err = type_(*words)
    assert code == 0 and "new.png" not in found(out)
    assert err.startswith("1 added, 1 removed since the last time")
    assert "1 left out:\n" in err and "bad.jpg: " in err
    assert type_(*words)[2] == ""


def searched_name(photos: Path) -> str:
    return folder_index([photos], EncoderChoice("mini"))


def test_it_works_with_filters_formats_maps_and_pictures(photos, type_) -> None:
    near = ("--bbox", 9, 4, 12, 6)
    code, out, _ = type_("search", "anything", *near, photos, "--format", "paths")
    assert (code, out) == (0, f"{photos}/deeper/{SAND}.png\n")
    picture = f"photos/deeper/{SAND}.png"
    for words in (
        ("--image", picture, "photos"),
        (f"@{picture}", "photos"),
        ("sand", "--image", picture, "photos"),
    ):
        code, out, err = type_("search", *words, "--json", "-k", 1)
        assert (code, err) == (0, "")
        assert found(out) == [f"{SAND}.png"]
    queries = photos.parent / "queries.txt"
    queries.write_text("yellow sand\nblue water\n")
    code, out, _ = type_("search", "--queries", queries, "photos", "--json")
    assert [answer["query"] for answer in json.loads(out)] == [
        "yellow sand",
        "blue water",
    ]
    code, _, err = type_("search", "sand", "photos", "--map", "m.html")
    assert code == 0 and err == "wrote m.html\n"
    assert "data:image/jpeg" in Path("m.html").read_text()


def test_a_path_has_one_index_however_it_is_typed(photos, type_, monkeypatch) -> None:
    (photos.parent / "link").symlink_to(photos)
    type_("search", "sand", "photos")
    for path in (photos, "./photos/", "photos/deeper/..", "link"):
        assert type_("search", "sand", path) == type_("search", "sand", "photos")
    monkeypatch.chdir(photos)
    assert type_("search", "sand", ".")[2] == ""
    assert len(searched(photos.parent / "home")) == 1
    monkeypatch.chdir(photos.parent)
    with tarfile.open("more.tar", "w") as tar:
        tar.add(photos / "deeper", "inside")
    shutil.copy(photos / "deeper" / f"{SAND}.png", "one.png")
    assert "as more.tar-and-1-more-" in type_("search", "x", "one.png", "more.tar")[2]
    assert type_("search", "x", "more.tar", "one.png", "more.tar")[2] == ""


def test_other_paths_and_encoders_have_indexes_of_their_own() -> None:
    names = {
        folder_index([Path("/a/photos")], EncoderChoice("mini")),
        folder_index([Path("/b/photos")], EncoderChoice("mini")),
        folder_index([Path("/a/photos")], EncoderChoice("georsclip-vit-b-32")),
        folder_index([Path("/a/photos")], EncoderChoice("mini", Path("/w.pt"))),
        folder_index([Path("/a/photos"), Path("/b")], EncoderChoice("mini")),
    }
    assert len(names) == 5
    odd = folder_index([Path("/a/...ünd mehr!  " + "x" * 300)], EncoderChoice("mini"))
    IndexDirectory(Path("/none"), odd)
    assert folder_index([Path("/")], EncoderChoice("mini")).startswith("folder-")


def test_it_is_listed_and_looked_at_by_its_name(photos, type_) -> None:
    type_("search", "sand", "photos")
    name = searched_name(photos)
    code, out, _ = type_("index", "list")
    assert code == 0
    assert "folders that were searched, in " in out
    (line,) = [line for line in out.splitlines() if line.startswith(name)]
    assert line.endswith(f"  {photos}")
    (row,) = json.loads(type_("index", "list", "--json")[1])
    assert (row["name"], row["sources"]) == (name, [str(photos)])
    assert row["root"] == str(photos.parent / "home" / "folders")
    assert json.loads(type_("index", "list", "--indexes", "x", "--json")[1]) == []
    for words in (("info",), ("verify",), ("update",), ("rebuild",)):
        assert type_("index", *words, name)[0] == 0
    assert type_("search", "sand", "--index", name)[0] == 0
    code, _, err = type_("search", "sand")
    assert code == 1
    assert f"There is no index in {photos.parent / 'home' / 'indexes'} yet." in err
    assert "rsrag search QUERY FOLDER" in err


def test_a_search_goes_on_while_another_process_refreshes(photos, type_) -> None:
    directory = IndexDirectory(photos.parent / "home/folders", searched_name(photos))
    with directory.writing():
        code, out, err = type_("search", "sand", "photos")
    assert (code, out) == (1, "") and "is being written" in err
    type_("search", "sand", "photos")
    textured((9, 9, 9), 99).save(photos / "new.png")
    with directory.writing():
        code, out, err = type_("search", "sand", "photos", "--json")
    assert code == 0 and "new.png" not in found(out)
    assert err.endswith("It is searched as it is.\n")


def test_what_is_done_when_it_is_stopped_is_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    write_files(tmp_path / "many", 200)
    settings, mini = Settings.from_environment(), EncoderChoice("mini")
    told: list[int] = []

    def stopped() -> bool:
        return bool(told) and told[-1] >= 64

    with pytest.raises(KeyboardInterrupt):
        refresh_folder(
            settings,
            [tmp_path / "many"],
            mini,
            lambda stage, done, skipped: told.append(done),
            stopped,
        )
    report = refresh_folder(
        settings, [tmp_path / "many"], mini, lambda *_: None, lambda: False
    )
    assert report.rows == 200
    assert 0 < report.encoded <= 200 - 64


def test_an_index_of_another_version_is_told(photos, type_) -> None:
    type_("search", "sand", "photos")
    directory = IndexDirectory(photos.parent / "home/folders", searched_name(photos))
    manifest = directory.current_path() / "manifest.json"
    data = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**data, "format_version": 1}))
    for more in ((), ("--no-refresh",)):
        code, out, err = type_("search", "sand", "photos", *more)
        assert (code, out) == (1, "")
        assert "format version 1" in err
        assert f" next: rm -r {directory.path}; the next search" in err
    shutil.rmtree(directory.path)
    assert type_("search", "sand", "photos")[0] == 0


@pytest.mark.parametrize(
    ("words", "number", "message", "next_"),
    [
        (("sand", "gone"), 1, "There is no gone.", None),
        (("sand", "empty"), 1, "empty holds no image.", "looked for files"),
        (("sand", "photos", "--no-refresh"), 1, "never indexed", "--no-refresh"),
        (("sand", "--no-refresh"), 2, "goes with a path", "rsrag search QUERY PATH"),
        (("sand", "photos", "--index", "a"), 2, "does not go with photos", None),
        (("sand", "photos", "--indexes", "a"), 2, "does not go", "RSRAG_HOME"),
        (
            ("photos/deeper",),
            2,
            "is a path",
            'rsrag search "ships in a harbour" photos',
        ),
        ((".",), 2, "is a path", None),
        (("sand", "photos", "--encoder", "minni"), 2, "mini", None),
    ],
)
def test_what_cannot_be_searched(photos, type_, words, number, message, next_) -> None:
    (photos.parent / "empty").mkdir()
    code, out, err = type_("search", *words)
    assert (code, out) == (number, "")
    assert message in err
    assert next_ is None or next_ in err
    assert searched(photos.parent / "home") == []


def test_a_word_that_names_a_folder_is_still_a_word(photos, type_, indexes) -> None:
    code, out, _ = type_("search", "photos", "--indexes", indexes, "--json")
    assert code == 0 and len(json.loads(out)) == 10
