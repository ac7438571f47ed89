"""The linker of questions to variables, loaded when a question first needs it."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsrag.rag.linking.variable_linker import Link, VariableLinker


def link(question: str, facts: Sequence[tuple[str, str]], timed: bool) -> "Link | None":
    """See :meth:`rsrag.rag.linking.variable_linker.VariableLinker.link`."""
    return _linker().link(question, facts, timed=timed)


@cache
def _linker() -> "VariableLinker":
    from rsrag.encoders.sentence import load_text_encoder
    from rsrag.rag.linking.variable_linker import VariableLinker

    return VariableLinker(load_text_encoder)
