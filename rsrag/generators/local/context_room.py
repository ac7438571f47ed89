"""Room in a context for a prompt and its completion, checked before the call."""

from pathlib import Path

from rsrag.errors import GeneratorError

DEFAULT_CONTEXT = 4096
"""At most, if nobody asks for more: the memory of a context is taken at once."""

MIN_CONTEXT = 256

FIRST_CONTEXT = 1024
"""Before a call needs more. SmolLM2's context of 4,096 takes 94 MB, this 24."""


def context_for(file: Path, trained: int | None, asked: int | None) -> int:
    """The context to open a model with, in tokens.

    Args:
        file: of the model, for messages.
        trained: tokens that it was trained on at once, if it tells.
        asked: by the user, if at all.

    Raises:
        GeneratorError: more than the model was trained for, or too few to be of use.
    """
    if asked is None:
        return min(trained or DEFAULT_CONTEXT, DEFAULT_CONTEXT)
    if asked < MIN_CONTEXT:
        raise GeneratorError(
            f"A context of {asked} tokens is too small; it takes {MIN_CONTEXT} or more."
        )
    if trained is not None and asked > trained:
        raise GeneratorError(
            f"{file.name} was trained for {trained:,} tokens; "
            f"a context of {asked:,} would give nonsense.",
            hint=f"--llm-context {trained}",
        )
    return asked


def first_context(wanted: int, most: int) -> int:
    """The context to load a model with: no more memory than calls have asked for.

    A power of two from :data:`FIRST_CONTEXT`, at least ``wanted`` and at most ``most``
    tokens.
    """
    context = FIRST_CONTEXT
    while context < wanted:
        context *= 2
    return min(context, most)


def check_room(prompt: int, completion: int, context: int) -> None:
    """Refuse tokens that do not fit a context, or no completion: ``GeneratorError``."""
    if completion < 1:
        raise GeneratorError(f"max_tokens is {completion}; it must be at least 1.")
    if prompt + completion > context:
        raise GeneratorError(
            f"The prompt has {prompt:,} tokens and the answer may have {completion:,}: "
            f"together more than the model's context of {context:,}.",
            hint="give less evidence, ask for a shorter answer, or --llm-context N",
        )
