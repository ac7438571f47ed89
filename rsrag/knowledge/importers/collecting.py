"""Collector of what importers find: checked, united, attributed, or skipped."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rsrag.errors import KnowledgeError
from rsrag.knowledge.collection import Records
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.importers.record_text import (
    clean_name,
    clean_text,
    pieces,
    variable_name,
)
from rsrag.knowledge.merging import unite
from rsrag.knowledge.record_schema import check
from rsrag.knowledge.shapes import point_wkb, shown
from rsrag.knowledge.units import split_column
from rsrag.knowledge.values import parse_value
from rsrag.records import (
    Fact,
    Landmark,
    Passage,
    Record,
    fact_id,
    landmark_id,
    passage_id,
)
from rsrag.types import Skip


class AttributionError(KnowledgeError):
    """A record without source or licence; it stops the import, strict or not."""


class Collector:
    """Takes records of one file, named by ``where`` in messages.

    The options come before ``source`` and ``licence``; ``namespace`` is of landmark
    ids.
    """

    def __init__(
        self,
        options: ImportOptions,
        where: str,
        *,
        namespace: str | None = None,
        source: str | None = None,
        licence: str | None = None,
    ) -> None:
        self.options = options
        self.where = where
        self.skipped: list[Skip] = []
        self.counts: Counter[str] = Counter()
        self._namespace = namespace or options.namespace
        self._source = clean_name(options.source or "") or source
        self._licence = clean_name(options.licence or "") or licence
        self._units = options.all_units()
        self._staged: list[Record] = []
        self._records: list[Record] = []
        self.at = where
        self.attribution: tuple[str, str] | None = None

    @contextmanager
    def attempt(self, at: str) -> Iterator[None]:
        """Take up one record, whole or not at all.

        What is added within the block counts once it ends; ``at`` says which record it
        is, for messages (``line 7``, ``record 3``).

        Raises:
            KnowledgeError: it is bad and the import is strict, or it has no source.
        """
        self.at = f"{self.where}, {at}"
        self._staged = []
        self.attribution = None
        try:
            yield
            for record in self._staged:
                check(record, self.at)
        except KnowledgeError as error:
            if self.options.strict or isinstance(error, AttributionError):
                raise
            reason = str(error).removeprefix(f"{self.at}: ")
            self.options.state.hint = self.options.state.hint or error.hint
            self.skipped.append(Skip(self.at, reason, "KnowledgeError"))
        else:
            self._records += self._staged
            for record in self._staged:
                if isinstance(record, Landmark):
                    self.options.state.see(record, self.where)

    def bad(self, field: str, value: object, problem: str) -> KnowledgeError:
        """The error to raise for a field of the record at hand."""
        return KnowledgeError(f"{self.at}: {field}: {shown(value)} {problem}.")

    def attribute(self, source: object = None, licence: object = None) -> None:
        """Say whose the record at hand is; what is missing comes from the options."""
        self.attribution = (
            self._attributed("source", source, self._source, "'Where it is from'"),
            self._attributed("licence", licence, self._licence, "CC-BY-4.0"),
        )
        self.options.state.sources.add(self.attribution[0])

    def _attributed(
        self, field: str, value: object, default: str | None, example: str
    ) -> str:
        if value is not None and not isinstance(value, str):
            raise self.bad(field, value, "is not text")
        if text := clean_name(value or "") or default:
            return text
        raise AttributionError(
            f"{self.at}: it has no {field}, and every record needs one.",
            hint=f"--{field} {example}",
        )

    def landmark(
        self,
        name: str,
        key: str | None = None,
        *,
        given: str | None = None,
        aliases: Iterable[str] = (),
        category: str | None = None,
        geometry: bytes | None = None,
        images: Iterable[str] = (),
    ) -> str:
        """Add a landmark; returns its id.

        ``key`` makes the id of a landmark of a well-known source. Without one, name and
        place tell which it is, and ``given``, its id in the file.
        """
        title = clean_name(name)
        if not title:
            raise self.bad("name", name, "is empty")
        others = dict.fromkeys(clean_name(alias) for alias in aliases)
        others.pop("", None)
        others.pop(title, None)
        kind = clean_name(category or self.options.category or "").lower()
        source, licence = self._owner()
        made = Landmark(
            id=landmark_id(self._namespace, key or ""),
            name=title,
            source=source,
            licence=licence,
            aliases=tuple(others),
            category=kind or None,
            geometry=geometry,
            images=tuple(images),
        )
        if key is None:
            try:
                own = self.options.state.id_of(made, given, self.where)
            except KnowledgeError as exc:
                raise KnowledgeError(f"{self.at}: {exc}", hint=exc.hint) from exc
            made = dataclasses.replace(made, id=own)
        self._staged.append(made)
        return made.id

    def point(self, lon: float, lat: float) -> bytes:
        """WKB of a point that can be."""
        if not (abs(lon) <= 180 and abs(lat) <= 90):  # also refuses NaN
            fault = self.bad("coordinates", (lon, lat), "are not lon/lat degrees")
            fault.hint = "--crs EPSG:25832 if that is their reference system"
            raise fault
        if lon == 0 and lat == 0:
            raise self.bad("coordinates", (lon, lat), "are no place: 0/0 is a gap")
        return point_wkb(lon, lat)

    def fact(
        self,
        landmark: str,
        variable: str,
        value: str,
        period: str | None = None,
        number: float | None = None,
        unit: str | None = None,
        *,
        measured: bool = True,
    ) -> None:
        """Add a fact, its value kept word for word.

        Number and unit are read from the value if the source does not give them apart;
        a bare number has the unit that a person gave for the variable, or that the
        variable's name ends in (``height_m``). Names and codes are not ``measured``.
        ``period``: as in :class:`rsrag.records.Fact`.
        """
        text = value.strip(" \t\r\n")
        if not text:
            return
        name = variable_name(variable)
        if not name:
            raise self.bad("variable", variable, "has no letter")
        if measured:
            given = self._units.get(name)
            name, own = split_column(name)
            own = given or own
            if number is None:
                number, found = parse_value(text)
                unit = unit or found
            if number is not None and unit is None and own is not None:
                unit, text = own, f"{text} {own}"
        source, licence = self._owner()
        key = fact_id(landmark, name, period, text)
        self._staged.append(
            Fact(key, landmark, name, text, source, licence, period, number, unit)
        )

    def text(
        self,
        landmark: str | None,
        chunk_type: str,
        text: str,
        title: str | None = None,
    ) -> int:
        """Add a text as passages; returns how many."""
        source, licence = self._owner()
        made = [
            Passage(
                id=passage_id(landmark, chunk_type, piece),
                text=piece,
                chunk_type=chunk_type,
                source=source,
                licence=licence,
                landmark_id=landmark,
                title=clean_name(title)[:200] if title else None,
            )
            for piece in pieces(clean_text(text))
        ]
        self._staged += made
        return len(made)

    def records(self) -> Records:
        """All that was taken since the last call; what stands twice stands once."""
        taken, self._records = self._records, []
        facts = {r.id: r for r in taken if isinstance(r, Fact)}
        passages = {r.id: r for r in taken if isinstance(r, Passage)}
        landmarks = unite(r for r in taken if isinstance(r, Landmark))
        return Records(
            tuple(landmarks), tuple(facts.values()), tuple(passages.values())
        )

    def _owner(self) -> tuple[str, str]:
        if self.attribution is None:
            self.attribute()
        assert self.attribution is not None
        return self.attribution
