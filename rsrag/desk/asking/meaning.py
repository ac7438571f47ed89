"""The linker of questions to variables, loaded when a question first needs it."""

from collections.abc import Collection, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from rsrag.rag.querying.by_meaning import Linking

if TYPE_CHECKING:
    from rsrag.rag.linking.variable_linker import Link, VariableLinker


def linking(text_encoder: str) -> Linking:
    """Links by a text encoder, by name; all of a process share it."""
    return partial(_link, text_encoder)


def _link(
    text_encoder: str,
    question: str,
    facts: Sequence[tuple[str, str]],
    timed: bool,
    among: Collection[str],
) -> "Link | None":
    return _linker(text_encoder).link(question, facts, timed=timed, among=among)


@cache
def _linker(text_encoder: str) -> "VariableLinker":
    from rsrag.encoders.sentence import load_text_encoder
    from rsrag.rag.linking.variable_linker import VariableLinker

    return VariableLinker(partial(load_text_encoder, text_encoder))
