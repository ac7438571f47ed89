"""Can a value that is held be asked for in everyday words?

``python -m bench.reachability WORDINGS.json`` puts each wording to each landmark that
has the variable (``{}`` is its name, ``{c}`` its category), asks without a language
model, and prints the share of answers that hold a value of that variable, by variable
and in all. ``--knowledge`` takes other knowledge than what ships, RSWK's files among
it; ``--half tuned`` and ``--half unseen`` take the wordings whose digest is even or
odd, ``--show N`` prints some that failed, ``--limit N`` draws so many questions.
"""

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import rsrag
from rsrag.answers import Answer
from rsrag.desk.evaluations.qa_evaluation import collections_in
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.answer import ask
from rsrag.rag.answering.ask_request import AskRequest

Question = tuple[str, str, str, frozenset[str]]
"""Variable, wording, question, and the values that would answer it."""


def questions(wordings: dict[str, list[str]], catalogue: Catalogue) -> list[Question]:
    """Each wording with each landmark that has its variable, in a fixed order."""
    return list(_questions(wordings, catalogue))


def _questions(
    wordings: dict[str, list[str]], catalogue: Catalogue
) -> Iterator[Question]:
    for field, texts in wordings.items():
        held: dict[str, set[str]] = {}
        for fact in catalogue.facts_of(field.lower()):
            held.setdefault(fact.landmark_id, set()).add(fact.value)
        for landmark in catalogue.landmarks(list(held)):
            kind = landmark.category or "place"
            for text in texts:
                asked = text.replace("{c}", kind).replace("{}", landmark.name)
                yield field, text, asked, frozenset(held[landmark.id])


def half_of(wording: str) -> str:
    """``tuned`` or ``unseen``, by the digest of a wording."""
    even = hashlib.sha256(wording.encode()).digest()[0] % 2 == 0
    return "tuned" if even else "unseen"


def holds(answer: Answer, values: frozenset[str]) -> bool:
    """Whether an answer, and no refusal, has one of the values in its text."""
    said = _plain(f"{answer.text} {answer.value or ''}")
    return not answer.refused and any(_plain(value) in said for value in values)


def _plain(text: str) -> str:
    return " ".join(text.replace("²", "2").replace("³", "3").casefold().split())


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.reachability")
    parser.add_argument("wordings", type=Path)
    parser.add_argument("--knowledge", type=Path)
    parser.add_argument("--half", choices=("tuned", "unseen"))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    wordings = json.loads(given.wordings.read_text(encoding="utf-8"))
    if given.half:
        wordings = {
            field: [text for text in texts if half_of(text) == given.half]
            for field, texts in wordings.items()
        }
    good: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    sure: Counter[bool] = Counter()
    failed: list[tuple[str, str]] = []
    with ExitStack() as stack:
        root = given.knowledge
        if root is not None:
            root = stack.enter_context(collections_in(root))
        knowledge = stack.enter_context(rsrag.Knowledge(root))
        tools = stack.enter_context(knowledge.tools())
        chosen = questions(wordings, tools.catalogue)
        if given.limit and given.limit < len(chosen):
            chosen = random.Random(0).sample(chosen, given.limit)
        for field, wording, question, values in chosen:
            answer = ask(AskRequest(question), tools)
            key = f"{field}: {wording}"
            asked[key] += 1
            if holds(answer, values):
                good[key] += 1
            else:
                sure[answer.confidence >= 0.9 and not answer.refused] += 1
                failed.append((question, answer.text))
    for key in sorted(asked, key=lambda one: good[one] / asked[one]):
        print(f"{good[key]:5} of {asked[key]:5}  {key}")
    share = good.total() / max(1, asked.total())
    print(f"{good.total()} of {asked.total()} hold the value: {share:.3f}")
    print(f"{sure[True]} others are answered at confidence 0.9 or more")
    for question, text in random.Random(1).sample(failed, min(given.show, len(failed))):
        print(f"- {question}\n  {text[:200]}")


if __name__ == "__main__":
    main()
