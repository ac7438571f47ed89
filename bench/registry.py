"""Names of benchmarks, and where each is written. Nothing is imported until it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark.

    Attributes:
        module: has ``measure(options: Options) -> Result``.
        line: what it measures, in one line.
    """

    module: str
    line: str


BENCHMARKS: dict[str, Benchmark] = {
    "embedding": Benchmark(
        "bench.embedding",
        "images/s from JPEG tars and GeoTIFF, against a plain loop and the floor",
    ),
    "search": Benchmark(
        "bench.search",
        "time, memory and recall of vector search, plain and filtered, against peers",
    ),
    "cold": Benchmark(
        "bench.cold",
        "shell to first result, imports by module, memory at rest",
    ),
    "index-io": Benchmark(
        "bench.index_io",
        "opening, scanning and updating an index; layouts of its parts",
    ),
    "answers": Benchmark(
        "bench.answers",
        "questions answered: retrieval, tokens/s, time to the first token",
    ),
}
