"""Questions of yes or no that no value decides."""

from rsrag.rag.answering.ask_request import Run
from rsrag.rag.answering.bearing import bears_on, names_all
from rsrag.rag.answering.open_answers import ask_passages, says_of
from rsrag.rag.executing.verdicts import has_verdict
from rsrag.rag.querying.account import Understood
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft, listed

_LIKELY, _OPEN = 0.6, 0.5
"""Confidence at most of a text, and of a value that decides nothing."""


def undecided(
    run: Run, question: Question, draft: Draft, understood: Understood
) -> Draft:
    """The answer to a question of yes or no, if it says so.

    Else texts; else the values, and that nothing follows from them. Where words of the
    question stand in none of them, they answer nothing.
    """
    if has_verdict(draft):
        return draft
    query, groups = understood.query, understood.groups
    other = ask_passages(run, question, groups)
    bears = other.refusal is None and bears_on(other, query, question)
    if bears and names_all(other, groups):
        other.certainty = min(other.certainty, _LIKELY)
        return other
    if question.unknown:
        known = run.tools.catalogue
        named = says_of(question, groups, known, run.request.exclude)
        if named.refusal is None:
            named.certainty = _OPEN
            return named
    if query.left_over or question.unknown:
        nearest = draft.pieces[:3]
        names = f"it knows no landmark called {listed(question.unknown)}, and "
        names = names if question.unknown else ""
        refusal = f"{names}it holds nothing that decides this"
        draft = Draft(draft.route, refusal=refusal)
        draft.nearest = nearest
        return draft
    draft.certainty = min(draft.certainty, _OPEN)
    draft.notes.append("no yes or no follows from this")
    return draft
