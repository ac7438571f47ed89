"""How often turns of conversations are taken for what they are."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.desk.asking.conversing import Conversation
from rsrag.dialogue.state import DialogueState, Search
from rsrag.errors import ConfigError

if TYPE_CHECKING:
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.dialogue.turns import Reply

_SAYS = {"said", "pictures"}
_SEARCH = ("words", "without", "datetime", "max_cloud", "place", "like")
_WANTED = {
    "of": (str, list),
    "about": (str,),
    "back": (str,),
    "search": (dict,),
    "value": (str,),
    "refused": (bool,),
    "asks": (bool,),
}
"""What may be expected of a turn."""
_HINT = '{"turns": [{"said": "find a harbour"}, {"said": "hit 2", "of": "hit 2"}]}'


def evaluate_dialogue(
    knowledge: "Knowledge", path: Path, index: str | None = None
) -> dict[str, Any]:
    """Hold the conversations of a file, and compare what its turns expect.

    Args:
        path: JSON lines, a conversation each: ``turns``, each with ``said``, maybe
            ``pictures`` (paths from the file's folder), and what is expected of it.
            A turn that expects nothing is said and not scored.
        index: of imagery to search.

    Returns:
        Plain JSON values: how many turns are right, by what was expected; how many
        asked back needlessly, and how many were guessed that had to ask back; and what
        went wrong.

    Raises:
        ConfigError: no such file, no conversation in it, or one that cannot be.
    """
    tally: Counter[str] = Counter()
    wrong: list[dict[str, Any]] = []
    for number, turns in conversations(path):
        tally["dialogues"] += 1
        talk = Conversation(knowledge, index)
        for turn in turns:
            before = talk.state
            files = [str(path.parent / one) for one in turn.get("pictures", ())]
            reply = talk.say(turn["said"], files)
            wanted = {key: turn[key] for key in _WANTED if key in turn}
            if not wanted:
                continue
            failed = [
                key for key in wanted if not _fits(key, wanted[key], reply, before)
            ]
            asked = reply.turn.kind == "asks back"
            tally["turns"] += 1
            tally["right"] += not failed
            tally["ambiguous"] += bool(wanted.get("asks"))
            tally["guessed"] += bool(wanted.get("asks")) and not asked
            tally["needlessly"] += asked and not wanted.get("asks")
            for key in wanted:
                tally[f"of {key}"] += 1
                tally[f"right {key}"] += key not in failed
            if failed:
                turn_told = {"line": number, "said": turn["said"], "expected": wanted}
                told = {"understood": reply.turn.understood, "told": reply.turn.told}
                wrong.append({**turn_told, **told})
    if not tally["turns"]:
        raise ConfigError(f"{path} expects nothing of any turn.", hint=_HINT)
    return {
        "dialogues": tally["dialogues"],
        "turns": tally["turns"],
        "right": round(tally["right"] / tally["turns"], 4),
        "ambiguous": tally["ambiguous"],
        "guessed": tally["guessed"],
        "asked_needlessly": tally["needlessly"],
        "by": {
            key: {"turns": tally[f"of {key}"], "right": tally[f"right {key}"]}
            for key in _WANTED
            if tally[f"of {key}"]
        },
        "wrong": wrong,
    }


def conversations(path: Path) -> Iterator[tuple[int, Sequence[Mapping[str, Any]]]]:
    """The turns of each conversation of a file, and its line.

    Raises:
        ConfigError: it cannot be read, naming the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}", hint=_HINT) from exc
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            turns = json.loads(line)["turns"]
            problem = next(filter(None, map(_problem, turns)), None)
        except (ValueError, TypeError, KeyError) as exc:
            problem = f"no conversation ({type(exc).__name__}: {exc})"
        if problem is not None:
            raise ConfigError(f"{path}, line {number}: {problem}.", hint=_HINT)
        yield number, turns


def _problem(turn: Any) -> str | None:
    if not isinstance(turn, dict) or not isinstance(turn.get("said"), str):
        return "a turn has no text under 'said'"
    if strange := set(turn) - _SAYS - set(_WANTED):
        known = ", ".join(sorted(_SAYS | set(_WANTED)))
        return f"a turn has {sorted(strange)[0]!r}, which is none of {known}"
    pictures = turn.get("pictures", [])
    if not isinstance(pictures, list) or not all(isinstance(p, str) for p in pictures):
        return f"'pictures' is {pictures!r} and no list of paths"
    for key, kinds in _WANTED.items():
        if key in turn and not isinstance(turn[key], kinds):
            return f"{key!r} is {turn[key]!r}"
    if strange := set(turn.get("search", ())) - set(_SEARCH):
        known = ", ".join(_SEARCH)
        return f"'search' has {sorted(strange)[0]!r}, which is none of {known}"
    return None


def _fits(key: str, wanted: Any, reply: "Reply", before: DialogueState) -> bool:
    """Whether a turn is what it is expected to be."""
    turn, answer = reply.turn, reply.answer
    if turn.kind in ("error", "asks back"):
        return key == "asks" and bool(wanted) == (turn.kind == "asks back")
    match key:
        case "of":
            return _named(wanted) in (_about(reply), _by_file(reply))
        case "about":
            return wanted.casefold() in turn.understood.casefold()
        case "back":
            of = turn.focus.label.casefold()
            return turn.kind == "back" and wanted.casefold() in of
        case "search":
            found = turn.focus.search if turn.kind == "search" else None
            return found is not None and _search(found, before) == _complete(wanted)
        case "value":
            return answer is not None and answer.value == wanted
        case "refused":
            return answer is not None and answer.refused == wanted
        case _:
            return not wanted


def _named(wanted: str | list[str]) -> set[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    return {name.casefold() for name in names}


def _about(reply: "Reply") -> set[str]:
    """What a turn was of: a hit by its number, a picture, the places asked about."""
    focus = reply.turn.focus
    if reply.turn.kind in ("hit", "ask") and focus.kind == "hit":
        return {f"hit {focus.number}"}
    if reply.turn.kind == "ask" and focus.kind == "picture":
        return {str(focus.picture)}
    told = {} if reply.answer is None else reply.answer.context
    return {one["name"].casefold() for one in told.get("landmarks", ())}


def _by_file(reply: "Reply") -> set[str]:
    """The same where a hit is told by the name of its file."""
    focus = reply.turn.focus
    if reply.turn.kind not in ("hit", "ask") or focus.kind != "hit":
        return set()
    return {focus.hits[(focus.number or 1) - 1].name.casefold()}


def _search(search: Search, before: DialogueState) -> dict[str, Any]:
    numbers = {hit.id: f"hit {n}" for n, hit in enumerate(before.hits.hits, start=1)}
    names = {path: name for name, path in before.pictures.items()}
    like = numbers.get(search.chip or "", search.chip)
    like = like or names.get(search.picture or "", search.picture)
    found = {key: getattr(search, key) for key in _SEARCH if key != "like"}
    return _complete({**found, "without": list(search.without), "like": like})


def _complete(search: Mapping[str, Any]) -> dict[str, Any]:
    """With what is not said, and without regard to case."""
    empty: dict[str, Any] = dict.fromkeys(_SEARCH) | {
        "words": "",
        "without": [],
    }
    folded = {
        key: value.casefold() if isinstance(value, str) else value
        for key, value in search.items()
    }
    return empty | folded
