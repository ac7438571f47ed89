"""The whole benchmark: indexes first, then commands, growth, imports, memory."""

from bench.cold.growth import growth
from bench.cold.indexes import ARCHITECTURE, mini_index, random_clip
from bench.cold.inside import imports, memory
from bench.cold.notes import TRIED
from bench.cold.shell import SEARCH_OC, Shelf, has, shell, towers
from bench.machine import versions_of
from bench.options import Options
from bench.result import Result

SIZES = {"quick": (1_000, 10_000, 100_000), "full": (10_000, 100_000, 1_000_000)}
MAIN = 100_000
"""Chips of the commands that are compared; the largest size if it is not measured."""


def measure(options: Options) -> Result:
    """See the module."""
    sizes = sorted(options.sizes or SIZES[options.mode])
    root = options.work / "indexes"
    indexes = {}
    for count in sizes:
        options.say(f"an index of {count:,} chips")
        indexes[count] = mini_index(root, count)
    main = MAIN if MAIN in sizes else sizes[-1]
    clip = random_clip(options.work) if has(SEARCH_OC) else None
    shelf = Shelf(root, indexes[main][0], main, clip)
    waits, goal = shell(options, shelf)
    tables = [waits, *([towers(clip)] if clip else [])]
    grown, plot = growth(options, root, indexes)
    options.say("imports and memory")
    tables += [*grown, *imports(options, shelf), memory(options, shelf)]
    return Result(
        name="cold",
        title="Cold and warm",
        text=(
            "How long a person waits who types a command into a shell, from start to "
            "exit of the process, and how much of it is left once a process is warm. "
            "The peer is a plain script that loads the same model, embeds the same "
            "text and multiplies it with as many vectors; the limits are Python alone "
            "and Python with NumPy."
        ),
        mode=options.mode,
        versions=versions_of(("sentence-transformers", "transformers", "typer")),
        settings={
            "sizes": sizes,
            "rounds": options.rounds,
            "architecture": ARCHITECTURE,
        },
        tables=tables,
        plots=[plot],
        goals=[goal],
        tried=list(TRIED),
    )
