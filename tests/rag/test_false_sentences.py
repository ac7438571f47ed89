"""Plausible false sentences fall, most true paraphrases stand: a ratchet.

The numbers may only get better: lower what passes, raise what is kept.
"""

import json
from pathlib import Path

from bench.false_sentences import judge

CASES = [
    json.loads(line)
    for line in Path(__file__)
    .with_name("false_sentences.jsonl")
    .read_text()
    .split("\n")
    if line
]
PASSING, KEPT = 0, 36


def test_false_sentences_fall():
    passed, _, false, _ = judge(CASES)
    assert false >= 60
    assert len(passed) <= PASSING, passed


def test_true_paraphrases_stand():
    _, fell, _, true = judge(CASES)
    assert true >= 30
    assert true - len(fell) >= KEPT, fell
