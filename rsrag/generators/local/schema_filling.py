"""JSON that fits a schema, by a grammar that llama.cpp holds the model to."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llama_cpp import Llama

LARGE = 3_000_000_000
"""Parameters from which a model is worth asking to read a question."""


def is_large(model: "Llama") -> bool:
    """Whether a model has :data:`LARGE` parameters."""
    import llama_cpp

    return int(llama_cpp.llama_model_n_params(model.model)) >= LARGE


def filled(
    model: "Llama",
    tokens: Sequence[int],
    schema: Mapping[str, Any],
    max_tokens: int,
    ends: Callable[[int], bool],
) -> str:
    """The likeliest JSON that fits, after a prompt; cut off at ``max_tokens``."""
    from llama_cpp.llama_grammar import LlamaGrammar

    grammar = LlamaGrammar.from_json_schema(json.dumps(schema), verbose=False)
    written: list[int] = []
    for token in model.generate(tokens, temp=0.0, grammar=grammar):
        if ends(token) or len(written) == max_tokens:
            break
        written.append(token)
    return model.detokenize(written).decode("utf-8", "replace").strip()
