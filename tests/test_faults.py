"""The table of faults names tests that there are."""

import re
from pathlib import Path

HERE = Path(__file__).parent
FILE = re.compile(r"`([\w/]+\.py)`: ((?:`test_\w+`(?:, )?)+)")


def test_every_fault_has_tests_that_are_there() -> None:
    rows = [
        line
        for line in (HERE / "faults.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| fault")
    ]
    assert len(rows) > 50
    for row in rows:
        found = FILE.findall(row)
        assert found, row
        for file, names in found:
            text = (HERE / file).read_text(encoding="utf-8")
            for name in re.findall(r"test_\w+", names):
                assert f"def {name}(" in text, f"{file}: {name}"
