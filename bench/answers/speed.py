"""Tokens/s of rsrag's generator beside llama.cpp's own loop; what is kept saves."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.answers.bare import LONGEST, Bare
from bench.result import Cell, Table
from rsrag.generators.chat import ChatTemplate
from rsrag.generators.local.llama import LlamaGenerator
from rsrag.generators.local.runtime import load
from rsrag.rag.saying.prompt import load_template
from rsrag.types import Message

OWN, SAME, BENCH = "rsrag's generator", "bare loop, same batches", "as llama-bench"
SENTENCE = "The river bends around the old town, and boats wait below the bridge. "


@dataclass(frozen=True, slots=True)
class Speeds:
    """Medians of one way to read and write, tokens/s."""

    prompt: float
    written: float


@dataclass(slots=True)
class Clock:
    """When a text began to come."""

    started: float = 0.0
    first: float = 0.0

    def start(self) -> None:
        """The call begins."""
        self.started, self.first = time.perf_counter(), 0.0

    def hear(self, text: str) -> None:
        """A piece of text came."""
        self.first = self.first or time.perf_counter()


def long_prompt(generator: LlamaGenerator, tokens: int, number: int) -> list[Message]:
    """A prompt of about so many tokens that begins unlike others.

    Args:
        generator: counts.
        tokens: at most.
        number: of the prompt: the first word that is its own.
    """

    def prompt(sentences: int) -> list[Message]:
        task = "Go on with this story, and write as much as you can."
        return [
            Message("system", f"{number} is your number."),
            Message("user", f"{task} {SENTENCE * sentences}"),
        ]

    one, two = (generator.count_tokens(prompt(n)) for n in (1, 2))
    return prompt(1 + max(0, tokens - one) // (two - one))


def speeds(
    file: Path, *, threads: int, prompt: int, written: int, rounds: int
) -> tuple[dict[str, Speeds], dict[str, int]]:
    """Each way in turns, on the same weights with the same settings.

    The bare loop decodes the very tokens of the generator's prompt, and then as many
    as the generator wrote, at the same depth. ``llama-bench`` reads and writes from an
    empty memory, in batches of 512.

    Args:
        file: GGUF.
        threads: for prompts and single tokens.
        prompt: tokens of the prompt.
        written: tokens that are written.
        rounds: of each.

    Returns:
        Speeds by name, and how many tokens it was in the last round.
    """
    room = prompt + written + LONGEST
    generator = LlamaGenerator(file, threads=threads)
    model = load(file, context=room, threads=threads)
    template = ChatTemplate(model)
    taken: dict[str, list[tuple[float, float]]] = {OWN: [], SAME: [], BENCH: []}
    count: dict[str, int] = {}
    clock = Clock()
    with Bare(model, room) as same, Bare(model, room, LONGEST) as bench:
        for number in range(rounds + 1):
            messages = long_prompt(generator, prompt, 100 + number)
            tokens = template.tokens(messages)
            clock.start()
            said = generator.generate(messages, max_tokens=written, on_text=clock.hear)
            ended = time.perf_counter()
            after = said.completion_tokens - 1
            own = (
                len(tokens) / (clock.first - clock.started),
                after / (ended - clock.first),
            )
            rest = tokens[:after] or tokens[:1]
            same.clear()
            again = (
                len(tokens) / same.read_s(tokens),
                len(rest) / same.write_s(rest),
            )
            bench.clear()
            plain = len(tokens) / bench.read_s(tokens)
            bench.clear()
            alone = (plain, len(rest) / bench.write_s(rest))
            if number:
                for name, pair in ((OWN, own), (SAME, again), (BENCH, alone)):
                    taken[name].append(pair)
                count = {"prompt": len(tokens), "written": said.completion_tokens}
    generator.close()
    model.close()
    found = {
        name: Speeds(
            *(statistics.median(column) for column in zip(*pairs, strict=True))
        )
        for name, pairs in taken.items()
    }
    return found, count


def speed_table(found: dict[str, Speeds], count: dict[str, int], threads: int) -> Table:
    """Tokens/s, and their share of the bare loop's."""
    limit = found[SAME]
    rows: list[list[Cell]] = [
        [
            name,
            one.prompt,
            one.prompt / limit.prompt,
            one.written,
            one.written / limit.written,
        ]
        for name, one in found.items()
    ]
    return Table(
        "Tokens/s of SmolLM2-135M (Q4_1)",
        ("way", "prompt, tokens/s", "of bare", "written, tokens/s", "of bare"),
        rows,
        f"{threads} threads, a prompt of {count['prompt']} tokens and "
        f"{count['written']} written after it. The bare loop decodes the same tokens "
        "through the C interface in batches as long as rsrag's longest, and samples "
        "nothing. The last row is llama-bench's way: batches of 512, and writing from "
        "an empty memory.",
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """Seconds over questions about the same evidence."""

    first: float
    again: float
    fresh: float
    whole_again: float
    whole_fresh: float


def kept(
    file: Path, evidence: str, questions: Sequence[str], *, threads: int, written: int
) -> Kept:
    """What the tokens that stay from call to call save.

    Two generators answer the same questions in turns. One keeps what it may; the other
    is made to forget by an unlike prompt, which the clock does not see.

    Args:
        file: GGUF.
        evidence: numbered, the same for all questions.
        questions: at least two.
        threads: to compute with.
        written: tokens of an answer at most.
    """
    keeping, forgetful = (LlamaGenerator(file, threads=threads) for _ in range(2))
    template, clock = load_template("answer"), Clock()
    first: dict[bool, list[float]] = {True: [], False: []}
    whole: dict[bool, list[float]] = {True: [], False: []}
    for generator in (keeping, forgetful):
        generator.generate([Message("user", "Hello.")], max_tokens=2)
    for question in questions:
        messages = template.fill({"evidence": evidence, "question": question})
        texts = []
        for keeps, generator in ((True, keeping), (False, forgetful)):
            if not keeps:
                # Another first token: nothing of the prompt before can be used.
                generator.likelihood([Message("assistant", "Well.")], "No")
            clock.start()
            said = generator.generate(messages, max_tokens=written, on_text=clock.hear)
            whole[keeps].append(time.perf_counter() - clock.started)
            first[keeps].append(clock.first - clock.started)
            texts.append(said.text)
        if texts[0] != texts[1]:
            raise RuntimeError(f"What was kept changed an answer: {texts}")
    keeping.close()
    forgetful.close()
    return Kept(
        first[True][0],
        statistics.median(first[True][1:]),
        statistics.median(first[False][1:]),
        statistics.median(whole[True][1:]),
        statistics.median(whole[False][1:]),
    )


def state_s(file: Path, *, threads: int, rounds: int) -> tuple[int, int, float, float]:
    """Whether the system's words are better read from a file than computed.

    Returns:
        Tokens, bytes of their state, seconds to compute it, and to take it from a file.
    """
    model = load(file, context=1024, threads=threads)
    head = load_template("fact").fill({"question": "Q", "sentence": "S"})[:1]
    tokens = ChatTemplate(model).tokens(head)
    compute, restore = [], []
    with Bare(model, 1024) as bare:
        for _ in range(rounds + 1):
            bare.clear()
            compute.append(bare.read_s(tokens))
            state = bare.saved()
            bare.clear()
            started = time.perf_counter()
            bare.restore(state)
            restore.append(time.perf_counter() - started)
    model.close()
    return (
        len(tokens),
        len(state),
        statistics.median(compute[1:]),
        statistics.median(restore[1:]),
    )
