"""Evaluation of answers: questions whose answers are known, scored."""

import dataclasses
import functools
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rsrag import __version__
from rsrag.config import Settings
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.desk.upkeep.build_choices import QaRun
from rsrag.errors import ConfigError
from rsrag.evaluation.data.rswk_questions import QaQuestion, read_questions
from rsrag.evaluation.qa_run import CONDITIONS, run_questions, unanswerable_questions
from rsrag.evaluation.qa_scores import QaOutcome, qa_report
from rsrag.interfaces import Generator
from rsrag.knowledge.catalogue.catalogue_files import collections_by_name


def run_qa(
    run: QaRun,
    settings: Settings,
    generator: Generator | None,
    progress: Callable[[str, int, int], None],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure.

    Returns:
        The figures of the first condition by kind (``world``, ``monthly``, …), those
        of all under ``conditions``, and ``settings``; and the answers that are wrong.

    Raises:
        ConfigError: no such condition.
    """
    known = {str(name): name for name in CONDITIONS}
    conditions = run.condition or ["retrieval", "oracle"]
    if strange := [name for name in conditions if name not in known]:
        raise ConfigError(
            f"There is no condition {strange[0]!r}.", hint=" or ".join(known)
        )
    started = time.perf_counter()
    asked = read_questions(run.questions)
    reports: dict[str, Any] = {}
    wrong: list[dict[str, Any]] = []
    with ExitStack() as stack:
        root = stack.enter_context(collections_in(run.knowledge))
        knowledge = stack.enter_context(
            Knowledge(root, llm=generator, settings=settings)
        )
        tools = stack.enter_context(knowledge.tools())
        catalogue = tools.catalogue
        try:
            extra = unanswerable_questions(asked, catalogue, run.unanswerable, run.seed)
        except ValueError as exc:
            raise ConfigError(
                f"{run.unanswerable} questions without answer cannot be made: {exc}.",
                hint="--unanswerable 0, or fewer",
            ) from exc
        if run.limit is not None and run.limit < len(asked):
            asked = random.Random(run.seed).sample(asked, run.limit)
        for name in conditions:
            outcomes = run_questions(
                [*asked, *extra],
                tools,
                functools.partial(progress, name),
                condition=known[name],
                exclude_self=run.exclude_self,
            )
            reports[name] = qa_report(outcomes)
            wrong += [outcome_row(name, one) for one in outcomes if _is_wrong(one)]
    report = {
        **reports[conditions[0]],
        "conditions": reports,
        "settings": {
            "questions": str(run.questions),
            "knowledge": str(run.knowledge),
            "asked": len(asked),
            "unanswerable": len(extra),
            "exclude_self": run.exclude_self,
            "seed": run.seed,
            "generator": generator.name if generator else None,
            "rsrag": __version__,
            "elapsed_s": round(time.perf_counter() - started, 1),
        },
    }
    return report, wrong


def write_failures(path: Path, wrong: Sequence[dict[str, Any]]) -> None:
    """Write wrong answers as JSONL.

    Raises:
        ConfigError: the file cannot be written.
    """
    lines = (json.dumps(row, ensure_ascii=False) for row in wrong)
    try:
        path.write_text("".join(f"{x}\n" for x in lines), encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


@contextmanager
def collections_in(folder: Path) -> Iterator[Path]:
    """A folder's collections; files of other forms are imported for the time being."""
    if collections_by_name(folder):
        yield folder
        return
    from rsrag.knowledge.collection import write_collection
    from rsrag.knowledge.importers.detect import import_paths
    from rsrag.knowledge.importers.import_options import ImportOptions

    result = import_paths([folder], ImportOptions())
    with tempfile.TemporaryDirectory(prefix="rsrag-") as scratch:
        write_collection(Path(scratch, "imported"), result.records)
        yield Path(scratch)


def _is_wrong(outcome: QaOutcome) -> bool:
    if not outcome.answerable:
        return not outcome.refused
    return outcome.refused or str(outcome.question.answer) not in (
        outcome.scored,
        outcome.plain,
    )


def outcome_row(condition: str, outcome: QaOutcome) -> dict[str, Any]:
    """An answer as plain JSON values."""
    question: QaQuestion = outcome.question
    return {
        "condition": condition,
        **dataclasses.asdict(question),
        "text": outcome.text,
        "value": outcome.value,
        "refused": outcome.refused,
    }
