"""How well questions over imported documents are answered and refused.

``python -m bench.documents FOLDER`` imports ``FOLDER/documents`` as a user does, asks
the questions of ``FOLDER/documents.jsonl`` (``question``; ``must``, a pattern that the
answer has to match, or null where nothing answers it), and prints the shares that are
answered and refused, and what went wrong. ``--fit FOLDER ...`` prints the weights of
:mod:`rsrag.rag.rating.answerable`, fitted on such folders and on
``bench/passages/fitted.jsonl``, and how they do on each document when it is left out.
"""

import argparse
import json
import re
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any


def ask_all(folder: Path, *, alone: bool = False) -> dict[str, Any]:
    """Import, ask, and count; ``alone`` leaves out what comes with rsrag."""
    import rsrag
    from rsrag.config import Settings

    questions = [
        json.loads(line)
        for line in (folder / "documents.jsonl").read_text("utf-8").splitlines()
    ]
    wrong: list[tuple[str, str]] = []
    counts = {"answered": 0, "of": 0, "refused": 0, "unanswerable": 0}
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.from_environment({"RSRAG_HOME": home, "HOME": home})
        if alone:
            settings = replace(settings, knowledge=(Path(home) / "knowledge",))
        with rsrag.Knowledge(settings=settings) as knowledge:
            knowledge.import_(
                folder / "documents", name="docs", source="mine", licence="CC0-1.0"
            )
            started = time.perf_counter()
            for one in questions:
                answer = knowledge.ask(one["question"])
                told = not answer.refused
                if one["must"] is None:
                    counts["unanswerable"] += 1
                    good = not told
                    counts["refused"] += good
                else:
                    counts["of"] += 1
                    found = re.search(one["must"], answer.text, re.IGNORECASE)
                    good = bool(told and found)
                    counts["answered"] += good
                if not good:
                    wrong.append((one["question"], answer.text))
            took = time.perf_counter() - started
    return {**counts, "wrong": wrong, "ms": 1000 * took / len(questions)}


def main() -> None:
    """Measure, or fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--alone", action="store_true", help="no curated knowledge")
    told = parser.parse_args()
    if told.fit:
        from bench.documents_fit import fit

        print(fit(told.folder))
        return
    for folder in told.folder:
        found = ask_all(folder, alone=told.alone)
        print(f"answered {found['answered']} of {found['of']}")
        print(f"unanswerable refused {found['refused']} of {found['unanswerable']}")
        print(f"{found['ms']:.0f} ms a question")
        for question, text in found["wrong"]:
            print(f"- {question}\n    {text}")


if __name__ == "__main__":
    main()
