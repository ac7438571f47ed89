"""How well questions over imported documents are answered and refused.

``python -m bench.documents FOLDER`` imports ``FOLDER/documents`` as a user does, asks
the questions of ``FOLDER/documents.jsonl`` (``question``; ``must``, a pattern that the
answer has to match, or null where nothing answers it), and prints the shares that are
answered and refused, and what went wrong. ``--fit`` prints the weights of
:mod:`rsrag.rag.answering.answerable`, fitted on ``bench/passages/fitted.jsonl`` and
``bench/own_questions/dev``, and how they do on documents that they were not fitted on
(by document, in six parts).
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import ROOT

FITTED = ROOT / "bench" / "passages" / "fitted.jsonl"
OWN = ROOT / "bench" / "own_questions" / "dev"
THRESHOLDS = (0.4, 0.5, 0.6, 0.7)


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


def fit() -> str:
    """Weights, and how they do on documents kept back in turn."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    from rsrag.rag.answering.answerable import FEATURES

    rows, right, whose, question_of, fits = _pairs()
    x, y, groups = np.array(rows), np.array(right), np.array([d for d, _ in whose])
    middle, spread = x.mean(0), x.std(0) + 1e-9
    z = (x - middle) / spread

    def model() -> Any:
        return LogisticRegression(C=0.3, max_iter=2000, class_weight="balanced")

    held = np.zeros(len(y))
    for train, test in GroupKFold(6).split(z, y, groups):
        held[test] = model().fit(z[train], y[train]).predict_proba(z[test])[:, 1]
    lines = [f"{len(set(question_of))} questions, documents kept back in six parts:"]
    for threshold in THRESHOLDS:
        lines.append(_figures(held * fits, y, question_of, whose, threshold))
    final = model().fit(z, y)
    weights = final.coef_[0] / spread
    bias = final.intercept_[0] - (weights * middle).sum()
    shown = ", ".join(f"{w:.3f}" for w in weights)
    assert len(weights) == len(FEATURES)
    return "\n".join([*lines, f"WEIGHTS = ({shown})", f"BIAS = {bias:.3f}"])


def _figures(
    held: Any, y: Any, question_of: Sequence[int], whose: Any, threshold: float
) -> str:
    best: dict[int, tuple[float, bool]] = {}
    for place, number in enumerate(question_of):
        one = (float(held[place]), bool(y[place]))
        best[number] = max(best.get(number, (-1.0, False)), one, key=lambda b: b[0])
    answerable = {n: a for n, (_, a) in zip(question_of, whose, strict=True)}
    held_ones = [best[n] for n, a in answerable.items() if a]
    others = [best[n] for n, a in answerable.items() if not a]
    found = sum(p >= threshold and good for p, good in held_ones) / len(held_ones)
    refused = sum(p < threshold for p, _ in others) / len(others)
    return f"  at {threshold}: answered {found:.3f}, unanswerable refused {refused:.3f}"


def _own() -> list[dict[str, Any]]:
    """Documents and questions of :data:`OWN`, as ``fitted.jsonl`` has them."""
    documents: dict[str, dict[str, Any]] = {}
    for path in sorted((OWN / "documents").iterdir()):
        title, _, text = path.read_text("utf-8").strip().partition("\n")
        named = {"title": title.strip("# "), "text": text, "asked": [], "unasked": []}
        documents[path.stem] = named
    for line in (OWN / "documents.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        document = documents[one["document"]]
        if one["must"] is None:
            document["unasked"].append(one["question"])
        else:
            document["asked"].append([one["question"], one["must"]])
    return list(documents.values())


def _pairs() -> tuple[list[Any], list[bool], list[Any], list[int], Any]:
    """For each pair of question and sentence near it: features, and what it is."""
    import numpy as np

    from rsrag.answers import Evidence
    from rsrag.encoders.text_towers.minilm_memory import shared_minilm
    from rsrag.knowledge.importers.record_text import pieces
    from rsrag.rag.answering.answerable import Candidate, features
    from rsrag.rag.reading.answer_types import AnswerType
    from rsrag.rag.saying.sentences import sentences

    documents = [json.loads(line) for line in FITTED.read_text("utf-8").splitlines()]
    documents += _own()
    pool: list[tuple[int, Candidate]] = []
    for number, document in enumerate(documents):
        for part in pieces(document["text"]):
            piece = Evidence("passage", str(number), part, "", title=document["title"])
            pool += [
                (number, Candidate(text, piece, place, document["title"]))
                for place, text in enumerate(sentences(part))
            ]
    words = [
        set(re.findall(r"\w+", f"{d['title']} {d['text']}".lower())) for d in documents
    ]
    rows, right, whose, question_of, fits = [], [], [], [], []
    count = 0
    for number, document in enumerate(documents):
        asked = [*document["asked"], *([q, None] for q in document["unasked"])]
        for question, must in asked:
            names = re.findall(r"(?<!^)\b[A-Z]\w+", question)
            known = [n.lower() for n in names if any(n.lower() in w for w in words)]
            about = [all(n in w for n in known) for w in words]
            candidates = [one for d, one in pool if about[d] or not any(about)]
            kind = AnswerType.of(question)
            near, found = features(question, candidates, shared_minilm())
            for candidate, row in zip(near, found, strict=True):
                same = candidate.piece.id == str(number)
                hit = bool(must and re.search(must, candidate.text, re.IGNORECASE))
                rows.append(row)
                right.append(same and hit)
                whose.append((number, must is not None))
                question_of.append(count)
                fit_one = kind.fits(candidate.text, candidate.heading)
                fits.append(0.0 if kind.strict and not fit_one else 1.0)
            count += 1
    return rows, right, whose, question_of, np.array(fits)


def main() -> None:
    """Measure, or fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--alone", action="store_true", help="no curated knowledge")
    told = parser.parse_args()
    if told.fit:
        print(fit())
    if told.folder is not None:
        found = ask_all(told.folder, alone=told.alone)
        print(f"answered {found['answered']} of {found['of']}")
        print(f"unanswerable refused {found['refused']} of {found['unanswerable']}")
        print(f"{found['ms']:.0f} ms a question")
        for question, text in found["wrong"]:
            print(f"- {question}\n    {text}")


if __name__ == "__main__":
    main()
