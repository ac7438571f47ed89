"""RSWK by a protocol in which names, fields and months can be confused."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rsrag import __version__
from rsrag.config import Settings
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.desk.evaluations.qa_evaluation import collections_in, outcome_row
from rsrag.desk.upkeep.build_choices import QaRun
from rsrag.evaluation.data.rswk_questions import QaQuestion, read_questions
from rsrag.evaluation.qa_run import answer_question
from rsrag.evaluation.qa_scores import QaOutcome
from rsrag.evaluation.rswk import baselines, picture_part
from rsrag.evaluation.rswk.expert_answers import expert_values
from rsrag.evaluation.rswk.full_records import FullRecords, fill, read_rows
from rsrag.evaluation.rswk.question_sets import drawn, question_sets
from rsrag.evaluation.rswk.strict_run import right, run_sets, set_report
from rsrag.evaluation.rswk.wordings import read_wordings
from rsrag.interfaces import Generator
from rsrag.rag.answering.ask_request import Tools

Progress = Callable[[str, int, int], None]
DEPTHS = (1, 5, 10)


def run_strict(
    run: QaRun, settings: Settings, generator: Generator | None, progress: Progress
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure.

    Returns:
        Figures by system and set under ``systems``, those of pictures alone under
        ``picture``, ``headline`` and ``settings``; and what rsrag answered wrongly.

    Raises:
        ConfigError: records that are not RSWK's, wordings or pictures that are none.
    """
    started = time.perf_counter()
    every = read_questions(run.questions)
    asked = drawn(every, run.limit, run.seed)
    given = read_wordings(run.wordings) if run.wordings else None
    rows = read_rows(run.knowledge)
    records = fill(rows, asked, expert_values(every), run.seed)
    sets = question_sets(asked, records, given, run.limit, run.seed)
    with (
        _imported(records) as root,
        Knowledge(root, llm=generator, settings=settings) as knowledge,
        knowledge.tools() as tools,
    ):
        from rsrag.encoders.sentence import load_text_encoder

        systems: dict[str, baselines.System] = {
            "rsrag": lambda question: answer_question(question, tools),
            "name only": baselines.name_only(tools.catalogue),
            "facts' vectors": baselines.fact_vectors(
                tools.catalogue, load_text_encoder()
            ),
        }
        figures, outcomes = run_sets(sets, systems, progress)
        picture = _by_picture(run, asked, knowledge, tools, progress)
    wrong = [
        outcome_row(name, one)
        for name, group in outcomes.items()
        for one in group
        if not right(one)
    ]
    return {
        "headline": {name: sets.pop("headline") for name, sets in figures.items()},
        "systems": figures,
        "picture": picture,
        "settings": {
            "protocol": "strict",
            "questions": str(run.questions),
            "knowledge": str(run.knowledge),
            "pictures": str(run.pictures) if run.pictures else "drawn",
            "wordings": str(run.wordings) if run.wordings else None,
            "asked": sum(map(len, sets.values())),
            "limit": run.limit,
            "seed": run.seed,
            "generator": generator.name if generator else None,
            "rsrag": __version__,
            "elapsed_s": round(time.perf_counter() - started, 1),
        },
    }, wrong


def _by_picture(
    run: QaRun,
    asked: Sequence[QaQuestion],
    knowledge: Knowledge,
    tools: Tools,
    progress: Progress,
) -> dict[str, Any]:
    """World and monthly questions as RSWK asks them, of a picture: no name is given."""
    questions = [q for q in asked if q.kind in ("world", "monthly")]
    names = sorted({q.landmark for q in questions})
    pictures = (
        picture_part.pictured(names, run.pictures)
        if run.pictures
        else {name: picture_part.drawn(name) for name in names}
    )
    found = picture_part.find(
        pictures,
        knowledge.desk.encoder,
        max(DEPTHS),
        lambda done, of: progress("pictures", done, of),
    )
    outcomes: list[QaOutcome] = []
    hits: list[QaOutcome] = []
    for question in questions:
        if question.landmark not in found.ranked:
            continue
        best = found.ranked[question.landmark][0]
        outcome = answer_question(question, tools, landmark=best)
        outcomes.append(outcome)
        hits += [outcome] if best == question.landmark else []
    return {
        "pictures": "given" if run.pictures else "drawn",
        "candidates": len(pictures),
        **found.hit_rates(DEPTHS),
        "all": set_report(outcomes),
        "given_hit": set_report(hits) if hits else {"n": 0},
    }


@contextmanager
def _imported(records: FullRecords) -> Iterator[Path]:
    """A folder with one collection, imported as RSWK's files are."""
    with tempfile.TemporaryDirectory(prefix="rsrag-") as scratch:
        file = Path(scratch, "rswk.json")
        file.write_text(json.dumps(records.rows), encoding="utf-8")
        with collections_in(Path(scratch)) as root:
            yield root
