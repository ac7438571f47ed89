"""Requests that schemathesis makes up, good and bad, and what was wrong with answers.

    python -m bench.serving.fuzz http://127.0.0.1:8000 --examples 100

Wrong is: a status of 5xx or one that the description lacks, an answer that is not as it
is described, and a path of this machine in an answer. Exit code 1 if there is one.
"""

import argparse
import base64
import contextlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "unsupported_method", "allow_header_conformance"),
    "negative_data_rejection",
)
"""All but one: what fits the description may make no sense (south above north)."""
_HERE = re.compile(r"(?<![\w:/])/(?:home|root|tmp|srv|work|usr|var|etc)/[\w.-]+")


def faults(address: str, examples: int, seed: int, *, quick: bool = False) -> list[str]:
    """What was wrong, a line each.

    Args:
        address: of the service.
        examples: requests made up for each operation.
        seed: of what is made up.
        quick: leave out the walk through the limits of every parameter.
    """
    program = Path(sys.executable).with_name("schemathesis")
    phases = "fuzzing" if quick else "examples,coverage,fuzzing,stateful"
    with tempfile.TemporaryDirectory() as folder:
        words = [
            *(str(program), "run", f"{address}/api", "--continue-on-failure"),
            *("--checks", ",".join(CHECKS), "--max-examples", str(examples)),
            *("--seed", str(seed), "--phases", phases, "--no-color"),
            *("--report", "ndjson", "--report-dir", folder),
        ]
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, cwd=folder
        )
        lines = done.stdout.splitlines()
        found = [line for line in lines if line.startswith("- ")]
        answers = [
            base64.b64decode(body).decode("utf-8", "replace")
            for tape in Path(folder).rglob("*.ndjson")
            for response in re.findall(r'"response":.*', tape.read_text("utf-8"))
            for body in re.findall(r'"\$base64":"([^"]+)"', response)
        ]
    if not answers:
        raise RuntimeError(f"schemathesis kept no answers: {done.stderr[-500:]}")
    paths = sorted({path for one in answers for path in _HERE.findall(one)})
    found += [f"a path in an answer: {path}" for path in paths]
    if done.returncode and not found:
        found = [*lines[-20:], *done.stderr.splitlines()[-20:]]
    return found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        found = faults(given.address, given.examples, given.seed)
        for line in found:
            print(line)
        print(f"{len(found)} faults")
        return bool(found)
    return 130


if __name__ == "__main__":
    sys.exit(main())
