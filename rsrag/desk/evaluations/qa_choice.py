"""Choices for an evaluation of questions and answers."""

from dataclasses import dataclass
from pathlib import Path

from rsrag.errors import ConfigError

PROTOCOLS = ("named", "strict")


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
        protocol: ``named`` (the landmark's name put into RSWK's own questions, records
            as they are) or ``strict`` (names, fields and months can be confused, new
            wordings, pictures alone; ``condition`` and ``unanswerable`` are its own).
        wordings: further wordings by field, for ``strict``.
        pictures: folders of pictures named after landmarks, for ``strict``.
    """

    knowledge: Path
    questions: Path
    condition: list[str] | None = None
    exclude_self: bool = False
    unanswerable: int = 500
    limit: int | None = None
    seed: int = 0
    protocol: str = "named"
    wordings: Path | None = None
    pictures: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.protocol not in PROTOCOLS:
            raise ConfigError(
                f"There is no protocol {self.protocol!r}.", hint=" or ".join(PROTOCOLS)
            )
        if self.protocol == "named" and (self.wordings or self.pictures):
            raise ConfigError(
                "--wordings and --pictures belong to the strict protocol.",
                hint="--protocol strict",
            )
        if self.unanswerable < 0 or (self.limit is not None and self.limit < 1):
            raise ConfigError(
                f"--unanswerable is {self.unanswerable} and --limit is {self.limit}; "
                "they must be at least 0 and 1."
            )
