"""Long benchmarks in pieces: what is measured already is not measured again."""

import json
from collections.abc import Callable
from typing import Any

from bench.options import Options


def piece(options: Options, name: str, measure: Callable[[], Any]) -> Any:
    """What ``measure`` gives, from the work folder if it was measured before.

    The work folder outlives a run only with ``--keep``. A piece of another mode, or
    of other rounds, is not taken.

    Args:
        options: of the benchmark.
        name: of the piece, with its size; part of a file name.
        measure: gives plain JSON values.
    """
    folder = options.work / "pieces"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{options.mode}-{options.rounds}.json"
    if path.is_file():
        options.say(f"{name}: as measured before")
        return json.loads(path.read_text(encoding="utf-8"))
    options.say(name)
    found = json.loads(json.dumps(measure()))
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(found), encoding="utf-8")
    draft.replace(path)
    return found
