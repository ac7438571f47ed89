"""Options of an import, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rsrag.knowledge.collection import Records
from rsrag.knowledge.importers.import_state import ImportState
from rsrag.knowledge.importers.record_text import column_variable, variable_name
from rsrag.knowledge.units import split_column
from rsrag.records import Landmark
from rsrag.types import Skip

FORMATS = (
    *("rswk", "cards", "csv", "vector", "osm", "documents", "airportsdata"),
    "collection",
)
"""Words of ``--as``."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Additions of a person to what files say.

    Attributes:
        form: one of :data:`FORMATS`; ``None`` to look at the content.
        columns: our field (``name``, ``lon``, ``category`` …) to the file's column.
        source: where the records are from, if they do not say it; likewise ``licence``.
        category: of landmarks that have none.
        crs: of files that name none (``EPSG:25832``); tables and cards, too.
        encoding: of texts that are no UTF-8, and of Shapefiles that name none.
        landmark: name of the landmark that documents are about.
        drop: leave out columns that are not mapped, instead of making facts of them.
        strict: fail at the first bad record instead of skipping it.
        units: of variables whose values are bare numbers, by column in snake case.
        namespace: of the ids of records that carry no id of a well-known source; the
            name of the collection.
        known: landmarks of the collection, which records may be about.
        state: of the import, over all its files.
    """

    form: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    licence: str | None = None
    category: str | None = None
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    landmark: str | None = None
    drop: bool = False
    strict: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
    namespace: str = "local"
    known: tuple[Landmark, ...] = ()
    state: ImportState = field(default_factory=ImportState)

    def all_units(self) -> dict[str, str]:
        """Units by variable: those given, and those of columns that are mapped."""
        units = dict(self.units)
        for name, column in self.columns.items():
            key = variable_name(column)
            if unit := units.get(key) or split_column(key)[1]:
                units[variable_name(name)] = unit
        return units | {column_variable(key, True): units[key] for key in units}


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Records that could be read, skips, notices of repairs, and files by format."""

    records: Records
    skipped: tuple[Skip, ...] = ()
    notices: tuple[str, ...] = ()
    formats: Mapping[str, int] = field(default_factory=dict)
