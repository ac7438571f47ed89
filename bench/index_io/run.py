"""The whole benchmark, in pieces that ``--keep`` keeps."""

from functools import partial

from bench.index_io import layout_tables, tables
from bench.index_io.growing import DIM, files_of, index_of
from bench.index_io.layouts import ROWS, measure_layouts, measure_peers
from bench.index_io.mapping import measure_mapping
from bench.index_io.notes import TRIED
from bench.index_io.rounding import measure_rounding
from bench.machine import versions_of
from bench.options import Options
from bench.pieces import piece
from bench.result import Result

SIZES = {"quick": (1_000, 5_000, 25_000), "full": (10_000, 100_000, 1_000_000)}
FILES = 100_000
"""Most files that are written for a scan."""
FLAT, APPROXIMATE = "flat", "ivf-sq8"
"""Indexes inside FAISS; the second at the largest size only."""


def measure(options: Options) -> Result:
    """See the module."""
    sizes = sorted(options.sizes or SIZES[options.mode])
    indexes = {
        count: piece(options, f"index-{count}", partial(index_of, options, count, FLAT))
        for count in sizes
    }
    largest = sizes[-1]
    approximate = piece(
        options,
        f"index-{largest}-{APPROXIMATE}",
        partial(index_of, options, largest, APPROXIMATE),
    )
    counts = sorted({min(count, FILES) for count in sizes})
    files = {
        count: piece(options, f"files-{count}", partial(files_of, options, count))
        for count in counts
    }
    mapping = piece(
        options, f"mapping-{largest}", partial(measure_mapping, options, largest)
    )
    rounding = piece(options, "rounding", partial(measure_rounding, options))
    layouts = piece(options, "layouts", partial(measure_layouts, options))
    peers = piece(options, "peers", partial(measure_peers, options))
    grown = tables.growth_lines(indexes, files)
    return Result(
        name="index-io",
        title="An index on disk",
        text=(
            "Opening, verifying and updating an index that holds made-up chips, each "
            "in a process of its own, beside the limit: reading or hashing the same "
            "bytes, walking over the same files. Then what a part costs in other "
            "layouts of GeoParquet, what float16 does to a search, and what mapping "
            "a store's vectors saves."
        ),
        mode=options.mode,
        versions=versions_of(("geopandas", "duckdb")),
        settings={
            "sizes": sizes,
            "rounds": options.rounds,
            "width of vectors": DIM,
            "rows of a part": ROWS[options.mode],
        },
        tables=[
            tables.opening(indexes, approximate),
            tables.updating(indexes, approximate),
            tables.scanning(files),
            *tables.growth(grown),
            layout_tables.mapping(mapping, largest),
            layout_tables.layouts(layouts, ROWS[options.mode]),
            layout_tables.peers(peers, ROWS[options.mode]),
            layout_tables.rounding(rounding),
        ],
        plots=[tables.plot(grown)],
        tried=list(TRIED),
    )
