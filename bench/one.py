"""One benchmark in a process of its own: ``python -m bench.one MODULE ...``.

``python -m bench`` starts it. What fails is told twice: as a traceback on stderr, and
in one line in ``error.txt`` for the summary at the end.
"""

import argparse
import importlib
import json
import re
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from bench import ROOT
from bench.machine import base_versions, describe, load_average
from bench.options import Options
from bench.result import Result

RESULT, ERROR = "result.json", "error.txt"


def measure(module: str, options: Options, command: str) -> Result:
    """Run a benchmark and add what every result says: machine, versions, time."""
    load = load_average()
    started = time.perf_counter()
    found = _measure_of(module)(options)
    elapsed = time.perf_counter() - started
    machine = describe(options.work)
    if load is not None:
        machine["load when it began"] = load
    return replace(
        found,
        mode=options.mode,
        command=command,
        elapsed_s=round(elapsed, 1),
        machine=machine | found.machine,
        versions=base_versions() | found.versions,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and leave ``result.json`` or ``error.txt`` in the report folder."""
    told = _parser().parse_args(argv)
    options = Options(
        mode=told.mode,
        work=told.work,
        data=told.data,
        sizes=tuple(told.sizes),
        rounds=told.rounds,
    )
    try:
        path = told.report / RESULT
        measure(told.module, options, told.command).write(path)
        data = without_folders(json.loads(path.read_text(encoding="utf-8")), options)
        text = json.dumps(data, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    except Exception as exc:
        traceback.print_exc()
        line = " ".join(f"{type(exc).__name__}: {exc}".split())
        (told.report / ERROR).write_text(line, encoding="utf-8")
        return 1
    return 0


def without_folders(data: Any, options: Options) -> Any:
    """Plain data in whose texts the folders of this machine have names, not paths.

    What a peer said when it failed stands in a result, with the files it lay in.
    """
    if isinstance(data, list):
        return [without_folders(each, options) for each in data]
    if isinstance(data, dict):
        return {key: without_folders(each, options) for key, each in data.items()}
    if not isinstance(data, str):
        return data
    folders = {Path.home(): "~", Path(tempfile.gettempdir()): "TMPDIR"}
    folders |= {ROOT: ".", options.work: "WORK"}
    if options.data is not None:
        folders[options.data] = "DATA"
    for folder in sorted(folders, key=lambda each: -len(str(each))):
        if folder.name:
            whole = rf"(?<![\w.-]){re.escape(str(folder))}(?![\w.-])"
            data = re.sub(whole, folders[folder], data)
    return data


def _measure_of(module: str) -> Callable[[Options], Result]:
    return cast(Callable[[Options], Result], importlib.import_module(module).measure)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.one")
    parser.add_argument("module")
    parser.add_argument("--mode", choices=("quick", "full"), required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[])
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--command", default="")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
