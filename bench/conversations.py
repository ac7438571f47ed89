"""Conversations converted, a million of them: records a second, and memory.

python -m bench.conversations [--records N]
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path


def write_conversations(path: Path, records: int) -> None:
    """A list of records as LLaVA has them, of one to three questions each."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(records):
            turns = []
            for asked in range(1 + number % 3):
                shown = "" if asked else "<image>\n"
                turns += [
                    {"from": "human", "value": f"{shown}What is at {asked}?"},
                    {"from": "gpt", "value": f"Building {number} stands there. " * 3},
                ]
            row = {"id": number, "image": f"{number}.jpg", "conversations": turns}
            file.write(("[\n" if number == 0 else ",\n") + json.dumps(row))
        file.write("\n]\n")


def main() -> None:
    """Print records a second of processor time, and how much memory grew, in MB."""
    from rsrag.evaluation.data.interchange.converting import Converted, convert
    from rsrag.evaluation.data.interchange.written_rows import write_rows

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=991_206)
    records = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "in.json", Path(folder) / "out.jsonl"
        write_conversations(path, records)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, done = time.process_time(), Converted("")
        write_rows(convert(path, "messages", None, None, done), out)
        took = time.process_time() - began
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        size = path.stat().st_size / 1e6
    print(
        f"{done.written:,} of {records:,} records, {size:.0f} MB: {took:.1f} s of "
        f"processor time, {records / took:,.0f} a second; memory grew by "
        f"{grown / 1024:.1f} MB"
    )


if __name__ == "__main__":
    main()
