"""The fact sheet of a judged pair."""

from collections import Counter

import numpy as np

from rsrag.analysis.change.fact_sheet import CELLS, UNKNOWN, CoverCount, FactSheet
from rsrag.analysis.change.judgement import Judged
from rsrag.analysis.change.outcome.components import Found


def sheet_of(
    judged: Judged,
    found: Found,
    threshold: float,
    *,
    overlap: float,
    notes: tuple[str, ...],
    dates: tuple[str | None, str | None],
    gsd_m: float | None,
    encoder: str,
) -> FactSheet:
    """Put all that may be said on one sheet."""
    seen = np.isfinite(judged.probability)
    changed = (found.numbers > 0) & seen
    rows, columns = seen.shape
    down = np.minimum(3 * np.arange(rows) // max(1, rows), 2)
    across = np.minimum(3 * np.arange(columns) // max(1, columns), 2)
    nine = (3 * down[:, None] + across[None]).ravel()
    compared = np.bincount(nine, seen.ravel(), 9)
    flagged = np.bincount(nine, changed.ravel(), 9)
    cells = {
        name: round(float(part / whole), 6) if whole else None
        for name, part, whole in zip(CELLS, flagged, compared, strict=True)
    }
    moved = [one for one in found.components if one.before != one.after]
    built = Counter(one.after for one in moved if one.after != UNKNOWN)
    gone = Counter(one.before for one in moved if one.before != UNKNOWN)
    areas = [one.area_m2 for one in found.components]
    known = [area for area in areas if area is not None]
    measured = judged.size and (len(known) == len(areas)) and (known or not areas)
    return FactSheet(
        changed=bool(found.components),
        probability=found.chance,
        share=round(float(changed.sum() / max(1, seen.sum())), 6),
        components=found.components,
        cells=cells,
        counts={
            name: CoverCount(built[name], gone[name])
            for name in sorted(set(built) | set(gone))
        },
        registration=judged.registration,
        radiometry=judged.radiometry,
        clouds=round(judged.clouds, 6),
        compared=round(judged.compared, 6),
        overlap=round(overlap, 6),
        dates=dates,
        size_px=judged.size,
        head=judged.head,
        encoder=encoder,
        threshold=threshold,
        calibrated_on=judged.calibrated_on,
        area_m2=round(sum(known), 1) if measured and gsd_m is not None else None,
        gsd_m=gsd_m,
        notes=notes,
    )
