"""Where the time of a question goes, warm, from a shell, and in memory."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.children import RSRAG, told, waits
from bench.result import Cell, Table
from rsrag.config import Settings
from rsrag.config.homes import PACKAGED
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.generators.generator_registry import load_generator
from rsrag.generators.local.prompt_pieces import FIRST_CONTEXT
from rsrag.interfaces import Generator
from rsrag.rag.answering.answer import ask
from rsrag.rag.answering.ask_request import AskRequest
from rsrag.rag.saying.grounding import ground

FACTS = (
    "How deep is Lake Baikal?",
    "When was the Golden Gate Bridge opened?",
    "How high is Mount Everest?",
    "In which country is Lake Titicaca?",
    "How long is the Amazon River?",
    "How tall is the Burj Khalifa?",
    "What is the surface area of the Sahara?",
    "When did Mount St. Helens last erupt?",
)
OPEN = (
    "Where can I see herds of wildebeest?",
    "What does the Aral Sea look like today?",
    "Where are fields irrigated in circles?",
)
STAGES = ("read", "retrieve", "generate", "total")


def warm(
    questions: Sequence[str], generator: Generator | None, rounds: int
) -> dict[str, float]:
    """Median milliseconds by stage, all asked once before the clock runs."""
    settings = Settings.from_environment({"RSRAG_KNOWLEDGE": PACKAGED})
    times: dict[str, list[float]] = {stage: [] for stage in (*STAGES, "ground")}
    with Knowledge(settings=settings) as knowledge, knowledge.tools() as plain:
        tools = replace(plain, generator=generator)
        for turn in range(rounds + 1):
            for question in questions:
                started = time.perf_counter()
                answer = ask(AskRequest(question), tools)
                total = time.perf_counter() - started
                evidence = [one.evidence for one in answer.citations]
                started = time.perf_counter()
                ground(answer.text, evidence)
                checked = time.perf_counter() - started
                if turn:
                    for stage in STAGES:
                        times[stage].append(answer.seconds.get(stage, 0.0))
                    times["total"][-1] = total
                    times["ground"].append(checked)
    return {stage: 1000 * statistics.median(took) for stage, took in times.items()}


def stage_table(threads: int, rounds: int) -> Table:
    """Warm questions by stage."""
    generator = load_generator(threads=threads)
    rows: list[list[Cell]] = []
    kinds = (("a fact", FACTS), ("an open question", OPEN))
    for kind, questions in kinds:
        for words, model in (("", None), (", worded by SmolLM2", generator)):
            took = warm(questions, model, rounds)
            rows.append([kind + words, *(took[s] for s in (*STAGES, "ground"))])
    generator.close()
    return Table(
        "A warm question by stage, ms",
        ("question", *STAGES, "of it checking, about"),
        rows,
        "Medians over the curated knowledge: reading the question, retrieval, and all "
        "that words the answer (prompt, model, check). The last column is the check of "
        "the final text against its evidence, measured apart. Questions repeat, so the "
        "model has the prompt of the one before, not its own.",
    )


def shell_table(env: Mapping[str, str], rounds: int) -> Table:
    """Whole processes, and their memory."""
    base = [*RSRAG, "ask", FACTS[0], "--knowledge", PACKAGED]
    commands = {
        "a fact": [*base, "--no-llm"],
        "a fact, worded by SmolLM2": [*base, "--llm"],
    }
    rows: list[list[Cell]] = []
    took = waits(commands, env, rounds)
    code = (
        "from rsrag.commands import main\n"
        "import contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    try: main()\n"
        "    except SystemExit: pass\n"
        "print(json.dumps(memory()))\n"
    )
    for name, command in commands.items():
        memory = told(code, env, *command[len(RSRAG) :])
        one = took[name]
        rows.append([name, one.median_s, one.fastest_s, one.processor_s])
        rows[-1] += [memory["peak"]]
    return Table(
        "A question from the shell",
        ("question", "median, s", "fastest, s", "processor, s", "peak memory, MB"),
        rows,
        f"Start to exit. The model begins with a context of {FIRST_CONTEXT} tokens.",
    )


def built_s(folder: Path, env: Mapping[str, str]) -> float:
    """Seconds of ``rsrag index build-knowledge`` over a folder's ``knowledge``."""
    command = [*RSRAG, "index", "build-knowledge", "--encoder", "none"]
    paths = ["--knowledge", str(folder / "knowledge")]
    paths += ["--indexes", str(folder / "indexes")]
    started = time.perf_counter()
    told(
        "import subprocess\nsubprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL)\nprint('0')\n",
        env,
        *command,
        *paths,
    )
    return time.perf_counter() - started
