"""Runs the commands over a damaged copy, and judges what they say."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.damage.world import Said, World, copied, rows_of, say

Command = tuple[str, ...]

_LOOKS: dict[str, Command] = {
    "list": ("index", "list", "--json"),
    "info": ("index", "info", "world", "--json"),
    "search": ("search", "the blue sea", "--index", "world", "--json"),
    "filter": (
        *("search", "sand", "--index", "world", "--datetime", "2020", "--json"),
        *("--bbox", "-1", "0", "30", "20"),
    ),
    "export": ("index", "export", "world", "--format", "geoparquet", "--out", "OUT"),
    "ask": ("ask", "How deep is Lake Deep?", "--no-llm", "--json"),
    "similar": ("ask", "Which animals live in the lake?", "--no-llm", "--json"),
    "show": ("knowledge", "show", "Lake Deep", "--json"),
    "doctor": ("doctor",),
}
"""Commands that change nothing, by a short name."""

_CHECKS: dict[str, Command] = {
    "verify": ("index", "verify", "world"),
    "verify knowledge": ("index", "verify", "knowledge"),
}
_CHANGES: dict[str, Command] = {
    "update": ("index", "update", "world"),
    "rebuild": ("index", "rebuild", "world"),
    "rebuild knowledge": ("index", "rebuild", "knowledge"),
    "rollback": ("index", "rollback", "world"),
}
"""Commands that write, each over a copy of its own."""

_CONCERNED = {
    "indexes/world": (
        *("verify", "list", "info", "search", "filter", "export", "doctor"),
        *("update", "rebuild", "rollback"),
    ),
    "indexes/knowledge": (
        *("verify knowledge", "list", "similar", "doctor", "rebuild knowledge"),
    ),
    "knowledge/": ("verify knowledge", "ask", "similar", "show", "doctor"),
}
"""Commands that look at a file, by where it lies."""

_EDITED = "knowledge/"
"""What people write by hand: another value there is another record, and no damage."""

_KNOWS = ("ask", "knowledge")
_VARIES = re.compile(
    r"\"(?:read|retrieve|rerank|generate|total|bytes)\": [\d.e-]+|\d\d:\d\d:\d\d"
    r"|\"(?:parts|store)\": \d+|[\d.]+ (?:s|seconds)\b|[\d.]+ kB"
)


@dataclass
class Case:
    """One damage and what came of it.

    Attributes:
        file: below the world's whole folder.
        damage: in words.
        problems: what is bad about it, in words; empty if all is told or mended.
        told: commands that said an error, and what.
    """

    file: str
    damage: str
    problems: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)


class Trials:
    """Cases over one world.

    Args:
        world: made before.
        folder: for copies, which are named alike, so that paths in answers are.
    """

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self._folder = folder
        self._true: dict[str, Any] = {}
        self._true, untroubled = self._answers(None, None), Case("", "")
        self._judge(untroubled, self._true)
        if untroubled.problems:
            raise RuntimeError(f"an undamaged copy: {untroubled.problems}")

    def run(self, file: Path, damage: str, data: bytes | None) -> Case:
        """Damage one file of a copy and run every command."""
        case = Case(file.as_posix(), damage)
        self._judge(case, self._answers(file, data))
        return case

    def _damaged(self, file: Path | None, data: bytes | None) -> Path:
        folder = copied(self._world, self._folder / "case")
        if file is not None and data is None:
            (folder / file).unlink()
        elif file is not None:
            (folder / file).write_bytes(data or b"")
        return folder

    def _answers(self, file: Path | None, data: bytes | None) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        folder = self._damaged(file, data)
        where = "" if file is None else file.as_posix()
        concerned = {
            n for at, names in _CONCERNED.items() if at in where for n in names
        }
        concerned = concerned or {*_CHECKS, *_LOOKS, *_CHANGES}
        for name, command in {**_CHECKS, **_LOOKS}.items():
            if name not in concerned:
                continue
            answers[name] = self._say(command, folder)
            if name == "export":
                answers["exported"] = _exported(folder / "out.parquet")
        for name, command in _CHANGES.items():
            if name not in concerned:
                continue
            folder = self._damaged(file, data)
            answers[name] = self._say(command, folder)
            index = command[2]
            answers[f"{name}: verify"] = self._say(("index", "verify", index), folder)
            answers[f"{name}: rows"] = rows_of(folder, index)
        return answers

    def _say(self, command: Command, folder: Path) -> Said:
        out = str(folder / "out.parquet")
        words = [out if word == "OUT" else word for word in command]
        where = ["--indexes", str(folder / "indexes")]
        knows = ["--knowledge", str(folder / "knowledge")]
        if command[0] in _KNOWS:
            where = knows if command[0] == "knowledge" else [*where, *knows]
        return say(*words, *where)

    def _judge(self, case: Case, answers: dict[str, Any]) -> None:
        for name, said in answers.items():
            if not isinstance(said, Said):
                continue
            if said.code is None:
                last = said.err.strip().splitlines()[-1]
                case.problems.append(f"{name}: traceback: {last}")
            elif said.code:
                case.told[name] = said.err or said.out
                lines = said.err.strip().splitlines()
                errors = [n for n, x in enumerate(lines) if x.startswith("error: ")]
                if errors and len(lines) - errors[0] > 3:
                    case.problems.append(f"{name}: {len(lines)} lines: {said.err}")
        checked = [self._finds(name, answers) for name in _CHECKS if name in answers]
        if not case.file:
            case.problems += [f"{n}: {text}" for n, text in case.told.items()]
        for name in (*_LOOKS, *_CHANGES):
            if name not in answers or case.file.startswith(_EDITED):
                continue
            if answers[name].code == 0 and (what := self._other(name, answers)):
                after = answers.get(f"{name}: verify")
                told = any(checked) or (after is not None and after.code != 0)
                if not told and not _warns(answers[name], self._true.get(name)):
                    case.problems.append(f"{name}: silent: {what}")

    def _finds(self, check: str, answers: dict[str, Any]) -> bool:
        """Whether a check says more than it says of the undamaged copy."""
        true = self._true[check].out if self._true else answers[check].out
        return bool(answers[check].code or _plain(answers[check].out) != _plain(true))

    def _other(self, name: str, answers: dict[str, Any]) -> str | None:
        """How an answer differs from that of the undamaged copy."""
        if not self._true:
            return None
        if name in _CHANGES:
            key = f"{name}: rows"
            return (
                None
                if answers[key] == self._true[key]
                else f"rows: {str(answers[key])[:80]}"
            )
        if name == "export":
            same = answers["exported"] == self._true["exported"]
            return None if same else "other rows or vectors"
        if name == "doctor":
            return None
        mine, true = _plain(answers[name].out), _plain(self._true[name].out)
        if mine == true:
            return None
        pairs = enumerate(zip(mine, true, strict=False))
        at = next((number for number, (a, b) in pairs if a != b), 0)
        near = slice(max(0, at - 40), at + 60)
        return f"{mine[near]!r}, and not {true[near]!r}"


def _plain(text: str) -> str:
    return _VARIES.sub("", text)


def _warns(said: Said, true: Said | None) -> bool:
    """Whether a command says something on stderr that it else does not say."""
    usual = set(_plain(true.err).splitlines()) if true else set()
    return bool(set(_plain(said.err).splitlines()) - usual)


def _exported(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException):
        return None
    path.unlink()
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
