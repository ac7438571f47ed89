"""What a query asks for and no picture of an index can show."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsrag.desk.imagery.generation import Generation
    from rsrag.retrieval.query import Term

_WORD = re.compile(r"[^\W\d_]+")


def too_coarse(generation: "Generation", terms: "Sequence[Term]") -> list[str]:
    """Sentences on objects that are named and smaller than pixels can show.

    Known are the sizes of :mod:`rsrag.analysis.grounding.object_sizes`; nothing is said
    where no chip tells its ground sampling distance.
    """
    from rsrag.analysis.grounding.object_sizes import (
        FEWEST_PX,
        OBJECT_SIZES,
        objects_named,
        too_small,
    )

    told = []
    for term in terms:
        if term.kind != "text" or term.weight <= 0:
            continue
        objects = objects_named(_WORD.findall(term.value.casefold()))[0]
        if objects and (why := too_small(objects, generation.finest_gsd_m)):
            need = max(OBJECT_SIZES[one].largest_m for one in objects) / FEWEST_PX
            name = generation.manifest.name
            told.append(
                f"{term.value}: {why}. Nothing finer is in {name!r}; pictures of "
                f"{need:.2g} m a pixel or less could show it."
            )
    return told
