"""Figures that were published of models, and what to hold one's own against.

``published.json`` beside this module has them, with where each was read.
"""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, SourceNotFoundError

DECISIVE = {"zeroshot": "top1", "retrieval": "mR", "localize": "rmi"}
"""The figure of each task by which two runs are told to agree."""
TOLERANCE = {"zeroshot": 0.5, "retrieval": 0.3, "localize": 0.005}
"""How far apart it may lie: percent points; AIR-SLT's scores run from 0 to 1."""
_CAPTIONS = ("dataset_*.json", "dataset.json", "*_test.csv", "*.jsonl")


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """What was published of a model on one set of pictures.

    Attributes:
        name: of the set.
        task: ``zeroshot``, ``retrieval`` or ``localize``.
        holds: how many pictures, and captions, classes or sentences, it has.
        figures: percent, but for AIR-SLT's.
        source: where they were read.
    """

    name: str
    task: str
    holds: Mapping[str, int]
    figures: Mapping[str, float]
    source: str


@functools.cache
def _data() -> Any:
    return json.loads(Path(__file__).with_name("published.json").read_text("utf-8"))


def published_models() -> tuple[str, ...]:
    """Ids of the models that figures were published of."""
    return tuple(_data()["models"])


def published_sets(model: str) -> dict[str, PublishedSet]:
    """What was published of a model, by the set's name.

    Raises:
        ConfigError: nothing was.
    """
    models = _data()["models"]
    if model not in models:
        raise ConfigError(
            f"There are no published figures of {model!r}.",
            hint=f"one of {', '.join(models)}; --encoder scores another beside them",
        )
    own = models[model]
    source = _data()["sources"][own["source"]]
    found = {}
    for name, figures in own.items():
        if name != "source":
            holds = dict(_data()["sets"][name])
            task = holds.pop("task")
            found[name] = PublishedSet(name, task, holds, figures, source)
    return found


def chosen_sets(
    published: Mapping[str, PublishedSet], given: Sequence[str]
) -> Iterator[tuple[PublishedSet, Path]]:
    """Sets as a person names them, ``NAME=DIR``, with their folders.

    Raises:
        ConfigError: not of that form, unknown, or given twice.
        SourceNotFoundError: a folder that is not there.
    """
    by_name = {name.casefold(): one for name, one in published.items()}
    form = f"--set NAME=DIR; names: {', '.join(published)}"
    seen = set()
    for text in given:
        name, equals, folder = text.partition("=")
        one = by_name.get(name.strip().casefold())
        if not equals or one is None:
            raise ConfigError(f"--set {text} is not a set and its folder.", hint=form)
        if one.name in seen:
            raise ConfigError(f"--set {one.name} is given twice.", hint=form)
        seen.add(one.name)
        if not Path(folder).is_dir():
            raise SourceNotFoundError(f"There is no folder {folder!r}.", hint=form)
        yield one, Path(folder)


def caption_file(folder: Path) -> Path:
    """The file of captions in the folder of a set.

    Raises:
        ConfigError: there is none, or several.
    """
    found = [path for pattern in _CAPTIONS for path in sorted(folder.glob(pattern))]
    if len(found) != 1:
        there = ", ".join(path.name for path in found) or "none"
        raise ConfigError(
            f"{folder} must hold one file of captions; there are: {there}.",
            hint=f"one of {', '.join(_CAPTIONS)}, beside the pictures",
        )
    return found[0]


def sentence_file(folder: Path) -> Path:
    """AIR-SLT's ``anno.json``, in a folder or below it.

    Raises:
        ConfigError: there is none, or several.
    """
    found = sorted(folder.rglob("anno.json"))
    if len(found) != 1:
        raise ConfigError(
            f"{folder} must hold one anno.json, AIR-SLT's; there are {len(found)}.",
            hint="the pictures lie below the same folder",
        )
    return found[0]


def picture_folder(folder: Path, picture: str) -> Path:
    """The folder, somewhere below ``folder``, that holds a picture.

    Raises:
        SourceNotFoundError: none does.
    """
    found = next((path for path in folder.rglob(picture) if path.is_file()), None)
    if found is None:
        raise SourceNotFoundError(f"{picture} is nowhere below {folder}.")
    return found.parent


def compared(
    published: PublishedSet, measured: Mapping[str, float], holds: Mapping[str, int]
) -> dict[str, Any]:
    """A row of the report: each figure beside the published one.

    Args:
        measured: of the names of ``published.figures``.
        holds: counts of what was scored, of the names of ``published.holds``.

    Returns:
        ``figures`` (``published``, ``measured``, ``difference``, by name), ``decisive``
        (the name of the one that counts), ``tolerance``, ``same_set`` (whether as much
        was scored as was published), and ``agrees``, ``None`` where the sets differ.
    """
    decisive, tolerance = DECISIVE[published.task], TOLERANCE[published.task]
    figures = {
        name: {
            "published": value,
            "measured": measured[name],
            "difference": round(measured[name] - value, 6),
        }
        for name, value in published.figures.items()
    }
    same = dict(holds) == dict(published.holds)
    near = abs(figures[decisive]["difference"]) <= tolerance + 1e-9
    return {
        "set": published.name,
        "task": published.task,
        "figures": figures,
        "decisive": decisive,
        "tolerance": tolerance,
        "holds": {"published": dict(published.holds), "measured": dict(holds)},
        "same_set": same,
        "agrees": near if same else None,
        "source": published.source,
    }
