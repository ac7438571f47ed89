"""What was tried to make the cold start faster, and what it did.

Medians of seven runs in turns on two cores that were shared with other work, 100,000
chips of mini.
"""

TRIED: tuple[tuple[str, str], ...] = (
    (
        "Arrow's buffers instead of to_numpy and pa.array, which import pandas where "
        "it is installed",
        "kept: a search with a bbox 0.95 s to 0.62 s; a plain one, had it stayed in "
        "the rows of hits, 0.92 s to 0.57 s",
    ),
    (
        "not importing FAISS to hear that there is no GPU: Linux tells by its devices",
        "kept: 0.63 s to 0.57 s, 20 MB less; an approximate index still imports it",
    ),
    (
        "NumPy's types named to type checkers only",
        "kept: rsrag ask, a fact without a language model, 0.45 s to 0.32 s",
    ),
    (
        "the text tower of a CLIP in NumPy instead of torch",
        "kept: see the table; float16 halves the file and is slower, as each query "
        "widens the weights again",
    ),
    (
        "doing without pydantic, which typer imports to read the first option",
        "left: 57 ms of processor time, in its private classes; an older typer would "
        "be a pin that ages",
    ),
    (
        "bytecode of a checkout that keeps none",
        "no matter of the program: compiling 110 modules costs each process about "
        "100 ms; measured here as installed, compiled",
    ),
)
