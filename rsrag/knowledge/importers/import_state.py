"""State of one import over all its files: landmarks by name and place, and notes."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.geo import EARTH_RADIUS_M, haversine_m
from rsrag.knowledge.importers.record_text import clean_name
from rsrag.knowledge.merging import first_few
from rsrag.knowledge.shapes import centre_of, covers
from rsrag.records import Landmark, landmark_id

_SAME_PLACE_M = 1000.0
_FEW = 16
_APART = "taken at the first of several places under one id"
_SHARED_ID = "landmarks of their own, though something else has their id"
_ADOPTED = "of several places, to the first of which went what was known without one"


@dataclass(slots=True, eq=False)
class _Seen:
    """A landmark, and the file where it was read; ``None`` in the collection only."""

    landmark: Landmark
    file: str | None


class ImportState:
    """Tells which landmark a record is about, over all files of an import.

    Records of one name are about one landmark if their places are within a kilometre,
    whatever files they stand in, and about several if not; a landmark of the
    collection keeps its id. Records without a place wait until all files are read.

    Attributes:
        notes: what was guessed or cannot be, a sentence each.
        told: names by what is to be told of them.
        apart: objects that were taken apart, and the variables that they became.
        late: collectors, and what waits to be put into them until ``ending``.
        sources: of all that was read.
        hint: of the first record that was skipped.
    """

    def __init__(self, namespace: str = "", known: Iterable[Landmark] = ()) -> None:
        self.notes: list[str] = []
        self.told: dict[str, dict[str, None]] = defaultdict(dict)
        self.apart: dict[str, dict[str, None]] = defaultdict(dict)
        self.late: list[tuple[Any, Callable[[], None]]] = []
        self.ending = False
        self.hint: str | None = None
        self.sources: set[str] = set()
        self._namespace = namespace
        self._by_id: dict[str, _Seen] = {}
        self._by_name: dict[str, dict[str, _Seen]] = defaultdict(dict)
        self._crowds: dict[str, dict[tuple[int, ...], list[_Seen]]] = {}
        self._adopted: set[str] = set()
        for landmark in known:
            self.see(landmark, None)

    def see(self, landmark: Landmark, file: str | None) -> None:
        """Remember a landmark of a file, or of the collection."""
        seen = self._by_id.setdefault(landmark.id, _Seen(landmark, file))
        before = seen.landmark
        if landmark.geometry is not None and landmark is not before:
            if before.geometry is None or (
                seen.file is None and before.source == landmark.source
            ):
                seen.landmark = landmark
            elif seen.file and not _near(before, landmark):
                self.told[_APART][landmark.name] = None
        seen.file = seen.file or file
        for name in (landmark.name, *landmark.aliases):
            self._by_name[name.casefold()][landmark.id] = seen
            if name.casefold() in self._crowds and landmark.geometry is not None:
                (cell,) = _cells(landmark.geometry, 0)
                self._crowds[name.casefold()].setdefault(cell, []).append(seen)

    def id_of(self, record: Landmark, given: str | None, file: str) -> str:
        """Id of the landmark that a record is about.

        Args:
            record: what the file says; its own id counts for nothing.
            given: the id that it has in the file.
            file: where it stands.

        Raises:
            KnowledgeError: neither place nor id, and a name of several landmarks.
        """
        if record.geometry is None and given is None:
            return self.only(record.name) or self._hash(record.name)
        key, bare = record.name, self._hash(record.name)
        if given is not None:
            key = f"id {given}"
            seen = self._by_id.get(self._hash(key))
            if seen is None or _fits(seen, record, file):
                return self._hash(key)
            self.told[_SHARED_ID][record.name] = None
            key = f"{key} {record.name}"
        if record.geometry is None:
            return self._hash(key)
        near = [s.landmark for s in self._kin(record) if _near(s.landmark, record)]
        if near:
            first = [(o.id != bare, o.source != record.source, o.id) for o in near]
            return min(first)[2]
        kin = self._by_name.get(record.name.casefold(), {})
        if given is None and len(kin) == 1:
            (one,) = kin.values()
            if one.landmark.geometry is None:
                self._adopted.add(record.name.casefold())
                return one.landmark.id
        if given is None and bare not in self._by_id:
            return bare
        lon, lat = centre_of(record.geometry)
        return self._hash(f"{key} {lon:.3f} {lat:.3f}")

    def only(self, name: str) -> str | None:
        """Id of the one landmark of a name, or of an alias, if there is one.

        Raises:
            KnowledgeError: there are several.
        """
        word = clean_name(name).casefold()
        found = list(self._by_name.get(word, {}).values())
        # What this import replaces counts only where it brings nothing else.
        new = [s for s in found if s.file or s.landmark.source not in self.sources]
        marks = [seen.landmark for seen in new or found]
        marks = [one for one in marks if one.name.casefold() == word] or marks
        if len(marks) > 1:
            places = [centre_of(one.geometry) for one in marks if one.geometry]
            where = "; ".join(f"{lat:.2f}, {lon:.2f}" for lon, lat in places[:3])
            raise KnowledgeError(
                f"{clean_name(name)!r} is the name of {len(marks):,} landmarks (lat, "
                f"lon {where}), and nothing says which is meant.",
                hint="give the record a place (lon, lat)",
            )
        return marks[0].id if marks else None

    def remarks(self) -> list[str]:
        """All that is to be told at the end, a sentence each."""
        for word in self._adopted:
            marks = [seen.landmark for seen in self._by_name[word].values()]
            if sum(one.geometry is not None for one in marks) > 1:
                self.told[_ADOPTED][marks[0].name] = None
        lines = list(self.notes)
        for whole, parts in self.apart.items():
            lines.append(f"{whole} is an object, and was read as {first_few(parts)}")
        for what, names in self.told.items():
            lines.append(f"{what}: {first_few([repr(name) for name in names])}")
        return lines

    def _hash(self, key: str) -> str:
        return landmark_id(self._namespace, key)

    def _kin(self, record: Landmark) -> Iterator[_Seen]:
        """Landmarks of its name; of very many only those in its cells."""
        assert record.geometry is not None
        name = record.name.casefold()
        kin = self._by_name.get(name, {})
        if len(kin) <= _FEW:
            yield from kin.values()
            return
        if name not in self._crowds:
            crowd = self._crowds[name] = defaultdict(list)
            for seen in kin.values():
                if seen.landmark.geometry is not None:
                    (cell,) = _cells(seen.landmark.geometry, 0)
                    crowd[cell].append(seen)
        for cell in _cells(record.geometry):
            yield from self._crowds[name].get(cell, ())


def _fits(seen: _Seen, record: Landmark, file: str) -> bool:
    """Whether a record of an id that was seen is about the same landmark."""
    one = seen.landmark
    if seen.file == file or _near(one, record):
        return True
    names = {name.casefold() for name in (one.name, *one.aliases)}
    unplaced = one.geometry is None or record.geometry is None
    moved = seen.file is None and one.source == record.source
    return record.name.casefold() in names and (unplaced or moved)


def _near(one: Landmark, other: Landmark) -> bool:
    """Whether two lie within a kilometre, or, of one category, one holds the other."""
    if one.geometry is None or other.geometry is None:
        return False
    a, b = centre_of(one.geometry), centre_of(other.geometry)
    if haversine_m(*a, *b) <= _SAME_PLACE_M:
        return True
    return (
        one.category is not None
        and one.category == other.category
        and (covers(one.geometry, b) or covers(other.geometry, a))
    )


def _cells(wkb: bytes, reach_m: float = _SAME_PLACE_M) -> Iterator[tuple[int, ...]]:
    """Cells of two kilometres, in space, within reach of the centre."""
    lon, lat = map(math.radians, centre_of(wkb))
    around = EARTH_RADIUS_M * math.cos(lat)
    at = (
        around * math.cos(lon),
        around * math.sin(lon),
        EARTH_RADIUS_M * math.sin(lat),
    )
    size = 2 * _SAME_PLACE_M
    return product(
        *(
            {math.floor((x - reach_m) / size), math.floor((x + reach_m) / size)}
            for x in at
        )
    )
