"""The first ids of a column in ascending order, found without sorting it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.columns import integers, numbers, truths

if TYPE_CHECKING:
    import pyarrow as pa


def first_ids(
    ids: "pa.ChunkedArray",
    allow: NDArray[np.int64] | None,
    after: str | None,
    limit: int,
) -> NDArray[np.int64]:
    """Row numbers of the first ids, by id ascending.

    Args:
        ids: strings, none of them null.
        allow: row numbers to look at, ascending, no id twice among them; ``None``
            for all.
        after: ids up to this one are left out, this one included.
        limit: how many rows at most.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = np.arange(len(ids)) if allow is None else allow
    if after is not None:
        later = truths(pc.greater(ids, pa.scalar(after, ids.type)))
        rows = rows[later[rows]]
    if len(rows) < len(ids):
        ids = ids.take(integers(rows))
    first = numbers(pc.select_k_unstable(ids, limit, [("", "ascending")]))
    found: NDArray[np.int64] = rows[first]
    return found
