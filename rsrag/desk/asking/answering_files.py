"""Conversations of a file held again: each question answered in its turn."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.desk.asking.conversing import Conversation
from rsrag.desk.asking.looking_closely import routed
from rsrag.evaluation.data.interchange.converting import Converted, samples_of
from rsrag.evaluation.data.interchange.sample import PICTURE, Sample, plain

if TYPE_CHECKING:
    from rsrag.desk.asking.knowledge_base import Knowledge


def answer_file(
    knowledge: "Knowledge",
    path: Path,
    done: Converted,
    *,
    source: str | None = None,
    images: Path | None = None,
    index: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Answer every question of a file, one conversation a record.

    Args:
        path: in one of the forms of ``rsrag data convert``.
        done: is kept up to date.
        source: its form; told by its keys if ``None``.
        images: folder of the pictures; that of the file by default.
        index: of imagery to search.

    Yields:
        A question: ``id``, ``file``, ``question``, ``prediction``, ``answer`` (what the
        file says), ``type`` (what the file says, else what it was taken for),
        ``understood``, and ``error`` where it could not be taken.

    Raises:
        SourceNotFoundError: no such file.
        ConfigError: it cannot be read.
    """
    folder = path.parent if images is None else images
    encoder = knowledge.settings.text_encoder
    for where, sample in samples_of(path, source, done):
        talk = Conversation(knowledge, index)
        shown = _pictures(sample)
        asked = [one for one in sample.turns if one.role == "user"]
        right = [one.text for one in sample.turns if one.role == "assistant"]
        key = sample.extra.get("id", where)
        for number, turn in enumerate(asked):
            words = plain(turn.text)
            reply = talk.say(words, [str(folder / name) for name in shown[number]])
            failed = reply.turn.kind == "error"
            row = {
                "id": f"{key}/{number + 1}" if len(asked) > 1 else str(key),
                "file": sample.images[0] if sample.images else None,
                "question": words,
                "prediction": "" if failed else reply.turn.told,
                "answer": right[number] if number < len(right) else None,
                "type": turn.extra.get("type") or sample.extra.get("type"),
                "understood": reply.turn.understood,
            }
            row["type"] = row["type"] or routed(words, encoder).kind
            done.written += 1
            yield {**row, "error": reply.turn.told} if failed else row


def _pictures(sample: Sample) -> list[list[str]]:
    """The pictures that come with each of the user's turns.

    Those whose place is not marked come with the first.
    """
    left = list(sample.images)
    asked = [one for one in sample.turns if one.role == "user"]
    marks = [one.text.count(PICTURE) for one in asked]
    marks[0] += len(left) - sum(marks)
    return [[left.pop(0) for _ in range(count)] for count in marks]
