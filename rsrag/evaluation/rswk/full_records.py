"""RSWK's records filled up, so that fields, months and names can be confused.

The released records that stand behind the questions hold one field or one month of most
landmarks: whoever finds the name has the answer. Here each landmark that is asked about
gets the fields and months that it lacks, lent by other landmarks, but for a few that
are asked for and must be refused; and a neighbour by name, with values of its own.
"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError
from rsrag.evaluation.data.rswk_questions import QaQuestion
from rsrag.evaluation.rswk.wordings import WORLD_FIELDS
from rsrag.knowledge.months import MONTHS

WORLD, MONTHLY, NAME = "world knowledge", "monthly expert knowledge", "image_name"
LACKING = 2
"""Fields, and months, that each landmark is left without."""

Values = dict[str, str]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FullRecords:
    """Records to import, and what is not in them.

    Attributes:
        rows: in RSWK's own form, one a landmark.
        no_field: landmark and a world field that nobody holds of it.
        no_month: landmark, variable and a month that nobody holds of it.
        no_such_name: the name of a landmark, and one like it that no landmark has.
    """

    rows: tuple[Row, ...]
    no_field: tuple[tuple[str, str], ...]
    no_month: tuple[tuple[str, str, str], ...]
    no_such_name: tuple[tuple[str, str], ...]


def read_rows(folder: Path) -> dict[str, Row]:
    """RSWK's records by name, from all its JSON files in a folder.

    Raises:
        ConfigError: there is none.
    """
    rows: dict[str, Row] = {}
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        for one in data if isinstance(data, list) else [data]:
            if isinstance(one, dict) and isinstance(one.get(NAME), str):
                row = rows.setdefault(one[NAME], {NAME: one[NAME]})
                for key in (WORLD, MONTHLY):
                    row.setdefault(key, {}).update(one.get(key) or {})
    if not rows:
        raise ConfigError(
            f"{folder} holds no records of RSWK's, which this protocol is made for.",
            hint="the folder of world_knowledge.json and monthly_knowledge.json",
        )
    return rows


def fill(
    rows: Mapping[str, Row],
    asked: Sequence[QaQuestion],
    expert: Mapping[str, Values],
    seed: int,
) -> FullRecords:
    """Fill up the records of the landmarks that are asked about.

    Args:
        rows: as :func:`read_rows` gives them; they stay as they are.
        expert: values that experts spoke of, by landmark and variable.
        seed: of all draws.
    """
    rng = random.Random(seed)
    pool = _Pool(rows.values())
    names = set(rows)
    filled = {name: _copy(row) for name, row in rows.items()}
    no_field: list[tuple[str, str]] = []
    no_month: list[tuple[str, str, str]] = []
    no_name: list[tuple[str, str]] = []
    for name in sorted({q.landmark for q in asked} & rows.keys()):
        row = filled[name]
        lent = [field for field in WORLD_FIELDS if field not in row[WORLD]]
        rng.shuffle(lent)
        no_field += [(name, field) for field in lent[:LACKING]]
        for field in lent[LACKING:]:
            pool.lend(row[WORLD], field, row[WORLD].values(), rng)
        for key in list(row[MONTHLY]):
            variable, year, _ = key.split(" ", 2)
            months = [f"{variable} {year} {month}" for month in MONTHS]
            others = [one for one in months if one not in row[MONTHLY]]
            rng.shuffle(others)
            no_month += [
                (name, variable, one.removeprefix(f"{variable} "))
                for one in others[:LACKING]
            ]
            wanted = others[LACKING:] + [
                key.replace(variable, other, 1) for other in pool.monthly
            ]
            for one in wanted:
                if one not in row[MONTHLY]:
                    pool.lend(row[MONTHLY], one, [row[MONTHLY][key]], rng)
        if name in expert:
            row["expert knowledge"] = dict(expert[name])
        near = [one for one in (_near(name, names, rng) for _ in range(2)) if one]
        if near:
            twin: Row = {NAME: near[0], WORLD: {"Name": near[0]}, MONTHLY: {}}
            twin[WORLD]["Category"] = row[WORLD].get("Category", "Landmark")
            for key in (WORLD, MONTHLY):
                for field in sorted(row[key].keys() - twin[key].keys()):
                    pool.lend(twin[key], field, [row[key][field]], rng)
            filled[near[0]] = twin
        no_name += [(name, one) for one in near[1:]]
    return FullRecords(
        tuple(filled.values()), tuple(no_field), tuple(no_month), tuple(no_name)
    )


class _Pool:
    """Values that landmarks can lend each other, by field or variable."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._values: dict[str, list[str]] = {}
        monthly: set[str] = set()
        for row in rows:
            for field, value in row.get(WORLD, {}).items():
                self._values.setdefault(field, []).append(str(value))
            for key, value in row.get(MONTHLY, {}).items():
                variable = key.split(" ", 1)[0]
                monthly.add(variable)
                self._values.setdefault(variable, []).append(str(value))
        self.monthly = sorted(monthly)

    def lend(
        self, to: Values, key: str, taken: Iterable[str], rng: random.Random
    ) -> None:
        """Put a value under ``Details`` or ``NDVI 2019 May`` that is not ``taken``.

        Nothing is put where no other landmark has one.
        """
        held = set(taken)
        values = self._values.get(key.split(" ", 1)[0], [])
        for _ in range(20):
            if values and (value := rng.choice(values)) not in held:
                to[key] = value
                return


def _near(name: str, names: set[str], rng: random.Random) -> str | None:
    """A name that differs in one word and is nobody's; it is taken from now on."""
    words = name.split()
    if len(words) < 2:
        return None
    others = sorted(one for one in names if len(one.split()) == len(words))
    for other in rng.sample(others, min(20, len(others))):
        at = rng.choice((0, len(words) - 1))
        word = other.split()[at]
        made = " ".join([*words[:at], word, *words[at + 1 :]])
        if word[:1].isupper() and made not in names:
            names.add(made)
            return made
    return None


def _copy(row: Row) -> Row:
    return {
        key: dict(value) if isinstance(value, dict) else value
        for key, value in {WORLD: {}, MONTHLY: {}, **row}.items()
    }
