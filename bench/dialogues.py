"""Dialogues made from RSWK: what *its* and *back to* are worth beside the name.

    python -m bench.dialogues SHARED/rswk [--count 1000] [--half first|second]

``SHARED/rswk`` holds ``world_knowledge.json`` and ``monthly_knowledge.json``. Each
dialogue names a landmark in its first question, asks one to three more of *its* facts
and one that is not held, goes on to a second one, asks one of *its*, and comes back.
Every question that points back is asked with the name as well, alone. Landmarks are
split in two halves by a digest of their names: mend by the first, measure the second.
"""

import argparse
import hashlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rsrag.commands import main as rsrag
from rsrag.config import Settings
from rsrag.desk.asking.conversing import Conversation
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.knowledge.periods import period_words
from rsrag.knowledge.variables import label_of
from rsrag.records import Fact, Landmark

LACKING = ("population", "number of floors", "number of runways", "maximum depth")


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn: what is said, the same with the name, and what is right.

    Attributes:
        said: in the dialogue.
        named: alone; empty for a turn that is not asked alone.
        landmark: id of the one that is meant.
        value: that is right; ``None`` where nothing is held.
    """

    said: str
    named: str
    landmark: str
    value: str | None


def question(fact: Fact, owner: str) -> str:
    """What is asked for a fact."""
    when = f" in {period_words(fact.period)}" if fact.period else ""
    return f"What is {owner} {label_of(fact.variable)}{when}?"


def of(name: str, fact: Fact) -> str:
    """The same with the name."""
    when = f" in {period_words(fact.period)}" if fact.period else ""
    return f"What is the {label_of(fact.variable)} of {name}{when}?"


def dialogue(
    one: tuple[Landmark, list[Fact]],
    other: tuple[Landmark, list[Fact]],
    rng: random.Random,
) -> Iterator[Asked]:
    """The turns."""
    (first, facts), (second, more) = one, other
    picked = rng.sample(facts, min(len(facts), rng.randint(2, 4)))
    yield Asked(of(first.name, picked[0]), "", first.id, picked[0].value)
    for fact in picked[1:]:
        named = of(first.name, fact)
        yield Asked(question(fact, "its"), named, first.id, fact.value)
    held = {label_of(fact.variable) for fact in facts}
    lacks = rng.choice([one for one in LACKING if one not in held])
    named = f"What is the {lacks} of {first.name}?"
    yield Asked(f"And what is its {lacks}?", named, first.id, None)
    fact = rng.choice(more)
    yield Asked(of(second.name, fact), "", second.id, fact.value)
    fact = rng.choice(more)
    yield Asked(question(fact, "its"), of(second.name, fact), second.id, fact.value)
    yield Asked(f"back to {first.name}", "", first.id, None)
    fact = rng.choice(facts)
    yield Asked(question(fact, "its"), of(first.name, fact), first.id, fact.value)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--half", choices=("first", "second"), default="second")
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--knowledge", type=Path, help="imported before")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        known = told.knowledge or Path(home) / "known"
        if told.knowledge is None:
            kinds = ("world", "monthly")
            files = [str(told.folder / f"{kind}_knowledge.json") for kind in kinds]
            words = ["knowledge", "import", *files, "--as", "rswk", "--name", "rswk"]
            assert rsrag([*words, "--knowledge", str(known)]) == 0
        environment = {"RSRAG_KNOWLEDGE": str(known), "RSRAG_HOME": home}
        settings = Settings.from_environment(environment)
        with Knowledge(settings=settings) as knowledge:
            run(knowledge, told.count, told.seed, told.half, told.show)


def run(knowledge: Knowledge, count: int, seed: int, half: str, show: int) -> None:
    """Hold the dialogues, and print the figures."""
    rng, tally = random.Random(seed), Counter[str]()
    took: dict[bool, list[float]] = {False: [], True: []}
    landmarks = halves(knowledge, half)
    for _ in range(count):
        one, other = rng.sample(landmarks, 2)
        talk = Conversation(knowledge)
        for asked in dialogue(one, other, rng):
            began = time.perf_counter()
            reply = talk.say(asked.said)
            refused = reply.answer is not None and reply.answer.refused
            took[refused].append(1000 * (time.perf_counter() - began))
            if not asked.named:
                continue
            alone = knowledge.ask(asked.named)
            answer = reply.answer
            about = () if answer is None else answer.context.get("landmarks", ())
            ids = {str(i) for each in about for i in each["ids"]}
            refused = answer is None or answer.refused
            tally["turns"] += 1
            if asked.value is None:
                tally["lacking"] += 1
                tally["lacking refused"] += refused
                tally["lacking refused by name"] += alone.refused
            else:
                right = answer is not None and answer.value == asked.value
                tally["held"] += 1
                tally["right"] += right
                tally["right by name"] += alone.value == asked.value
                if alone.value == asked.value and not right and show > 0:
                    show -= 1
                    print(f"  {asked.named} {alone.value}")
                    print(f"    {asked.said} {reply.turn.told[:90]}", flush=True)
            tally["wrong landmark"] += not refused and asked.landmark not in ids
    held, lacking = tally["held"], tally["lacking"]
    print(
        f"{count} dialogues of the {half} half, {tally['turns']:,} turns that point "
        f"back: value exact {tally['right'] / held:.4f}, with the name "
        f"{tally['right by name'] / held:.4f}, ratio "
        f"{tally['right'] / max(tally['right by name'], 1):.4f}; wrong landmark "
        f"{tally['wrong landmark'] / tally['turns']:.4f}; unanswerable refused "
        f"{tally['lacking refused'] / lacking:.4f}, with the name "
        f"{tally['lacking refused by name'] / lacking:.4f}; a turn "
        f"{_p95([*took[False], *took[True]]):.0f} ms at p95, a refused one "
        f"{_p95(took[True]):.0f}"
    )


def _p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


def halves(knowledge: Knowledge, half: str) -> list[tuple[Landmark, list[Fact]]]:
    """Landmarks of a half with two facts or more, whose names are theirs alone."""
    with knowledge.catalogue() as catalogue:
        assert catalogue is not None
        every = sorted(catalogue.all_landmarks(), key=lambda one: one.id)
        names = Counter(one.name.casefold() for one in every)
        found = [
            (one, facts)
            for one in every
            if names[one.name.casefold()] == 1
            and (hashlib.sha256(one.name.encode()).digest()[0] % 2 == 0)
            == (half == "first")
            and len(facts := list(catalogue.facts(one.id))) >= 2
        ]
    return found


if __name__ == "__main__":
    main()
