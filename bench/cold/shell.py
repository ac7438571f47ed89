"""Shell to first result: each command in a process of its own, peers in turns."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.children import RSRAG, Wait, surroundings, waits
from bench.cold.indexes import ARCHITECTURE, Clip, clip_index, plain_vectors
from bench.cold.scripts import (
    BBOX,
    LLAMA_CPP,
    OPEN_CLIP,
    QUERY,
    QUESTION,
    SENTENCE_TRANSFORMERS,
)
from bench.options import Options
from bench.result import Cell, Goal, Table
from rsrag.config.homes import PACKAGED
from rsrag.encoders.text_towers.minilm import WEIGHTS
from rsrag.generators.local.gguf import SMOLLM2

GOAL_S = 1.0
MISSING = "A dash: the peer is not installed; `pip install 'rsrag[bench]'`."

PYTHON, NUMPY, HELP = "python -c pass", "import numpy", "rsrag --help"
SEARCH, BOX = "rsrag search, mini", "rsrag search --bbox, mini"
SEARCH_ST = "plain sentence-transformers, MiniLM"
CLIP = "rsrag search, ViT-B/32"
TOWER, HALF, TORCH = f"{CLIP}, text tower", f"{CLIP}, tower in fp16", f"{CLIP}, torch"
SEARCH_OC = "plain open_clip, ViT-B/32"
ASK, ASK_LLM = "rsrag ask --no-llm", "rsrag ask, SmolLM2"
PLAIN_LLM = "plain llama_cpp, SmolLM2"

PEERS = {SEARCH_ST: SEARCH, SEARCH_OC: TOWER, PLAIN_LLM: ASK_LLM}
NEEDS = {
    SEARCH_ST: "sentence_transformers",
    SEARCH_OC: "open_clip",
    PLAIN_LLM: "llama_cpp",
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to run on.

    Attributes:
        root: folder of indexes.
        name: of mini's index.
        chips: of both indexes.
        clip: random weights, or None where open_clip is missing.
    """

    root: Path
    name: str
    chips: int
    clip: Clip | None


def search_command(name: str, *more: str) -> list[str]:
    """``rsrag search`` over an index."""
    return [*RSRAG, "search", QUERY, "--index", name, *more]


def shell(options: Options, shelf: Shelf) -> tuple[Table, Goal]:
    """Measure all commands."""
    work = options.work
    env = surroundings(work, RSRAG_INDEXES=str(shelf.root))
    light: dict[str, Sequence[str]] = {
        PYTHON: [sys.executable, "-c", "pass"],
        NUMPY: [sys.executable, "-c", "import numpy"],
        HELP: [*RSRAG, "--help"],
        SEARCH: search_command(shelf.name),
        BOX: search_command(shelf.name, "--bbox", *BBOX),
        ASK: ask_command("--no-llm"),
    }
    options.say("commands of rsrag")
    taken = waits(light, env, options.rounds)
    rounds = options.rounds if options.mode == "full" else 1
    options.say("plain sentence-transformers and llama_cpp beside rsrag")
    heavy = {SEARCH: light[SEARCH], ASK_LLM: ask_command("--llm")}
    if has(SEARCH_ST):
        vectors = plain_vectors(work / "minilm.npy", shelf.chips, 384)
        plain = [SENTENCE_TRANSFORMERS, str(WEIGHTS.locate().parent), str(vectors)]
        heavy[SEARCH_ST] = [sys.executable, "-c", *plain, QUERY]
    if has(PLAIN_LLM):
        plain = [LLAMA_CPP, str(SMOLLM2.locate()), QUESTION]
        heavy[PLAIN_LLM] = [sys.executable, "-c", *plain]
    beside = waits(heavy, env, rounds)
    if shelf.clip is not None:
        options.say("a CLIP, its text tower and torch")
        beside |= _clip(options, shelf, shelf.clip, rounds)
    return _table(taken, beside, shelf), _goal(taken[SEARCH], shelf.chips)


def ask_command(*more: str) -> list[str]:
    """``rsrag ask`` of the knowledge that ships."""
    knowledge = ["--knowledge", PACKAGED]
    return [*RSRAG, "ask", QUESTION, *knowledge, *more]


def has(peer: str) -> bool:
    """Whether what a plain script needs is installed."""
    return find_spec(NEEDS[peer]) is not None


def _clip(options: Options, shelf: Shelf, clip: Clip, rounds: int) -> dict[str, Wait]:
    name = clip_index(shelf.root, shelf.chips, clip)
    indexes = {"RSRAG_INDEXES": str(shelf.root)}
    vectors = plain_vectors(options.work / "clip.npy", shelf.chips, clip.identity.dim)
    plain = [OPEN_CLIP, ARCHITECTURE, str(clip.weights), str(vectors), QUERY]
    command = search_command(name)
    commands: dict[str, Sequence[str]] = {
        title: ["env", f"XDG_CACHE_HOME={clip.caches[cache]}", *command]
        for title, cache in ((TOWER, "fp32"), (HALF, "fp16"), (TORCH, "torch"))
        if title != TORCH or options.mode == "full"
    }
    commands[SEARCH_OC] = [sys.executable, "-c", *plain]
    return waits(commands, surroundings(options.work, **indexes), rounds)


def _table(taken: dict[str, Wait], beside: dict[str, Wait], shelf: Shelf) -> Table:
    rows: list[list[Cell]] = []
    order = (PYTHON, NUMPY, HELP, SEARCH, BOX, SEARCH_ST, TOWER, HALF, TORCH, SEARCH_OC)
    for name in (*order, ASK, ASK_LLM, PLAIN_LLM):
        wait = taken.get(name) or beside.get(name)
        if wait is None and name not in PEERS:
            continue
        if wait is None:
            rows.append([name, None, None, None, None])
            continue
        own = beside.get(PEERS.get(name, ""))
        ratio = wait.median_s / own.median_s if own else None
        rows.append([name, wait.median_s, wait.fastest_s, wait.processor_s, ratio])
    lost = f" {MISSING}" if any(row[1] is None for row in rows) else ""
    return Table(
        "Shell to first result",
        (
            "command",
            "median, s",
            "fastest, s",
            "processor, s",
            "times rsrag's wait",
        ),
        rows,
        f"{shelf.chips:,} chips; pages of the files in memory; bytecode compiled. The "
        "plain scripts load their model, embed the text and multiply it with as many "
        "vectors of a NumPy file; they are compared with the row of rsrag that they "
        "took turns with. ViT-B/32 has random weights: where they come from does not "
        f"change how long they take.{lost}",
    )


def towers(clip: Clip) -> Table:
    """The exported text towers."""
    return Table(
        "Text towers of ViT-B/32",
        ("kept in", "MB", "1 - worst cosine to the model"),
        [[name, size, gap] for name, (size, gap) in clip.towers.items()],
    )


def _goal(wait: Wait, chips: int) -> Goal:
    met = wait.median_s < GOAL_S
    return Goal(
        f"`rsrag search` cold with mini over {chips:,} chips",
        f"under {GOAL_S:g} s",
        f"{wait.median_s:.2f} s",
        met,
        "" if met else f"{wait.processor_s:.2f} s of it is the processor's",
    )
