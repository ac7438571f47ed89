"""Ask natural questions of the knowledge, and grade what comes back.

``python -m bench.questions QUESTIONS.jsonl [...]``: each line has ``kind``,
``question``, ``expect`` (``value``, ``list``, ``yesno``, ``refuse``,
``refuse-or-correct``), and regular expressions, ``must`` and ``must_not``. Questions
fall into two halves by a hash of their words: one to mend by (``tuned``), one that is
only counted (``held``).
"""

import argparse
import hashlib
import itertools
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.answers import Answer

SURE = 0.9
"""Confidence from which a wrong answer is worse than none."""
_REFUSABLE = re.compile(
    r"refusal (?:that says so )?(?:is )?(?:ok|acceptable)", re.IGNORECASE
)
_CORRECTS = re.compile(
    r"\b(?:no|not|never|nothing|none|neither|cannot|isn't|wasn't)\b", re.IGNORECASE
)
_COLUMNS = ("kind", "n", "fine", "refused", "wrong", "sure and wrong")


@dataclass(frozen=True, slots=True)
class Graded:
    """A question, its answer, and whether that is fine.

    Attributes:
        verdict: ``fine``, ``refused`` (though it is held) or ``wrong``.
        half: ``tuned`` or ``held``.
    """

    kind: str
    question: str
    answer: Answer
    verdict: str
    half: str
    seconds: float

    @property
    def sure(self) -> bool:
        """Wrong, and said with confidence."""
        return self.verdict == "wrong" and self.answer.confidence >= SURE


def half_of(question: str) -> str:
    """Which half a question falls into; the same on every machine."""
    digest = hashlib.sha256(question.encode()).digest()
    return "tuned" if digest[0] % 2 else "held"


def grade(entry: Mapping[str, Any], answer: Answer) -> str:
    """Hold an answer against what was expected of it."""
    said = " ".join([answer.text, *answer.notes])
    if any(re.search(one, said, re.IGNORECASE) for one in entry["must_not"]):
        return "wrong"
    expect = entry["expect"]
    if answer.refused:
        may = expect.startswith("refuse") or _REFUSABLE.search(entry["note"])
        return "fine" if may else "refused"
    if expect == "refuse":
        return "wrong"
    if expect == "refuse-or-correct":
        return "fine" if _CORRECTS.search(said) else "wrong"
    held = all(re.search(one, said, re.IGNORECASE) for one in entry["must"])
    return "fine" if held else "wrong"


def asked(entries: Iterable[Mapping[str, Any]], **options: Any) -> list[Graded]:
    """Ask and grade all, one after the other, in one process, without a model."""
    from rsrag import Knowledge

    graded = []
    with Knowledge(**options) as knowledge:
        for entry in entries:
            question = entry["question"]
            started = time.perf_counter()
            answer = knowledge.ask(question)
            took = time.perf_counter() - started
            verdict = grade(entry, answer)
            half = half_of(question)
            graded.append(Graded(entry["kind"], question, answer, verdict, half, took))
    return graded


def reliability(graded: Sequence[Graded]) -> list[tuple[str, int, float, float]]:
    """By confidence: span, answers, mean confidence, share that is fine."""
    edges = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)
    answers = [one for one in graded if not one.answer.refused]
    rows = []
    for low, high in itertools.pairwise(edges):
        span = [g for g in answers if low <= g.answer.confidence < high]
        if span:
            mean = sum(g.answer.confidence for g in span) / len(span)
            fine = sum(g.verdict == "fine" for g in span) / len(span)
            name = f"{low:g} to {min(high, 1.0):g}"
            rows.append((name, len(span), mean, fine))
    return rows


def _row(name: str, graded: Sequence[Graded]) -> tuple[str, ...]:
    count = len(graded)
    of = {one: sum(g.verdict == one for g in graded) for one in ("refused", "wrong")}
    fine, sure = count - sum(of.values()), sum(g.sure for g in graded)
    shares = [
        f"{fine / count:.1%}",
        *map(str, of.values()),
        f"{sure} ({sure / count:.1%})",
    ]
    return (name, str(count), *shares)


def _told(graded: Sequence[Graded], show: str | None) -> None:
    kinds: dict[str, list[Graded]] = defaultdict(list)
    for one in graded:
        kinds[one.kind].append(one)
    rows = [_row(kind, mine) for kind, mine in kinds.items()]
    for half in ("tuned", "held"):
        mine = [one for one in graded if one.half == half]
        rows += [_row(f"({half})", mine)] if mine else []
    rows.append(_row("all", graded))
    widths = [max(len(row[i]) for row in [_COLUMNS, *rows]) for i in range(6)]
    for row in [_COLUMNS, *rows]:
        print("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)))
    print("\nconfidence   answers  mean   fine")
    for name, count, mean, fine in reliability(graded):
        print(f"{name:<12} {count:<8} {mean:.2f}   {fine:.2f}")
    took = sorted(one.seconds for one in graded)
    print(f"\nmedian {took[len(took) // 2] * 1e3:.1f} ms, slowest {took[-1]:.2f} s")
    for one in graded:
        if show is not None and one.verdict != "fine" and show in ("all", one.half):
            answer = one.answer
            print(f"\n{one.verdict} [{one.kind}] {one.question}")
            print(f"  {answer.route} {answer.confidence:.2f}: {answer.text[:300]}")
            for note in answer.notes:
                print(f"  note: {note[:160]}")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table, and with ``--show`` what was not fine."""
    parser = argparse.ArgumentParser(prog="bench.questions", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--show", choices=("all", "tuned", "held"))
    parser.add_argument("--half", choices=("tuned", "held"), help="ask only these")
    parser.add_argument("--out", type=Path, help="write every answer as JSON lines")
    told = parser.parse_args(argv)
    lines = [line for path in told.files for line in path.read_text().splitlines()]
    entries = [json.loads(line) for line in lines if line.strip()]
    entries = [e for e in entries if told.half in (None, half_of(e["question"]))]
    graded = asked(entries)
    if told.out is not None:
        with told.out.open("w") as file:
            for one in graded:
                answer = one.answer
                row = {
                    "kind": one.kind,
                    "question": one.question,
                    "half": one.half,
                    "verdict": one.verdict,
                    "route": answer.route,
                    "confidence": answer.confidence,
                    "text": answer.text,
                    "notes": answer.notes,
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    _told(graded, told.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
