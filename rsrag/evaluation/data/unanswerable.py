"""Questions that a knowledge base cannot answer, made from those that it can.

Half of them ask about landmarks that are not there: words of real names with the kind
of another ("Biarritz Bridge"), so that parts of the name are known. Half ask for a
month that the knowledge does not hold for that landmark.
"""

import random
import re
from collections.abc import Iterable, Sequence

from rsrag.evaluation.data.rswk_questions import UNANSWERABLE, QaQuestion
from rsrag.knowledge.months import MONTHS, NAME
from rsrag.packages import packaged_json
from rsrag.rag.saying.sentences import folded

_WORDS: dict[str, list[str]] = packaged_json("evaluation/data/kind_words.json")
"""``soft_kinds`` may be left out by a place: none is put behind a whole known name."""
YEARS = (2017, 2018, 2019, 2020, 2021, 2022)

_MONTH = re.compile(rf"\b{NAME} \d{{4}}\b")


def make_unanswerable(
    questions: Sequence[QaQuestion],
    known_landmarks: Iterable[str],
    facts: Iterable[tuple[str, str]],
    n: int,
    seed: int,
) -> list[QaQuestion]:
    """Draw ``n`` questions without an answer, in random order, the same for one seed.

    ``field`` says why: ``no such landmark`` (one more if ``n`` is odd) or ``no such
    month``. The wording is that of ``questions`` (not the expert ones) and still points
    at a picture: :func:`rsrag.evaluation.data.rswk_questions.put_landmark` puts the
    name in. ``known_landmarks`` are all names and aliases in the knowledge, ``facts``
    what is held of which month, as (landmark's name, ``2019-01``).

    Raises:
        ValueError: there are too few names or months to draw from.
    """
    rng = random.Random(seed)
    names = list(dict.fromkeys(known_landmarks))
    monthly = [q for q in questions if _MONTH.search(q.question)]
    asked = [q for q in questions if q.kind != "expert"]
    made = _invented(asked, names, n - n // 2, rng)
    made += _other_months(monthly, facts, n // 2, rng)
    rng.shuffle(made)
    return made


def _invented(
    questions: Sequence[QaQuestion], names: Sequence[str], n: int, rng: random.Random
) -> list[QaQuestion]:
    known = [_fold(name) for name in names]
    taken = {" ".join(words) for words in known}
    # A name that is part of a known one would be half an answer, not none.
    runs = {
        " ".join(words[i:j])
        for words in known
        for i in range(len(words))
        for j in range(i + 1, len(words) + 1)
    }
    kinds = {word for kind in _WORDS["kinds"] for word in _fold(kind)}
    stems = [stem for name in names if (stem := _stem(name, kinds))]
    made: list[QaQuestion] = []
    for _ in range(50 * n):
        if len(made) == n or not stems or not questions:
            break
        stem, kind = rng.choice(stems), rng.choice(_WORDS["kinds"])
        if kind in _WORDS["soft_kinds"] and " ".join(_fold(stem)) in taken:
            continue
        name = f"{stem} {kind}"
        folded = " ".join(_fold(name))
        if folded in taken or folded in runs:
            continue
        taken.add(folded)
        question = rng.choice(questions)
        # A question that names its landmark must not go on naming it.
        text = question.question.replace(question.landmark, name)
        made.append(QaQuestion(name, UNANSWERABLE, "no such landmark", text, None))
    if len(made) < n:
        raise ValueError(f"only {len(made)} of {n} names could be made up")
    return made


def _other_months(
    questions: Sequence[QaQuestion],
    facts: Iterable[tuple[str, str]],
    n: int,
    rng: random.Random,
) -> list[QaQuestion]:
    held: dict[str, set[str]] = {}
    for name, period in facts:
        held.setdefault(" ".join(_fold(name)), set()).add(period)
    made: list[QaQuestion] = []
    for question in rng.sample(questions, len(questions)):
        if len(made) == n:
            break
        periods = held.get(" ".join(_fold(question.landmark)), set())
        free = [
            (month, year)
            for year in YEARS
            for number, month in enumerate(MONTHS, 1)
            if f"{year}-{number:02d}" not in periods and str(year) not in periods
        ]
        if not periods or not free:
            continue
        month, year = rng.choice(free)
        text = _MONTH.sub(f"{month} {year}", question.question)
        made.append(
            QaQuestion(question.landmark, UNANSWERABLE, "no such month", text, None)
        )
    if len(made) < n:
        raise ValueError(f"only {len(made)} of {n} months could be found free")
    return made


def _stem(name: str, kinds: set[str]) -> str | None:
    """One or two telling words of a name, those before its kind."""
    words = re.findall(r"[^\W\d_][\w'’.-]*", name)
    kept: list[str] = []
    for word in words:
        if _fold(word) and _fold(word)[0] in kinds:
            break
        kept.append(word)
    kept = kept[:2]
    while kept and kept[-1].casefold() in _WORDS["joining"]:
        kept.pop()
    while kept and kept[0].casefold() in _WORDS["joining"]:
        kept.pop(0)
    return " ".join(kept) if kept and len("".join(kept)) > 3 else None


def _fold(name: str) -> list[str]:
    """Words of a name without case, accents and punctuation."""
    return re.findall(r"[^\W_]+", folded(name))
