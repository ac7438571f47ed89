"""RSVQA: questions, answers and pictures in three files of one name."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.interchange.json_stream import stream_json
from rsrag.evaluation.data.interchange.sample import Sample, told, unknown, wrong

ENDING = "_questions.json"


def rsvqa_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Questions of ``NAME_questions.json`` that are in use, each with its ``answer``.

    Answers stand in ``NAME_answers.json`` beside it. They are looked up on the disk, so
    that a million of them need no memory.

    Raises:
        SourceNotFoundError: there are no answers.
        ConfigError: another name, or a file that is not JSON.
    """
    if not path.name.endswith(ENDING):
        raise ConfigError(
            f"{path} is not one of RSVQA's files of questions.",
            hint=f"name the file that ends in {ENDING}",
        )
    beside = path.with_name(path.name.removesuffix(ENDING) + "_answers.json")
    if not beside.is_file():
        raise SourceNotFoundError(f"There are no answers to {path}: {beside}.")
    with (
        tempfile.TemporaryDirectory(prefix="rsrag-answers-") as folder,
        closing(sqlite3.connect(Path(folder) / "answers.db")) as store,
    ):
        store.execute("PRAGMA journal_mode = OFF")
        store.execute("CREATE TABLE answers (question TEXT PRIMARY KEY, answer TEXT)")
        for _, row in stream_json(beside, ("answers",)):
            if isinstance(row, dict) and row.get("active", True):
                key = str(row.get("question_id"))
                said = json.dumps(row.get("answer"))
                store.execute(
                    "INSERT OR IGNORE INTO answers VALUES (?, ?)", (key, said)
                )
        for where, row in stream_json(path, ("questions",)):
            if isinstance(row, dict):
                if not row.get("active", True):
                    continue
                key = str(row.get("id"))
                found = store.execute(
                    "SELECT answer FROM answers WHERE question = ?", (key,)
                ).fetchone()
                row = row if found is None else {**row, "answer": json.loads(found[0])}
            yield where, row


def from_rsvqa(row: Mapping[str, Any], where: str) -> Sample:
    """A question with its answer; pictures are named by their number."""
    number, asked, answer = (row.get(k) for k in ("img_id", "question", "answer"))
    if isinstance(number, bool) or not isinstance(number, int | str):
        wrong(where, f"img_id is {number!r}")
    if not isinstance(asked, str) or not asked.strip():
        wrong(where, "there is no question")
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        wrong(where, "its question has no answer")
    extra = unknown(row, ("question", "answer", "active", "answers_ids"))
    return told((f"{number}.tif",), [(asked, str(answer), {})], extra)
