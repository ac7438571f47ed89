"""How many false sentences pass the check, and how many true ones are kept.

``python -m bench.false_sentences FILE`` reads JSON lines of ``landmark``, ``evidence``,
``false`` (``kind``, ``text``) and ``true`` (texts), holds each sentence against the
evidence as an answer's sentences are, and prints the shares and what went wrong.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from rsrag.answers import Evidence
from rsrag.rag.saying.grounding import ground


def passes(landmark: str, evidence: str, text: str) -> bool:
    """Whether a sentence may stand."""
    piece = Evidence("passage", "1", evidence, "", landmark=landmark)
    return bool(ground(text, [piece]).lines)


def judge(cases: list[dict[str, Any]]) -> tuple[list[str], list[str], int, int]:
    """False sentences that pass, true ones that fall, and how many there are."""
    passed, fell, false, true = [], [], 0, 0
    for case in cases:
        for one in case["false"]:
            false += 1
            if passes(case["landmark"], case["evidence"], one["text"]):
                passed.append(f"{one['kind']}: {one['text']}")
        for text in case["true"]:
            true += 1
            if not passes(case["landmark"], case["evidence"], text):
                fell.append(text)
    return passed, fell, false, true


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    lines = parser.parse_args().file.read_text("utf-8").splitlines()
    passed, fell, false, true = judge([json.loads(line) for line in lines])
    print(f"false sentences that pass: {len(passed)} of {false}")
    print(*(f"- {one}" for one in passed), sep="\n")
    print(f"true sentences that are kept: {true - len(fell)} of {true}")
    print(*(f"- {one}" for one in fell), sep="\n")


if __name__ == "__main__":
    main()
