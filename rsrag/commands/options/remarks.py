"""Words of ``rsrag ask`` read into values, and its remarks."""

from rsrag.answers import Answer
from rsrag.commands.terminal.telling import tell


def report(answer: Answer) -> None:
    """Notes and what a model's sentences were left out, to stderr."""
    for note in answer.notes:
        tell(f"note: {note}")
    if answer.removed:
        number = len(answer.removed)
        what = "a sentence" if number == 1 else f"{number} sentences"
        reason = answer.removed[0][1]
        tell(f"left out {what} of the language model (such as: {reason})")
