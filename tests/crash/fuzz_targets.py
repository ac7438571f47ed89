"""What the fuzzer damages, and how each of it is read."""

import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import crash_world as world
import numpy as np
import pyarrow as pa
from mutations import (
    Mutation,
    any_bytes,
    json_lines,
    json_values,
    mostly,
    pax_records,
    tar_headers,
    zip_records,
)

from rsrag.desk.upkeep.checking import store_opener
from rsrag.errors import RsragError
from rsrag.factory import open_index
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.sidecar_metadata import read_metadata
from rsrag.imagery.scenes import open_scene
from rsrag.imagery.sources.sources import iter_sources
from rsrag.indexing.checks.verify import verify_index
from rsrag.indexing.format.ledger import entries_of, read_ledger
from rsrag.indexing.format.parts import read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
from rsrag.indexing.generations.listing_indexes import index_details, index_summary
from rsrag.knowledge.collection import read_collection
from rsrag.knowledge.record_schema import to_line
from rsrag.records import Fact, Landmark, Passage
from rsrag.types import Skip

WEIGHTS = {
    "tar": 6,
    "zip": 6,
    "index": 4,
    "sidecar": 4,
    "collection": 3,
    "tar.gz": 2,
    "parts": 2,
    "staging": 1,
    "picture": 1,
}
"""How often each target is chosen."""

Read = Callable[[Path], object]


@dataclass(frozen=True)
class Target:
    """A folder of valid files, of which one at a time is damaged.

    Attributes:
        files: bytes by path within the folder.
        read: reads the folder as a command does.
        mutations: by the ending of a file's name; others get plain damage.
        clean: the folder is made anew after each case.
    """

    files: dict[str, bytes]
    read: Read
    mutations: dict[str, Mutation]
    clean: Path | None = None

    def mutate(self, name: str) -> Mutation:
        return self.mutations.get(Path(name).suffix, any_bytes)

    def restore(self, folder: Path, name: str) -> None:
        if self.clean is None:
            (folder / name).write_bytes(self.files[name])
        else:
            shutil.rmtree(folder)
            shutil.copytree(self.clean, folder)


def read_archives(folder: Path) -> None:
    """All items of all archives, their heads and hashes; the chips of some."""
    for path in sorted(folder.iterdir()):
        for number, item in enumerate(iter_sources([path])):
            if isinstance(item, Skip):
                item.source.encode()
                continue
            item.source.encode()
            item.head()
            item.sha256()
            if number < 2:
                try:
                    scene = open_scene(item, ImageryOptions(), None)
                    try:
                        for _ in scene.chips():
                            pass
                    finally:
                        scene.close()
                except RsragError:
                    continue


def read_index(folder: Path) -> None:
    """As list, info and search do; each must answer or say what is wrong."""
    directory = IndexDirectory(folder, world.NAME)
    list_indexes(folder)
    index_summary(directory)
    errors = []
    for look in (index_details, search, verify, read_the_ledger):
        try:
            look(directory)
        except RsragError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def search(directory: IndexDirectory) -> None:
    opened = open_index(directory.name, world.settings_of(directory.root))
    try:
        query = np.eye(1, opened.store.dim, dtype=np.float32)
        for hits in opened.store.search(query, 3):
            assert all(np.isfinite(hit.score) for hit in hits)
    finally:
        opened.store.close()


def verify(directory: IndexDirectory) -> None:
    verify_index(
        directory, store_opener(world.settings_of(directory.root)), world.silent
    )


def read_the_ledger(directory: IndexDirectory) -> None:
    table = read_ledger(directory.current_path())
    if table is not None:
        entries_of(table)


def read_part_files(folder: Path) -> None:
    for table in read_parts(sorted(folder.glob("*.parquet"))):
        # Text that is no UTF-8 in a page is left to the hash of the part: verify.
        with suppress(pa.ArrowInvalid):
            table.validate(full=True)


def take_up(folder: Path) -> None:
    """Go on with a build that was stopped; what comes of it must be whole."""
    world.build(folder / "indexes", folder / "archive")
    # A flipped bit in a batch may pass as another vector of length one.
    world.check_whole(folder / "indexes", folder / "archive", unit=1e-3)


def read_sidecars(folder: Path) -> None:
    errors = []
    for path in sorted(folder.iterdir()):
        try:
            read_metadata(path).get("/archive/a.tif")
        except RsragError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def tar_bytes(mode: str, members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, format=tarfile.GNU_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return (
        stream.getvalue().rstrip(b"\0") + bytes(1024)
        if mode == "w"
        else stream.getvalue()
    )


def zip_bytes(members: dict[str, bytes], method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def archive_files() -> dict[str, dict[str, bytes]]:
    world_file = b"0.1\n0\n0\n-0.1\n10\n20\n"
    members = {
        "a.png": world.picture(1),
        "deep/b.png": world.picture(2),
        "deep/b.pgw": world_file,
        "l" * 120 + ".png": world.picture(3),
        "notes.txt": b"x" * 700,
    }
    return {
        "tar": {"a.tar": tar_bytes("w", members)},
        "tar.gz": {"a.tar.gz": tar_bytes("w:gz", members)},
        "zip": {"a.zip": zip_bytes(members, 8), "b.zip": zip_bytes(members, 0)},
        "picture": {"a.png": world.picture(1, 16), "b.png": world.picture(2)},
    }


def sidecar_files() -> dict[str, bytes]:
    rows = [
        {
            "file": f"{name}.tif",
            "datetime": "2024-05-01T10:00:00Z",
            "gsd_m": 10,
            "sensor": "S2A",
            "bounds": [1, 2, 3, 4],
            "captions": ["a lake"],
        }
        for name in "abc"
    ]
    csv = "file,datetime,gsd,west,south,east,north\na.tif,2024-05-01,10,1,2,3,4\n"
    return {
        "a.json": json.dumps(rows).encode(),
        "b.json": json.dumps({"images": rows}).encode(),
        "c.jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "d.csv": csv.encode() * 1,
    }


def knowledge_files() -> dict[str, bytes]:
    lake = Landmark(
        id="0" * 16, name="Lake", category="lake", source="s", licence="CC0-1.0"
    )
    fact = Fact(
        id="1" * 16,
        landmark_id="0" * 16,
        variable="depth",
        value="5 m",
        number=5.0,
        unit="m",
        period="2020-01",
        source="s",
        licence="CC0-1.0",
    )
    text = Passage(
        id="2" * 16,
        landmark_id="0" * 16,
        chunk_type="text",
        text="A lake is deep.",
        source="s",
        licence="CC0-1.0",
    )
    return {
        "landmarks.jsonl": to_line(lake).encode() + b"\n",
        "facts.jsonl": to_line(fact).encode() + b"\n",
        "passages.jsonl": to_line(text).encode() + b"\n",
    }


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def after(calls: int) -> Callable[[], bool]:
    """Says yes when it is asked for the so-manieth time."""
    count = iter(range(calls))
    return lambda: next(count, None) is None


def make_targets(root: Path) -> dict[str, Target]:
    """All targets, their folders ready below ``root``."""
    clean = root / "clean"
    source = world.draw_archive(clean / "archive")
    world.build(clean / "index", source)
    whole = clean / "index"
    folder = IndexDirectory(whole, world.NAME).current_path()
    parts = sorted((folder / "parts" / "image").glob("*.parquet"))
    stopped = clean / "stopped"
    world.draw_archive(stopped / "archive")
    with suppress(KeyboardInterrupt):
        # Its folder is the one that the cases are run in: a plan names its sources.
        (root / "staging").symlink_to(stopped)
        world.build(
            root / "staging" / "indexes", root / "staging" / "archive", stop=after(30)
        )
    (root / "staging").unlink()
    building = IndexDirectory(stopped / "indexes", world.NAME).building
    assert len(list(building.glob("batches/*"))) > 1
    archives = archive_files()
    damage: dict[str, Mutation] = {
        ".tar": mostly(tar_headers, any_bytes, pax_records),
        ".zip": mostly(zip_records, any_bytes),
        ".json": mostly(json_values, any_bytes),
        ".jsonl": mostly(json_lines, any_bytes),
    }
    targets = {
        "tar": Target(archives["tar"], read_archives, damage),
        "tar.gz": Target(archives["tar.gz"], read_archives, damage),
        "zip": Target(archives["zip"], read_archives, damage),
        "picture": Target(archives["picture"], read_archives, damage),
        "sidecar": Target(sidecar_files(), read_sidecars, damage),
        "collection": Target(knowledge_files(), read_collection, damage),
        "parts": Target(
            {path.name: path.read_bytes() for path in parts}, read_part_files, {}
        ),
        "index": Target(files_of(whole), read_index, damage, whole),
        "staging": Target(
            {f"indexes/test/building/{k}": v for k, v in files_of(building).items()},
            take_up,
            damage,
            stopped,
        ),
    }
    for name, target in targets.items():
        if target.clean is not None:
            shutil.copytree(target.clean, root / name)
        else:
            (root / name).mkdir()
            for file, data in target.files.items():
                (root / name / file).write_bytes(data)
        # What is not damaged must be readable, or nothing is tried.
        target.read(root / name)
        for file in target.files:
            target.restore(root / name, file)
    return targets
