"""Classes that a scene is divided into: their names, words, covers and colours."""

import colorsys
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from rsrag.errors import ConfigError, QueryError, SourceNotFoundError
from rsrag.packages import packaged_json

Colour = tuple[int, int, int]

MOST_CLASSES = 254
"""A byte tells so many apart, beside no data and no class."""
_ARTICLE = re.compile(r"^(an?|the) ")
_KEYS = ("name", "words", "covers", "colour", "values", "mask_colours")
_HINT = '--classes "building,road,water,trees=trees|forest", or a preset: --preset '
_FORM = "a list of classes, each a name or name, words, covers, colour, values"


@dataclass(frozen=True, slots=True)
class CoverClass:
    """One class.

    Attributes:
        name: in tables and files.
        words: what a text encoder is asked, at least one.
        covers: those of a cover head that belong to it; none: no such head knows it.
        colour: red, green, blue; of none that is given, the first of ``mask_colours``.
        values: that stand for it in masks.
        mask_colours: that stand for it in masks of colours.
    """

    name: str
    words: tuple[str, ...]
    covers: tuple[str, ...]
    colour: Colour
    values: tuple[int, ...] = ()
    mask_colours: tuple[Colour, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassList:
    """Classes, and how masks of them are kept.

    Attributes:
        classes: in order.
        ignore: values of masks that are not scored.
        endings: of the names of pictures and masks that are no part of what pairs them.
    """

    classes: tuple[CoverClass, ...]
    ignore: tuple[int, ...] = ()
    endings: tuple[str, ...] = ()


def cover_names() -> tuple[str, ...]:
    """Covers that have words and a colour of their own."""
    return tuple(_data()["covers"])


def presets() -> tuple[str, ...]:
    """Names of the lists that come with the package."""
    return tuple(_data()["presets"])


def preset(name: str) -> ClassList:
    """A list that comes with the package.

    Raises:
        QueryError: there is none of this name.
    """
    if name not in presets():
        raise QueryError(
            f"There is no preset {name!r}.", hint=f"one of: {', '.join(presets())}"
        )
    return _class_list(_data()["presets"][name], f"preset {name}")


def parse_classes(text: str) -> ClassList:
    """Read ``building,road,trees=trees|forest|bushes``.

    Raises:
        QueryError: a class without name, one twice, or a word of two classes.
    """
    entries: list[dict[str, Any]] = []
    for part in text.split(","):
        name, _, words = part.partition("=")
        entry: dict[str, Any] = {"name": name.strip()}
        if "=" in part:
            entry["words"] = [word.strip() for word in words.split("|")]
        entries.append(entry)
    return _class_list({"classes": entries}, "--classes")


def one_class(thing: str) -> ClassList:
    """A list of one class, whose words are all that was said."""
    return _class_list({"classes": [thing]}, "the thing")


def read_classes(path: Path) -> ClassList:
    """Read classes from YAML or JSON: a list, or ``classes``, ``ignore``, ``endings``.

    Raises:
        SourceNotFoundError: no such file.
        ConfigError: not in that form.
        QueryError: see :func:`parse_classes`.
    """
    import yaml

    try:
        held = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError as exc:
        raise SourceNotFoundError(f"There is no file {path}.") from exc
    except (OSError, ValueError, yaml.YAMLError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}", hint=_FORM) from exc
    if isinstance(held, list):
        held = {"classes": held}
    if not isinstance(held, dict) or not isinstance(held.get("classes"), list):
        raise ConfigError(f"{path} holds no list of classes.", hint=_FORM)
    return _class_list(held, str(path))


def shared_words(classes: Sequence[CoverClass]) -> list[str]:
    """Classes whose names have a word in common, a line for each word, for people."""
    holders: dict[str, list[str]] = {}
    for one in classes:
        for word in dict.fromkeys(one.name.lower().split()):
            holders.setdefault(word, []).append(one.name)
    return [
        f"{' and '.join(names) if len(names) < 4 else f'{len(names)} classes'} share "
        f"the word {word}: text hardly tells them apart"
        for word, names in holders.items()
        if len(names) > 1
    ]


@cache
def _data() -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", packaged_json("analysis/cover/covers.json"))


def _class_list(held: Mapping[str, Any], where: str) -> ClassList:
    if unknown := sorted(set(held) - {"classes", "ignore", "endings"}):
        raise ConfigError(f"{where} has a key {unknown[0]!r}.", hint=_FORM)
    entries = [
        {"name": one} if isinstance(one, str) else one for one in held["classes"]
    ]
    if not entries or len(entries) > MOST_CLASSES:
        raise QueryError(
            f"{where} names {len(entries)} classes; 1 to {MOST_CLASSES} can be told "
            "apart in one map.",
            hint=_HINT + "landcover",
        )
    classes = [
        _class(one, number, len(entries), where) for number, one in enumerate(entries)
    ]
    _check(classes, where)
    try:
        ignore = tuple(int(value) for value in held.get("ignore", ()))
        endings = tuple(str(one) for one in held.get("endings", ()))
    except (TypeError, ValueError) as exc:
        raise ConfigError(f"{where}: {exc}", hint=_FORM) from exc
    return ClassList(tuple(classes), ignore, endings)


def _class(entry: Any, number: int, count: int, where: str) -> CoverClass:
    if not isinstance(entry, dict) or (set(entry) - set(_KEYS)):
        raise ConfigError(
            f"Class {number + 1} of {where} is {entry!r}.",
            hint=f"keys of a class: {', '.join(_KEYS)}",
        )
    name = str(entry.get("name") or "").strip()
    known = _known(name)
    own = _data()["covers"].get(known, {})
    words = [
        str(word).strip() for word in entry.get("words") or own.get("words", [name])
    ]
    if not name or not words or not all(words):
        raise QueryError(
            f"Class {number + 1} of {where} has no name or a word that is blank.",
            hint=_HINT + "landcover",
        )
    covers = entry.get("covers")
    if covers is None:
        covers = dict.fromkeys(filter(None, map(_known, (name, *words))))
        covers = [known] if known else covers
    if strange := sorted(set(covers) - set(cover_names())):
        raise ConfigError(
            f"{where}: class {name} has the cover {strange[0]!r}.",
            hint=f"covers are {', '.join(cover_names())}",
        )
    try:
        published = tuple(_colour(one) for one in entry.get("mask_colours", ()))
        drawn = entry.get("colour") or next(iter(published), own.get("colour"))
        return CoverClass(
            name,
            tuple(words),
            tuple(covers),
            _colour(drawn or _spread(number, count)),
            tuple(int(value) for value in entry.get("values", ())),
            published,
        )
    except (TypeError, ValueError) as exc:
        raise ConfigError(f"{where}: class {name}: {exc}", hint=_FORM) from exc


def _known(word: str) -> str | None:
    """The cover that a word means, by its synonyms; an article does not count."""
    word = _ARTICLE.sub("", word.lower())
    for cover, held in _data()["covers"].items():
        if word == cover or word in held["synonyms"]:
            return str(cover)
    return None


def _colour(held: Any) -> Colour:
    """``[r, g, b]``, or ``"#rrggbb"``."""
    if isinstance(held, str):
        held = bytes.fromhex(held.removeprefix("#"))
    red, green, blue = (int(part) for part in held)
    if min(red, green, blue) < 0 or max(red, green, blue) > 255:
        raise ValueError(f"{list(held)} is no colour; its parts go from 0 to 255")
    return red, green, blue


def _spread(number: int, count: int) -> Colour:
    """A colour of its own for each of some classes, by hue."""
    bright = 0.9 if number % 2 == 0 else 0.6
    red, green, blue = colorsys.hsv_to_rgb(number / count, 0.65, bright)
    return round(red * 255), round(green * 255), round(blue * 255)


def _check(classes: Iterable[CoverClass], where: str) -> None:
    names, owner = set[str](), dict[str, str]()
    for one in classes:
        if one.name.lower() in names:
            raise QueryError(f"{where} names the class {one.name} twice.")
        names.add(one.name.lower())
        for word in {word.lower() for word in one.words}:
            if word in owner:
                raise QueryError(
                    f"{where}: {word!r} is a word of {owner[word]} and of {one.name}: "
                    "no map can tell them apart.",
                    hint=f"give {one.name} words of its own: {one.name}=...|...",
                )
            owner[word] = one.name
