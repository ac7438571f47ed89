"""A small archive and a collection with their indexes, and commands for them."""

import contextlib
import functools
import io
import json
import os
import shutil
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import typer.main

from rsrag.encoders.text_towers.minilm import MiniLM

_COLOURS = {"sand": (222, 190, 130), "snow": (245, 248, 250), "sea": (10, 40, 110)}
_FACTS = (
    ("Lake Deep", "maximum_depth", "1,642 m"),
    ("Lake Flat", "maximum_depth", "3 m"),
)
_TEXT = "Seals live in its water. A fifth of all fresh water is in it."


class Said(NamedTuple):
    """What a command did.

    Attributes:
        code: of its exit; ``None`` if it ended with a traceback.
        out, err: what it wrote.
    """

    code: int | None
    out: str
    err: str


def say(*words: object) -> Said:
    """Run one command in this process."""
    from rsrag.commands import main

    out, err = io.StringIO(), io.StringIO()
    code: int | None = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(word) for word in words])
        except Exception:
            err.write(traceback.format_exc())
    return Said(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def kept_warm() -> Iterator[None]:
    """Commands share the command tree and the pieces of sentences already embedded.

    Two thirds of a case's time went there, and no damage reaches either.
    """
    pieces = functools.cache(MiniLM.encode_pieces)
    with (
        patch("typer.main.get_command", functools.cache(typer.main.get_command)),
        patch.object(
            MiniLM, "encode_pieces", lambda self, texts: pieces(self, tuple(texts))
        ),
    ):
        yield


@contextlib.contextmanager
def own_home(folder: Path) -> Iterator[None]:
    """No command reads or writes what the person at this machine keeps."""
    wanted = {
        "RSRAG_HOME": str(folder / "home"),
        "RSRAG_CONFIG": os.devnull,
        "XDG_CACHE_HOME": str(folder / "cache"),
        "RSRAG_THREADS": "1",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


class World(NamedTuple):
    """What the cases damage.

    Attributes:
        root: holds ``whole`` (indexes and knowledge, never changed) and ``archive``.
    """

    root: Path

    @property
    def whole(self) -> Path:
        """Folder of ``indexes`` and ``knowledge`` that every case copies."""
        return self.root / "whole"

    def files(self) -> list[Path]:
        """Every file that may be damaged, below :attr:`whole`; locks say nothing."""
        found = sorted(path for path in self.whole.rglob("*") if path.is_file())
        keep = [p.relative_to(self.whole) for p in found if p.name != "LOCK"]
        # Of the generation before, readers see nothing until somebody goes back to it.
        return [p for p in keep if "world/generations/000001" not in p.as_posix()]


def _picture(path: Path, colour: tuple[int, int, int], seed: int, west: float) -> None:
    from PIL import Image

    grain = np.random.default_rng(seed).normal(0, 6, (48, 48, 1))
    pixels = np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    lines = (1 / 48, 0, 0, -1 / 48, west, 10.0)
    path.with_suffix(".pgw").write_text("".join(f"{value}\n" for value in lines))


def make(root: Path) -> World:
    """Draw the archive and the collection, and build both indexes, one updated."""
    archive, indexes = root / "archive", root / "whole/indexes"
    archive.mkdir(parents=True)
    for number, (name, colour) in enumerate(_COLOURS.items()):
        for column in range(2):
            path = archive / f"{name}-{column}_2020-0{number + 1}-03.png"
            _picture(path, colour, 10 * number + column, 5.0 * column + number)
    knowledge = _write_knowledge(root / "whole/knowledge")
    _run("index", "build", archive, "--name", "world", "--indexes", indexes)
    (archive / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    _picture(archive / "late_2021-01-01.png", (30, 120, 40), 99, 20.0)
    _run("index", "update", "world", "--indexes", indexes)
    _run("index", "tag", "world", "kept", "--indexes", indexes)
    where = ("--indexes", indexes, "--knowledge", knowledge)
    _run("index", "build-knowledge", *where)
    # What an update of the cases finds.
    (archive / "sand-0_2020-01-03.png").unlink()
    _picture(archive / "new_2022-01-01.png", (90, 90, 10), 77, 30.0)
    return World(root)


def _run(*words: object) -> None:
    said = say(*words)
    if said.code != 0:
        raise RuntimeError(f"{words}: {said}")


def _write_knowledge(root: Path) -> Path:
    import shapely

    from rsrag.knowledge.collection import Records, write_collection
    from rsrag.knowledge.values import parse_value
    from rsrag.records import (
        Fact,
        Landmark,
        Passage,
        fact_id,
        landmark_id,
        passage_id,
    )

    told: dict[str, Any] = {"source": "Own notes", "licence": "CC0-1.0"}
    landmarks, facts = [], []
    for number, (name, variable, value) in enumerate(_FACTS):
        mine = landmark_id("test", name)
        place = shapely.to_wkb(shapely.box(number, 10, number + 1, 11))
        landmarks.append(Landmark(mine, name, category="lake", geometry=place, **told))
        amount, unit = parse_value(value)
        ident = fact_id(mine, variable, None, value)
        facts.append(
            Fact(ident, mine, variable, value, number=amount, unit=unit, **told)
        )
    lake = landmarks[0].id
    ident = passage_id(lake, "description", _TEXT)
    passage = Passage(ident, _TEXT, "description", landmark_id=lake, **told)
    folder = root / "lakes"
    folder.mkdir(parents=True)
    write_collection(folder, Records(tuple(landmarks), tuple(facts), (passage,)))
    return root


def copied(world: World, case: Path) -> Path:
    """A whole copy for one case, in a folder of that name."""
    shutil.rmtree(case, ignore_errors=True)
    shutil.copytree(world.whole, case)
    return case


def rows_of(case: Path, name: str) -> Any:
    """Rows and vectors of an index by its parts; text if they cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    index = case / "indexes" / name
    try:
        generation = index / "generations" / (index / "CURRENT").read_text().strip()
        spaces = json.loads((generation / "manifest.json").read_text())["spaces"]
        rows = [
            (space, row["id"], json.dumps(row, default=str, sort_keys=True))
            for space, said in sorted(spaces.items())
            for part in said["parts"]
            for row in pq.read_table(
                generation / "parts" / space / part["file"]
            ).to_pylist()
        ]
        return sorted(rows)
    except (
        OSError,
        LookupError,
        TypeError,
        AttributeError,
        ValueError,
        pa.ArrowException,
    ) as exc:
        return f"{type(exc).__name__}"
