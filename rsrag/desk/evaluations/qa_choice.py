"""Choices for an evaluation of questions and answers."""

from dataclasses import dataclass
from pathlib import Path

from rsrag.errors import ConfigError


@dataclass(frozen=True, slots=True)
class QaRun:
    """What is to be measured.

    Attributes:
        knowledge: collections, or files to import for this run.
        questions: JSONL.
        condition: the first one's figures stand at the top of the report; by default
            ``retrieval`` and ``oracle``.
        exclude_self: without the landmark that is asked about.
        unanswerable: questions without answer to add.
        limit: questions to draw; ``None`` takes all.
        seed: of the draws.
    """

    knowledge: Path
    questions: Path
    condition: list[str] | None = None
    exclude_self: bool = False
    unanswerable: int = 500
    limit: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        if self.unanswerable < 0 or (self.limit is not None and self.limit < 1):
            raise ConfigError(
                f"--unanswerable is {self.unanswerable} and --limit is {self.limit}; "
                "they must be at least 0 and 1."
            )
