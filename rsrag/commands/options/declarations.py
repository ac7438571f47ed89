"""Commands declared by a plain signature and an ``Options:`` section; completion.

Typer wants an ``Annotated[..., typer.Option(...)]`` for every option. Here a command
says ``top_k: int = 10`` and, in its docstring, ``top_k: Most hits to print.``; options
that many commands share are described once, in ``shared_help``::

    @command
    def tag(name: str, *, delete: bool = False, settings: IndexSettings) -> None:
        '''Name a generation of an index.

        Options:
            name NAME: Index to change.
            delete: Remove the name again.
        '''

Parameters before the ``*`` are arguments, those behind it options. A dataclass, or
what is annotated with :class:`From`, stands for the options that it is made from.
"""

import copy
import dataclasses
import functools
import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, get_args, get_origin

import typer
from typer.models import ArgumentInfo, OptionInfo

from rsrag.commands.options.shared_help import SHARED_HELP, SHORT
from rsrag.config import Settings
from rsrag.desk.chosen_settings import settings_with
from rsrag.errors import ConfigError, GeometryError, QueryError, RsragError


def index_names(context: typer.Context, incomplete: str) -> list[str]:
    """Indexes whose names begin as typed; none where the settings cannot be read.

    Args:
        context: of the command, for its ``--indexes``.
        incomplete: what is typed of the name.
    """
    typed = context.params.get("indexes")
    try:
        if typed:
            roots = [Path(typed)]
        else:
            settings = Settings.from_environment()
            roots = [settings.indexes, settings.folders]
        found = {path.parent.name for root in roots for path in root.glob("*/CURRENT")}
    except (OSError, RsragError):
        return []
    return sorted(name for name in found if name.startswith(incomplete))


Described = Mapping[str, tuple[str | None, str]]
"""Option to its metavar, if it has one, and its help."""

_HEADING = re.compile(r"^ *Options:$", re.MULTILINE)
_ENTRY = re.compile(r"(?P<name>\w+)(?: (?P<metavar>[^:]+))?: (?P<help>.+)")

LIMITS: Mapping[str, tuple[float, float | None]] = {
    **dict.fromkeys(("alpha", "max_nodata", "rerank_weight", "threshold"), (0, 1)),
    **dict.fromkeys(("neighbours", "keep", "limit", "top_k", "candidates"), (1, None)),
    **dict.fromkeys(("batch_size", "max_tokens", "scenes", "threads"), (1, None)),
    **dict.fromkeys(("epochs", "patience", "rank"), (1, None)),
    **dict.fromkeys(("budget", "llm_context"), (64, None)),
    **dict.fromkeys(("radius", "unanswerable", "sample"), (0, None)),
    "confidence": (0.5, 0.999),
    "max_cloud": (0, 100),
    "min_prob": (0, 1),
    "min_score": (-1, 1),
    "resamples": (100, None),
    "sharpen": (0.01, None),
    "temperature": (1e-6, None),
    "unsure": (0, 1),
}
"""The least and the greatest value of a number, whichever command has the option."""

Box = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class From:
    """A parameter that is made from options, by calling ``make`` with them.

    Attributes:
        make: a function; its own parameters become options.
        names: only these of them; all by default.
    """

    make: Callable[..., Any]
    names: tuple[str, ...] = ()


def described(text: str | None) -> Described:
    """The entries of an ``Options:`` section, whose lines may be wrapped."""
    section = _HEADING.split(inspect.cleandoc(text or ""), maxsplit=1)[1:]
    entries: list[str] = []
    for line in inspect.cleandoc("\n" + "".join(section)).splitlines():
        if line.startswith(" "):
            entries[-1] += " " + line.strip()
        elif line:
            entries.append(line)
    found = {}
    for entry in entries:
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise ValueError(f"not 'name METAVAR: help.': {entry!r}")
        found[match["name"]] = (match["metavar"], match["help"])
    return found


_SHARED = described(SHARED_HELP)


def command(
    function: Callable[..., None], first: Callable[..., None] = lambda **given: None
) -> Callable[..., None]:
    """The function as Typer takes it: every option annotated, groups spread out.

    Args:
        first: called with all that was typed, before anything is made of it.
    """
    told = described(function.__doc__)
    flat: list[inspect.Parameter] = []
    groups: dict[str, tuple[Callable[..., Any], list[str]]] = {}
    for parameter in inspect.signature(function).parameters.values():
        group = _group(parameter.annotation)
        if group is None:
            flat.append(_declared(parameter, {**_SHARED, **told}))
            continue
        members = list(_members(group))
        groups[parameter.name] = group.make, [member.name for member in members]
        known = {**_SHARED, **described(group.make.__doc__), **told}
        flat += [_declared(member, known) for member in members]

    @functools.wraps(function)
    def call(**given: Any) -> None:
        first(**given)
        check_encoder(given.get("encoder"))
        for name, (make, names) in groups.items():
            members = {member: given.pop(member) for member in names}
            # What is wrong with settings may have been wrong before anything was typed.
            with nullcontext() if make is settings_with else as_typed(*names):
                given[name] = make(**members)
        function(**given)

    call.__doc__ = _HEADING.split(inspect.cleandoc(function.__doc__ or ""))[0].strip()
    call.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    call.__annotations__ = {one.name: one.annotation for one in flat}
    del call.__wrapped__
    return call


class Misuse(Exception):
    """What was typed is refused before any work, as the error says: exit code 2."""

    def __init__(self, error: RsragError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def as_typed(*names: str) -> Iterator[None]:
    """Values are read inside the block: what is wrong with one is wrong usage.

    Args:
        names: of parameters, which an error calls by their options.

    Raises:
        Misuse: in place of an error about a value, a query or a place.
    """
    try:
        yield
    except (ConfigError, QueryError, GeometryError) as error:
        subject, verb, rest = str(error).partition(
            next((verb for verb in (" is ", " are ") if verb in str(error)), "\0")
        )
        for name in names:
            option = f"--{name.replace('_', '-')}"
            subject = re.sub(rf"(?:^|(?<= and )){name}(?!\w)", option, subject)
        said = type(error)(subject + verb + rest, hint=error.hint)
        raise Misuse(said) from error


def check_encoder(name: str | None) -> None:
    """Refuse a name that no encoder has as wrong usage."""
    if name and name != "none":
        from rsrag.encoders.encoder_registry import is_known, unknown_name

        if not is_known(name):
            raise Misuse(unknown_name(name))


def _finite(value: float | None) -> float | None:
    """A number that was typed: ranges let *nan* and *inf* through."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no finite number.")
    return value


def _group(annotation: Any) -> From | None:
    if get_origin(annotation) is Annotated:
        return next((m for m in get_args(annotation) if isinstance(m, From)), None)
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return From(annotation)
    return None


def _members(group: From) -> Iterator[inspect.Parameter]:
    for parameter in inspect.signature(group.make).parameters.values():
        if not group.names or parameter.name in group.names:
            yield parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def _declared(parameter: inspect.Parameter, known: Described) -> inspect.Parameter:
    """One parameter with all that Typer asks for."""
    kind, given = parameter.annotation, None
    if get_origin(kind) is Annotated:
        kind, given = get_args(kind)[:2]
    if isinstance(kind, UnionType):
        # Python may be given more kinds; a person types the first.
        first, *rest = get_args(kind)
        kind = first | None if type(None) in rest else first
    metavar, text = known[parameter.name]
    info: ArgumentInfo | OptionInfo
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        info = copy.copy(given) if isinstance(given, OptionInfo) else typer.Option()
        name = f"--{parameter.name.strip('_').replace('_', '-')}"
        info.param_decls, info.show_envvar = (name, *SHORT.get(name, ())), False
    else:
        info = copy.copy(given) if isinstance(given, ArgumentInfo) else typer.Argument()
    info.help, info.metavar = text, metavar
    if parameter.name in LIMITS and isinstance(info, OptionInfo):
        info.min, info.max = LIMITS[parameter.name]
    if kind in (float, float | None) and info.callback is None:
        info.callback = _finite
    if parameter.name in ("index", "knowledge_index") or (
        parameter.name == "name" and known["name"] == _SHARED["name"]
    ):
        info.autocompletion = index_names
    return parameter.replace(
        kind=inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[kind, info]
    )
