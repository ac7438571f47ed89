"""The benchmark of answers, put together."""

import os
from pathlib import Path

from bench.answers.drawn import records
from bench.answers.growth import LANES, Retrieval, fact_ms, retrieval
from bench.answers.speed import OWN, SAME, kept, speed_table, speeds, state_s
from bench.answers.stages import built_s, shell_table, stage_table
from bench.answers.tried import TRIED
from bench.children import surroundings
from bench.machine import usable_cores
from bench.options import Options
from bench.result import Cell, Goal, Line, Plot, Result, Table, exponent
from rsrag.generators.local.gguf import SMOLLM2
from rsrag.knowledge.collection import write_collection

QUICK, FULL = (1_000, 3_000, 10_000), (1_000, 10_000, 100_000)
QUESTIONS = (
    "How deep is lake 3?",
    "Where does lake 4 lie?",
    "When was lake 5 mapped?",
    "What grows on the shores of lake 6?",
    "How far from Abbot is lake 2?",
    "Which lake was mapped in 1807?",
    "Is lake 8 deeper than lake 1?",
    "What is said of lake 7?",
)


def measure(options: Options) -> Result:
    """Measure answers; see :mod:`bench.registry`."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ["XDG_CACHE_HOME"] = str(options.work / "cache")
    full = options.mode == "full"
    sizes = options.sizes or (FULL if full else QUICK)
    threads, file = min(2, usable_cores()), SMOLLM2.verified()
    env = surroundings(options.work, RSRAG_THREADS=str(threads))
    prompt, written = (512, 128) if full else (256, 48)

    options.say("tokens/s")
    found, count = speeds(
        file, threads=threads, prompt=prompt, written=written, rounds=options.rounds
    )
    tables = [speed_table(found, count, threads)]
    options.say("what is kept between questions")
    tables += [_kept_table(file, threads, full), _state_table(file, threads, options)]
    options.say("stages")
    tables.append(stage_table(threads, options.rounds if full else 1))
    tables.append(shell_table(env, options.rounds))
    grown, facts = [], []
    for size in sizes:
        options.say(f"retrieval over {size:,} passages")
        root = options.work / f"passages-{size}"
        embedded = min(size, 2_000 if full else 300)
        grown.append(retrieval(root, size, 40 if full else 15, embedded))
        root = options.work / f"facts-{size}"
        facts.append((float(size), fact_ms(root, size, 40 if full else 15)))
    build = 5_000 if full else 300
    options.say(f"an index of {build:,} passages of knowledge")
    folder = options.work / "built"
    write_collection(folder / "knowledge" / "bench", records(build, build // 5))
    rate = build / built_s(folder, env)
    tables += [_retrieval_table(grown), _build_table(grown, build, rate)]
    lines = _lines(grown, facts)
    tables += [_growth_table(lines)] if len(sizes) > 1 else []
    share = found[OWN].written / found[SAME].written
    return Result(
        name="answers",
        title="Answers",
        text="SmolLM2-135M as rsrag drives it, beside llama.cpp's bare decode loop on "
        "the same weights, tokens and settings in the same process, in turns; what is "
        "kept between questions; where the time of a question goes; and how retrieval "
        "and facts grow with the knowledge.",
        mode=options.mode,
        settings={
            "sizes": list(sizes),
            "rounds": options.rounds,
            "threads": threads,
            "prompt, tokens": count["prompt"],
            "written, tokens": count["written"],
        },
        tables=tables,
        plots=[
            Plot(
                "bench-answers",
                "A question, warm, without a model",
                "passages, or landmarks for facts",
                "ms, median",
                lines,
                log_x=True,
                log_y=True,
            )
        ],
        goals=[
            Goal(
                "tokens/s written by the generator, against the bare decode loop",
                "at least 0.90",
                f"{share:.2f}",
                share >= 0.9,
                "" if share >= 0.9 else "noise of the machine, or sampling in Python",
            )
        ],
        tried=TRIED,
    )


def _kept_table(file: Path, threads: int, full: bool) -> Table:
    evidence = "\n".join(
        f"[{i}] Lake {i} lies {7 * i} km north of the town of Abbot, is {3 * i} m deep "
        f"and was first mapped in {1800 + i}; its shores are wooded."
        for i in range(1, 9)
    )
    asked = QUESTIONS if full else QUESTIONS[:4]
    took = kept(file, evidence, asked, threads=threads, written=24)
    return Table(
        "Questions about the same evidence",
        ("prompt", "first token, s", "answer of 24 tokens, s"),
        [
            ["read anew", took.fresh, took.whole_fresh],
            ["kept from the question before", took.again, took.whole_again],
            ["ratio", took.fresh / took.again, took.whole_fresh / took.whole_again],
        ],
        f"Medians of {len(asked) - 1} questions after a first; 8 pieces of evidence. "
        "Both give the same answers to the letter: it is checked.",
    )


def _state_table(file: Path, threads: int, options: Options) -> Table:
    tokens, size, computed, restored = state_s(
        file, threads=threads, rounds=options.rounds
    )
    return Table(
        "The system's words of a fact: computed, or taken from memory",
        ("tokens", "kB", "computed, ms", "restored, ms"),
        [[tokens, size / 1000, 1000 * computed, 1000 * restored]],
        "What a state kept between processes could save of a cold question. rsrag "
        "keeps none on disk.",
    )


def _retrieval_table(grown: list[Retrieval]) -> Table:
    rows: list[list[Cell]] = []
    for one in grown:
        for lane in LANES:
            recall = one.recall if lane == "vectors" else None
            store = one.store if lane != "BM25" else "–"
            took = (one.median_ms[lane], one.p95_ms[lane])
            rows.append([one.passages, lane, store, *took, recall])
        what = "embedding of the question"
        rows.append([one.passages, what, "–", one.embedding_ms, None, None])
    return Table(
        "Retrieval, warm",
        ("passages", "lane", "store", "median, ms", "p95, ms", "recall@10"),
        rows,
        "Drawn passages; the vectors are those of MiniLM for a few hundred texts, with "
        "noise. Vectors and fused embed the question. Recall is against an exact scan.",
    )


def _build_table(grown: list[Retrieval], build: int, rate: float) -> Table:
    rows: list[list[Cell]] = [
        [one.passages, one.catalogue_s, one.open_ms, one.store_s] for one in grown
    ]
    return Table(
        "Knowledge, built and opened",
        ("passages", "catalogue built, s", "opened again, ms", "store filled, s"),
        rows,
        "rsrag index build-knowledge, from the shell with MiniLM's embedding: "
        f"{rate:,.0f} passages/s over {build:,}.",
    )


def _lines(grown: list[Retrieval], facts: list[tuple[float, float]]) -> list[Line]:
    lanes = [
        Line(lane, [(float(one.passages), one.median_ms[lane]) for one in grown])
        for lane in LANES
    ]
    return [*lanes, Line("a fact", facts)]


def _growth_table(lines: list[Line]) -> Table:
    rows: list[list[Cell]] = []
    for line in lines:
        (small, fast), (large, slow) = line.points[0], line.points[-1]
        ends = f"{fast:.2f} ms at {small:,.0f}, {slow:.2f} ms at {large:,.0f}"
        rows.append([line.name, ends, exponent(line.points)])
    return Table("Growth", ("what", "from, to", "exponent"), rows)
