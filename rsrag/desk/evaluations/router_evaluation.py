"""How often instructions are taken for what they are."""

from collections import Counter
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError


def evaluate_router(path: Path, text_encoder: str | None) -> dict[str, Any]:
    """Route a file of instructions.

    Args:
        path: see :func:`rsrag.dialogue.router.instruction_router.read_instructions`.
        text_encoder: for what no rule fits; ``None`` for rules alone.

    Returns:
        Plain JSON values: shares of right kinds and experts, and what went wrong.

    Raises:
        ConfigError: no such file, no instruction, or a kind that is none.
    """
    from rsrag.desk.asking.meaning import sentence_vectors
    from rsrag.dialogue.router.instruction_router import (
        EXPERTS,
        read_instructions,
        route,
    )

    try:
        asked = read_instructions(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc
    if not asked:
        raise ConfigError(
            f"{path} holds no instruction.", hint="# KIND, then a line each"
        )
    encode = None if text_encoder is None else sentence_vectors(text_encoder)
    by: Counter[str] = Counter()
    experts, wrong = 0, []
    for text, kind, relations in asked:
        got = route(text, encode)
        wanted = {*EXPERTS[kind], *(("relations",) if relations else ())}
        experts += set(got.experts) == wanted
        by[got.by] += 1
        if got.kind != kind:
            wrong.append({"text": text, "kind": kind, "taken": got.kind, "by": got.by})
    commonest = Counter(kind for _, kind, _ in asked).most_common(1)[0][1]
    return {
        "instructions": len(asked),
        "kinds": round(1 - len(wrong) / len(asked), 4),
        "experts": round(experts / len(asked), 4),
        "floor": round(commonest / len(asked), 4),
        "decided_by": dict(by),
        "wrong": wrong,
    }
