"""Weights of the answerability score, fitted on questions over documents.

Each question is asked as a user asks it, so that the sentences are those that it is
answered from, the curated knowledge's among them. The figures are of documents that
were left out, one at a time, and of folders; a question of which no sentence may answer
counts as refused. What the routes around the score refuse besides is left out: see
``python -m bench.documents FOLDER`` for that.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from bench import ROOT
from rsrag.rag.rating.answerable import HALF, rated
from rsrag.rag.rating.candidates import Candidate, SentenceReader
from rsrag.rag.rating.sentence_features import AGAINST, features

FITTED = ROOT / "bench" / "passages" / "fitted.jsonl"
THRESHOLDS = (0.5, 0.6, 0.64, 0.66, 0.68, 0.7, 0.72, 0.76, 0.8)
C = 1.0
"""Of the logistic regression: the smaller, the nearer to no weights."""
_WORD = re.compile(r"\w+")
_BESIDE = 0.5


@dataclass
class Asked:
    """A question, its sentences, what tells of each, and which of them answer."""

    folder: str
    document: str
    answerable: bool
    pieces: list[str]
    rows: list[dict[str, float]]
    right: list[bool]


def fit(folders: Sequence[Path]) -> str:
    """Weights, and how they do on each document when it is left out."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import LeaveOneGroupOut

    asked = [one for folder in folders for one in _asked(folder)]
    with tempfile.TemporaryDirectory() as home:
        asked += _asked(_as_folder(Path(home)))
    names = list(next(row for one in asked for row in one.rows))
    names.remove(AGAINST)
    against = np.array([row[AGAINST] for one in asked for row in one.rows])
    x = np.array([[row[n] for n in names] for one in asked for row in one.rows])
    y = np.array([right for one in asked for right in one.right])
    middle, spread = x.mean(0), x.std(0) + 1e-9
    z = (x - middle) / spread

    def model() -> Any:
        return LogisticRegression(C=C, max_iter=3000, class_weight="balanced")

    lines = []
    for what, parts in (
        ("document", [one.document for one in asked]),
        ("folder", [one.folder for one in asked]),
    ):
        groups = [
            part for part, one in zip(parts, asked, strict=True) for _ in one.rows
        ]
        held = np.zeros(len(y))
        for train, test in LeaveOneGroupOut().split(z, y, groups):
            held[test] = model().fit(z[train], y[train]).predict_proba(z[test])[:, 1]
        held *= np.where(against > 0, HALF, 1)
        lines += [f"{len(asked)} questions, each {what} left out in turn:"]
        lines += [_figures(asked, held, threshold) for threshold in THRESHOLDS]
    final = model().fit(z, y)
    weights = final.coef_[0] / spread
    bias = final.intercept_[0] - (weights * middle).sum()
    lines += ["WEIGHTS = {"]
    lines += [f'    "{n}": {w:.3f},' for n, w in zip(names, weights, strict=True)]
    return "\n".join([*lines, "}", f"BIAS = {bias:.3f}"])


def _figures(asked: Sequence[Asked], held: Any, threshold: float) -> str:
    """Shares: one of the two sentences that are quoted answers; all are refused."""
    counts = {"answered": 0, "of": 0, "refused": 0, "others": 0}
    start = 0
    for one in asked:
        mine = held[start : start + len(one.rows)]
        start += len(one.rows)
        order = np.argsort(-mine, kind="stable")
        told = len(mine) > 0 and mine[order[0]] >= threshold
        if not one.answerable:
            counts["others"] += 1
            counts["refused"] += not told
            continue
        counts["of"] += 1
        if not told:
            continue
        best = order[0]
        same = [i for i in order[1:] if one.pieces[i] == one.pieces[best]]
        beside = [i for i in same if mine[i] >= _BESIDE * mine[best]][:1]
        counts["answered"] += any(one.right[i] for i in [best, *beside])
    return (
        f"  at {threshold}: answered {counts['answered'] / counts['of']:.3f} of "
        f"{counts['of']}, unanswerable refused "
        f"{counts['refused'] / counts['others']:.3f} of {counts['others']}"
    )


def _as_folder(home: Path) -> Path:
    """The documents and questions of :data:`FITTED`, as a folder has them."""
    (home / "documents").mkdir()
    questions: list[dict[str, Any]] = []
    for number, line in enumerate(FITTED.read_text("utf-8").splitlines()):
        one = json.loads(line)
        name = f"fitted-{number}"
        text = f"# {one['title']}\n\n{one['text']}\n"
        (home / "documents" / f"{name}.md").write_text(text, "utf-8")
        every = [*one["asked"], *([question, None] for question in one["unasked"])]
        questions += [{"question": q, "must": m, "document": name} for q, m in every]
    told = "\n".join(map(json.dumps, questions))
    (home / "documents.jsonl").write_text(told, "utf-8")
    return home


def _asked(folder: Path) -> Iterator[Asked]:
    """The questions of a folder, with the sentences that each is answered from."""
    import rsrag
    from rsrag.config import Settings

    lines = (folder / "documents.jsonl").read_text("utf-8").splitlines()
    files = folder / "documents"
    texts = {
        one.stem: " ".join(one.read_text("utf-8").split()) for one in files.iterdir()
    }
    with (
        tempfile.TemporaryDirectory() as home,
        patch("rsrag.rag.answering.passages.rated", side_effect=rated) as seen,
    ):
        settings = Settings.from_environment({"RSRAG_HOME": home, "HOME": home})
        with rsrag.Knowledge(settings=settings) as knowledge:
            knowledge.import_(files, name="docs", source="mine", licence="CC0-1.0")
            for one in map(json.loads, lines):
                seen.reset_mock()
                knowledge.ask(one["question"])
                found: tuple[list[str], list[dict[str, float]], list[bool]]
                found = ([], [], [])
                if seen.call_args is not None:
                    found = _seen(one, texts[one["document"]], *seen.call_args[0])
                yield Asked(
                    str(folder), one["document"], one["must"] is not None, *found
                )


def _seen(
    one: dict[str, Any],
    text: str,
    question: str,
    candidates: Sequence[Candidate],
    reader: SentenceReader,
) -> tuple[list[str], list[dict[str, float]], list[bool]]:
    """Of each sentence its text's id, what tells of it, and whether it answers.

    ``text``: where the answer stands.
    """
    told = zip(*features(question, candidates, reader), strict=True)
    read = [(candidate, row) for candidate, row in told if row]
    near, rows = [one for one, _ in read], [row for _, row in read]
    must = one["must"]
    # A row of a table has its words from all over the table.
    there = set(_WORD.findall(text))
    right = [
        bool(
            must
            and there.issuperset(_WORD.findall(c.text))
            and re.search(must, c.text, re.I)
        )
        for c in near
    ]
    return [candidate.piece.id for candidate in near], rows, right
