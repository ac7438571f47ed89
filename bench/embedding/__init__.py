"""Embedding: images/s end to end against a plain loop, clip-retrieval and the floor."""

import statistics
from contextlib import ExitStack
from pathlib import Path

from bench.embedding.memory import build_cost
from bench.embedding.pictures import (
    ARCHITECTURE,
    CHIP,
    draw_geotiff,
    draw_tars,
    draw_weights,
)
from bench.embedding.race import FLOOR, LOOP, OWN, Race, peers_here
from bench.embedding.tried import TRIED
from bench.machine import usable_cores
from bench.options import Options
from bench.result import Cell, Line, Plot, Result, Table, exponent

__all__ = ["measure"]

QUICK, FULL = (96,), (768,)
QUICK_SIDE, FULL_SIDE = 9 * CHIP, 32 * CHIP
QUICK_GROWTH, FULL_GROWTH = (250, 500, 1_000), (1_000, 4_000, 16_000)

TEXT = (
    "Pictures to a published index with ViT-B/32 (random weights, for speed does not "
    "depend on them), against a plain open_clip loop and clip-retrieval with the same "
    "weights, and against the floor: rsrag's forward pass alone on pictures that are "
    "ready. Each runs in a process of its own with its model loaded before the clock "
    "starts, and they take turns. rsrag writes a whole index besides: hashes, "
    "footprints, Parquet, vector store."
)

STAGES = {
    "read": ("open",),
    "decode": ("decode",),
    "transform": ("prepare",),
    "forward": ("forward",),
    "write": ("write", "merge", "store"),
}
"""What a reader calls a stage, and what a build's report calls its parts."""


def measure(options: Options) -> Result:
    """See the module."""
    quick = options.mode == "quick"
    count = (options.sizes or (QUICK if quick else FULL))[-1]
    side = QUICK_SIDE if quick else FULL_SIDE
    growth = QUICK_GROWTH if quick else FULL_GROWTH
    work = options.work
    tars = [work / "a.tar", work / "b.tar"]
    geotiff, weights = work / "scene.tif", work / "weights.pt"
    options.say(f"drawing {count} JPEGs, a GeoTIFF of {side:,} squared, and weights")
    draw_tars(tars, count)
    draw_geotiff(geotiff, side)
    draw_weights(weights)
    peers, notes = peers_here(weights, work)
    chips = (-(-side // CHIP)) ** 2
    with ExitStack() as stack:
        race = Race(peers, stack, options)
        options.say("from JPEG tars")
        from_tars = race.run(
            "JPEG", count, options.rounds, tars=[str(path) for path in tars]
        )
        options.say("from a GeoTIFF")
        rounds = min(options.rounds, 2) if quick else options.rounds
        from_raster = race.run(
            "GeoTIFF", chips, rounds, geotiff=str(geotiff), chip=CHIP
        )
    tables = [
        from_tars.table(f"{count:,} JPEGs of 256 x 256 in two tars, images/s", notes),
        from_raster.table(
            f"One GeoTIFF of {side:,} x {side:,} pixels, tiled and deflated: "
            f"{chips:,} chips of {CHIP}, images/s",
            [],
        ),
        _stages(from_tars.stages, from_raster.stages),
    ]
    grown, plot = _growth(options, growth)
    tables.append(grown)
    gpu = _gpu(options, weights, tars, count)
    return Result(
        name="embedding",
        title="Embedding",
        text=TEXT,
        mode=options.mode,
        settings={
            "model": ARCHITECTURE,
            "threads": usable_cores(),
            "images": count,
            "GeoTIFF side, pixels": side,
            "rounds": options.rounds,
        },
        versions=race.versions,
        tables=[*tables, gpu],
        plots=[plot],
        goals=[*from_tars.goals("JPEG tars"), *from_raster.goals("a GeoTIFF")],
        tried=TRIED,
    )


def _stages(*runs: dict[str, float]) -> Table:
    """Share of each stage in the time that threads spent, from tars and a raster."""
    shares = []
    for seconds in runs:
        named = {
            name: sum(seconds.get(part, 0.0) for part in parts)
            for name, parts in STAGES.items()
        }
        whole = sum(named.values()) or 1.0
        shares.append({name: 100 * value / whole for name, value in named.items()})
    rows: list[list[Cell]] = [[name, *(one[name] for one in shares)] for name in STAGES]
    return Table(
        "Where rsrag's time goes, %",
        ("stage", "JPEG tars", "GeoTIFF"),
        rows,
        "Read, decode and transform run on threads beside the forward pass: their "
        "seconds, waits for a processor included, are added over threads. Write is "
        "Parquet, the merge and the vector store.",
    )


def _growth(options: Options, sizes: tuple[int, ...]) -> tuple[Table, Plot]:
    """Time and peak memory of the whole command with ``mini`` at three sizes."""
    times: list[tuple[float, float]] = []
    peaks: list[tuple[float, float]] = []
    for size in sizes:
        options.say(f"growth: {size:,} JPEGs with mini")
        archive = options.work / f"{size}.tar"
        draw_tars([archive], size, side=128)
        seconds, peak = build_cost(archive, options.work / f"index-{size}", "mini")
        archive.unlink()
        times.append((size, seconds))
        peaks.append((size, peak))
    rows: list[list[Cell]] = [
        [size, seconds, peak]
        for (size, seconds), (_, peak) in zip(times, peaks, strict=True)
    ]
    rows.append(["exponent", exponent(times), exponent(peaks)])
    table = Table(
        "Growth: `rsrag index build` with `mini`, from the shell",
        ("JPEGs of 128 x 128", "seconds", "peak memory, MB"),
        rows,
        "The exponent is the slope on log-log axes: 1 is linear, 0 does not grow. "
        "Peak is the largest resident set, torch with its libraries included.",
    )
    lines = [Line("seconds", times), Line("peak memory, MB", peaks)]
    plot = Plot(
        "embedding-growth",
        "Growth of a build with mini",
        "JPEGs",
        "seconds; MB",
        lines,
        log_x=True,
        log_y=True,
    )
    return table, plot


def _gpu(options: Options, weights: Path, tars: list[Path], count: int) -> Table:
    """The loop and rsrag on a GPU, where there is one."""
    import torch

    title, columns = "On a GPU", ("what", "images/s", "range", "times the loop")
    if not torch.cuda.is_available():
        return Table(title, columns, [], "No GPU at hand: not measured.")
    options.say("on a GPU")
    name = torch.cuda.get_device_name()
    with ExitStack() as stack:
        peers = peers_here(weights, options.work, gpu=True)[0]
        race = Race([p for p in peers if p.name in (LOOP, OWN)], stack, options)
        found = race.run("JPEG", count, options.rounds, tars=[str(p) for p in tars])
    rows = found.rows()
    floor = statistics.median(found.seconds[FLOOR])
    return Table(
        title,
        columns,
        [row[: len(columns)] for row in rows],
        f"{name}; JPEGs and peers as above, the loop's model on it in float32. The "
        f"floor is {count / floor:,.0f} images/s: decoding is what limits.",
    )
