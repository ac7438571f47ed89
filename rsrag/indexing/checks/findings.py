"""Findings of a check: what, where, how bad, and what to type next."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["ok", "warning", "problem"]

SHOWN = 10
"""Of many things of one kind, so many are named."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check has looked at.

    Attributes:
        severity: ``problem``: something is wrong and a search may fail or miss;
            ``warning``: nothing is wrong yet; ``ok``: it is as it should be.
        where: file, part, variable or model.
        what: in a sentence, with the values.
        next: command that repairs it, if there is one.
    """

    severity: Severity
    where: str
    what: str
    next: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``--json``."""
        return dataclasses.asdict(self)


def problems(findings: Iterable[Finding]) -> list[Finding]:
    """Those that make a command exit with 1."""
    return [finding for finding in findings if finding.severity == "problem"]


def some(names: Sequence[str], total: int | None = None) -> str:
    """A list of names for a person, cut after :data:`SHOWN`.

    Args:
        names: at least the first ones.
        total: how many there are, if ``names`` holds only the first.
    """
    count = len(names) if total is None else total
    text = ", ".join(names[:SHOWN])
    return text if count <= SHOWN else f"{text} and {count - SHOWN:,} more"
