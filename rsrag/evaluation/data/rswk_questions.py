"""Questions of RSWK: read from a file, and freed of the picture that they are about.

RSWK asks about "the landmark in the remote image". Its images are not public, so the
landmark's name is put where the question points at the picture.
"""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError
from rsrag.evaluation.data.caption_files import json_lines, read_text
from rsrag.knowledge.months import NAME as MONTH

KINDS = ("world", "monthly", "expert")
UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class QaQuestion:
    """A question about a landmark, and what the answer should be.

    Attributes:
        kind: ``world``, ``monthly``, ``expert`` or ``unanswerable``.
        field: which field or variable and month it asks for, if the set tells.
        question: as asked, of a picture or of the landmark by name.
        answer: ``None`` if there is none to be had, whatever the kind.
    """

    landmark: str
    kind: str
    field: str | None
    question: str
    answer: str | None


def read_questions(path: Path) -> list[QaQuestion]:
    """Read a JSONL of ``{"landmark", "kind", "field", "question", "answer"}``.

    Blank lines are skipped, further keys ignored; at least one question is there.
    """
    text, _ = read_text(path)
    lines = json_lines(text, path, hint=None)
    questions = [_question(row, where) for where, row in lines]
    if not questions:
        raise ConfigError(f"{path} holds no question.")
    return questions


def _question(row: Any, where: str) -> QaQuestion:
    if not isinstance(row, dict):
        raise ConfigError(f"{where} is not an object.")
    values: dict[str, Any] = {f.name: row.get(f.name) for f in fields(QaQuestion)}
    for name, value in values.items():
        missing = value is None and name in ("field", "answer")
        if not missing and (not isinstance(value, str) or not value.strip()):
            raise ConfigError(f"{where}: {name} is {value!r}, not a text.")
    if values["kind"] not in (*KINDS, UNANSWERABLE):
        raise ConfigError(
            f"{where}: kind is {values['kind']!r}.",
            hint=f"it must be {', '.join(KINDS)} or {UNANSWERABLE}",
        )
    return QaQuestion(**values)


_IMAGE = (
    r"(?:the|this)(?: given| provided)?(?: remote| satellite| aerial)?(?: sensing)?"
)
_IN_IMAGE = (
    rf"(?: (?:shown|captured|visible|seen|depicted|featured))?"
    rf"(?: (?:in|from|on) {_IMAGE} (?:image|picture|scene))"
)
_SHOWN = r" (?:shown|captured|visible|seen|depicted|featured|described)(?: here)?"
_SEEN = (
    r"(?:remote|observed|captured|analy[sz]ed|featured|given|depicted|shown|studied"
    r"|selected|specified|target|current|present|same|particular)"
)
_PLACE = r"(?:area|region|location|site|place|scene|landscape|terrain|locale)"
_NOT_JOINED = (
    r"(?![-\w]| (?:data|index|cover|types?|variables?|values?|features?|composition"
    r"|interpretation|quality|properties|analysis|use|classification|area|appearance"
    r"|acquisition|illumination|heterogeneity|density|diversity)\b)"
)

# The first rule that finds something replaces it, once; {} is the name. What stands
# for the landmark comes before what only says where it is.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        # "the landmark in the remote image", "this landmark", "the site shown"
        (rf"\b(?:the|this) {_PLACE}{_IN_IMAGE}(?!\w)", "{}"),
        (
            rf"\b(?:the|this) (?:landmark|site|place|structure|building)"
            rf"(?:{_IN_IMAGE}|{_SHOWN})?(?![-\w])(?! name)",
            "{}",
        ),
        (rf"\bthis remote image {_PLACE}(?!\w)", "{}"),
        (rf"\b(?:the|this) {_PLACE}{_SHOWN}(?!\w)", "{}"),
        # "in this area", "across the observed region", then the same as a subject
        (
            rf"\b(?:in|within|across|over|on|at|throughout|around) (?:the|this)"
            rf"(?: {_SEEN})? {_PLACE}{_NOT_JOINED}",
            "at {}",
        ),
        (rf"\b(?:the|this)(?: {_SEEN})? {_PLACE}{_NOT_JOINED}", "{}"),
        # Monthly questions point at the picture alone.
        (rf"\b(?<!based )(?:in|on) {_IMAGE} (?:image|picture){_NOT_JOINED}", "at {}"),
        (rf"\b({_IMAGE} (?:image|picture)){_NOT_JOINED}", r"\1 of {}"),
        (r"\bnotable here\b", "notable at {}"),
        (rf"\b((?:in|during|for) {MONTH} \d{{4}})\b", r"at {} \1"),
    )
)
_RUN_ON = re.compile(r"^(What|Which|Where|Who|Why|How)(?=[a-z]{4})(?!ever)")


def put_landmark(question: str, landmark: str) -> str:
    """Say the landmark's name where a question points at a picture of it.

    It takes the place of the first "the landmark in the remote image", "this place",
    "the region in the image", "in the area" …; it stands after "the image" where only
    that is named; else ``At NAME: QUESTION``. A question that says it already stays.
    """
    if re.search(rf"(?<!\w){re.escape(landmark)}(?!\w)", question, re.IGNORECASE):
        return question
    text = _RUN_ON.sub(r"\1 ", question.strip())
    for pattern, put in _RULES:
        match = pattern.search(text)
        if match:
            said = match.expand(put).replace("{}", landmark)
            return text[: match.start()] + said + text[match.end() :]
    return f"At {landmark}: {text}"
