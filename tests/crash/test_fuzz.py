"""Damaged bytes for every reader, in a process of their own.

``RSRAG_FUZZ_CASES=20000`` runs as many; by hand and with counts by target:
``python tests/crash/reader_fuzz.py --cases 20000 --seed 2``.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

CASES = int(os.environ.get("RSRAG_FUZZ_CASES", "1500"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc")
def test_no_reader_crashes_hangs_or_writes_elsewhere(tally: Counter[str]) -> None:
    script = Path(__file__).parent / "reader_fuzz.py"
    command = [sys.executable, str(script), "--cases", str(CASES), "--seed", "1"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.stdout, run.stderr
    result = json.loads(run.stdout)
    tally["fuzz cases"] += result["cases"]
    shown = [f"{b['target']} {b['case']}: {b['problem']}" for b in result["bad"]]
    assert not shown, "\n".join(shown[:10])
    outcomes = result["outcomes"].values()
    assert sum(sum(counts.values()) for counts in outcomes) == CASES
    # Damage that nothing notices, and damage that hides everything, test nothing.
    errors = sum(n for c in outcomes for word, n in c.items() if word != "read")
    assert CASES / 10 < errors < CASES * 9 / 10
