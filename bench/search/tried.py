"""What was tried while this was built, and its effect; also what lost."""

TRIED: list[tuple[str, str]] = [
    (
        "IVF with 8-bit codes, a fixed number of 4,096 cells (real, repeated)",
        "8 cells find 0.98 of a picture's ten nearest and 0.46 of a text's, 256 find "
        "0.999 and 0.99 at twenty times the time",
    ),
    (
        "cells in stages of 8, 24, 72, 216, 648, until one brings nothing: kept",
        "pictures 0.999 at 0.5 ms of one processor, texts 0.98 at 5 ms, or 0.996 at "
        "0.8 ms where they are clustered; stages that double instead find 0.93",
    ),
    (
        "cells by spherical k-means, ranked by the inner product: kept",
        "of texts' neighbours 0.60 instead of 0.57 in the first 16 cells (real, "
        "repeated), 0.97 instead of 0.95 (clustered); pictures the same",
    ),
    (
        "RaBitQ, one bit a component, 100 candidates scored exactly",
        "0.999 for pictures in a third of the time and an eighth of the memory; texts "
        "0.68 (clustered), however many cells: not kept",
    ),
    (
        "the index file mapped instead of read (a million): kept",
        "open in 8 ms instead of 1 s, searches as fast",
    ),
    (
        "rows looked up, read without the 128 kB around them (ten million): kept",
        "with what else changed between two runs p99 28 ms instead of 297, 586 "
        "queries/s instead of 20: what lies around pushed the codes out of memory",
    ),
    (
        "rows looked up read from the file, not through a map of it (a million): kept",
        "2,275 queries/s, p99 4.2 ms, 0.90 GB resident; mapped 2,055, 4.7 ms and 2.4 "
        "GB, since Linux maps up to 2 MB around each; mapped, and let go after 256 "
        "rows, 1,790, 5.7 ms and 0.95 GB",
    ),
    (
        "codes compared as bytes with queries rounded to bytes, and payloads of hits "
        "turned into Python a column at a time (a million, old and new in turns): kept",
        "clustered 1.15 to 1.33 times the queries/s, p99 3.1 to 3.7 ms instead of 4.6 "
        "to 5.6; real, repeated 1.3 to 1.5 times, 6.2 to 8.2 ms instead of 10.0 to "
        "11.8; recall the same to 0.0001. With queries left in floats a tenth slower",
    ),
    (
        "exact search: the k-th best bounded by the best of runs of 64 first: kept",
        "candidates of 100,000 scores in 0.12 ms instead of 0.57",
    ),
    (
        "LanceDB with its own sub-vectors, 16 components each (20,000 vectors)",
        "found 0.79 of what texts look for with all partitions probed and "
        "refine_factor 50; with 8 components 0.93, and all with refine_factor 200; "
        "training takes twice as long",
    ),
    (
        "Qdrant Edge 0.9 asked for a box whose edge is the meridian of 180°",
        "counted 899 of 9,857 points, also with exact search; so the regions here "
        "keep away from it",
    ),
    (
        "Qdrant Edge 0.9 without ACORN, a filter of 5 % over 100,000 vectors",
        "found 0.003 of what it should: too many to score all, too few for its graph "
        "to hold together; so filtered searches ask for ACORN",
    ),
]
