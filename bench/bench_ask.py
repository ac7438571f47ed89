"""How long an answer takes: from facts alone, worded by SmolLM2, and from a cold start.

Questions go to the curated knowledge that ships. Warm figures are medians over the
questions, all answered once before the clock runs.

    python bench/bench_ask.py [--knowledge DIR] [--rounds 3] [--json]
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rsrag.commands.answering import Answering
from rsrag.commands.ask_words import Wishes
from rsrag.config import Settings
from rsrag.generators.registry import load_generator
from rsrag.interfaces import Generator
from rsrag.rag.ask import ask
from rsrag.rag.request import AskRequest

ROOT = Path(__file__).resolve().parent.parent
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


def warm(
    questions: tuple[str, ...],
    generator: Generator | None,
    knowledge: Path,
    rounds: int,
) -> float:
    """Median seconds an answer, with everything loaded."""
    settings = Settings.from_environment({"RSRAG_KNOWLEDGE": str(knowledge)})
    times = []
    with Answering(settings, None, Wishes()) as answering:
        tools = answering.tools
        tools = type(tools)(tools.catalogue, tools.retrieve, tools.look, generator)
        for turn in range(rounds + 1):
            for question in questions:
                started = time.perf_counter()
                ask(AskRequest(question), tools)
                if turn:
                    times.append(time.perf_counter() - started)
    return statistics.median(times)


def cold(knowledge: Path, *options: str, runs: int = 5) -> float:
    """Median seconds of a whole process."""
    command = [sys.executable, str(ROOT / "cli.py"), "ask", FACTS[0], *options]
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(
            [*command, "--knowledge", str(knowledge)], check=True, capture_output=True
        )
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    threads = Settings.from_environment().threads
    generator = load_generator(threads=threads)
    figures = {
        "fact_warm_s": warm(FACTS, None, options.knowledge, options.rounds),
        "fact_warm_llm_s": warm(FACTS, generator, options.knowledge, options.rounds),
        "open_warm_s": warm(OPEN, None, options.knowledge, options.rounds),
        "open_warm_llm_s": warm(OPEN, generator, options.knowledge, options.rounds),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "fact_cold_s": cold(options.knowledge, "--no-llm"),
        "fact_cold_llm_s": cold(options.knowledge),
    }
    generator.close()
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name:18} {value:10.4f}" if value < 100 else f"{name:18} {value:10.0f}")


if __name__ == "__main__":
    main()
