"""Vector search beside its peers: time, memory, disk and recall, plain and filtered.

One system at one size over one cloud is a *piece*: it is built and searched in
processes of its own, and kept as JSON in the work folder (``--keep DIR``) as soon as
it is done, so that hours of measuring may be done bit by bit. The result is put
together from the pieces there are.

    python -m bench search --full --keep DIR --sizes 1000000
    RSRAG_BENCH_SYSTEMS=rsrag,hnswlib  only these; see bench.search.systems
    RSRAG_BENCH_CLOUDS=clustered       only these; the other is called real
    RSRAG_BENCH_AGAIN=1                measure pieces that are there once more
    RSRAG_BENCH_LIMIT_H=6              hours that a build or a search may take
"""

from bench.options import Options
from bench.result import Result


def measure(options: Options) -> Result:
    """Measure the pieces that are asked for and not there yet; report all there are."""
    from bench.search.measuring import measured
    from bench.search.report import combine

    return combine(options, *measured(options))
