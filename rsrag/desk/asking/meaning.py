"""Models of what words mean, loaded when a question first needs them."""

from collections.abc import Callable, Collection, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.rag.querying.by_meaning import Linking

if TYPE_CHECKING:
    from rsrag.rag.linking.variable_linker import Link, VariableLinker
    from rsrag.retrieval.entailment import Entailment
    from rsrag.types import Vectors


def entailment(folder: Path | None) -> "Entailment | None":
    """The NLI model in a folder; ``None`` without one. All of a process share it."""
    return None if folder is None else _judge(str(folder))


@cache
def _judge(folder: str) -> "Entailment":
    from rsrag.retrieval.entailment import NliCrossEncoder

    return NliCrossEncoder(folder)


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


@cache
def sentence_vectors(text_encoder: str) -> "Callable[[Sequence[str]], Vectors]":
    """What makes unit rows of sentences; all of a process share it."""
    from rsrag.encoders.sentence import load_text_encoder

    return load_text_encoder(text_encoder).encode_texts
