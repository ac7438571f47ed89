"""Opening, verifying and updating at growing sizes, each in a process of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import ROOT
from bench.children import medians, surroundings, told
from bench.clouds import Clustered
from bench.index_io.scripts import OPEN, READ, UPDATE, VERIFY, WALK
from bench.index_io.small_files import entries, write_files, write_new, write_tar
from bench.made_index import make_index, request_for
from bench.options import Options
from rsrag.types import EncoderIdentity

DIM = 512
SCAN_DIM = 8
NEW = 1_000
LONG = 500_000
"""From so many chips on, what takes long is measured once; in quick mode always."""

Found = dict[str, Any]


def index_of(options: Options, count: int, ann: str) -> Found:
    """Make an index of a tar's members and measure all that is done with it.

    Args:
        options: see there.
        count: chips.
        ann: index inside FAISS.

    Returns:
        By name of the step, what its child told; times are medians.
    """
    root = options.work / f"index-{count}-{ann}"
    shutil.rmtree(root, ignore_errors=True)
    source = root / "archives"
    tar = source / "all.tar"
    write_tar(tar, count)
    request = request_for(
        root / "indexes", "bench", _identity(DIM), _SOURCE, [source], ("faiss", ann)
    )
    made = make_index(request, Clustered(count, DIM), list(entries(source, count, tar)))
    env = _environment(options, root)
    rounds = options.rounds if options.mode == "full" and count < LONG else 1
    found: Found = {
        "made": {
            "store": made.store,
            "parts_s": made.parts_s,
            "store_s": made.store_s,
            "parts_bytes": made.parts_bytes,
            "store_bytes": made.store_bytes,
        },
        "open": _median(lambda: told(OPEN, env, str(DIM)), options.rounds),
        "read": _median(
            lambda: told(READ, env, str(request.directory.current_path())), rounds
        ),
        "verify": _median(lambda: told(VERIFY, env), rounds),
    }

    def update() -> Found:
        given = (str(root / "indexes"), str(source), ann, str(DIM))
        return _check(told(UPDATE, env, *given))

    found["unchanged"] = _median(update, rounds)
    _expect(found["unchanged"], added=0, chips=count)
    grown = []
    for turn in range(rounds):
        write_new(source, NEW, 2_000_000 + NEW * turn)
        grown.append(update())
        _expect(grown[-1], added=NEW, chips=count + NEW * (turn + 1))
    found["grown"] = medians(grown)
    shutil.rmtree(root)
    return found


def files_of(options: Options, count: int) -> Found:
    """Update an index none of whose files has changed, beside a walk over them."""
    root = options.work / f"files-{count}"
    shutil.rmtree(root, ignore_errors=True)
    source = root / "files"
    write_files(source, count)
    request = request_for(
        root / "indexes", "bench", _identity(SCAN_DIM), _SOURCE, [source], _FLAT
    )
    ledger = list(entries(source, count, None))
    make_index(request, Clustered(count, SCAN_DIM), ledger)
    env = _environment(options, root)
    given = (str(root / "indexes"), str(source), "flat", str(SCAN_DIM))
    updates, walks = [], []
    for _ in range(options.rounds if options.mode == "full" else 1):
        updates.append(_check(told(UPDATE, env, *given)))
        _expect(updates[-1], added=0, chips=count)
        walks.append(told(WALK, env, str(source)))
    shutil.rmtree(root)
    return {"scan": medians(updates), "walk": medians(walks)}


_SOURCE = {"name": "synthetic"}
_FLAT = ("faiss", "flat")


def _identity(dim: int) -> EncoderIdentity:
    return EncoderIdentity("synthetic", "0" * 64, "none", dim)


def _environment(options: Options, root: Path) -> dict[str, str]:
    env = surroundings(options.work, RSRAG_INDEXES=str(root / "indexes"))
    env["PYTHONPATH"] += f":{ROOT}"
    return env


def _median(work: Callable[[], Found], rounds: int) -> Found:
    return medians([work() for _ in range(rounds)])


def _check(found: Found) -> Found:
    if found["chips"] != found["added"] + found["unchanged"]:
        raise RuntimeError(f"An update lost chips: {found}.")
    return found


def _expect(found: Found, **wanted: int) -> None:
    """Refuse the time of an update that did something else.

    Raises:
        RuntimeError: another number of chips.
    """
    wrong = {key: found[key] for key, value in wanted.items() if found[key] != value}
    if wrong:
        raise RuntimeError(f"An update gave {wrong}, not {wanted}.")
