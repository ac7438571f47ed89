"""The service under load by wrk, whose client takes next to nothing of the machine.

    python -m bench.serving.wrk_load --chips 100000 --seconds 20

The same index and the same requests as :mod:`bench.serving.load`, whose clients in
Python take as much of the processors as the service does. wrk (Debian's package of that
name) keeps ``--connections`` busy from one thread.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from bench.serving.load import FACT, boxes, distinct
from bench.serving.served_process import cpu_s, memory_mb, served

SCRIPT = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local at = 0
wrk.headers["Content-Type"] = "application/json"
request = function()
  at = at %% #paths + 1
  return wrk.format(%s, paths[at], nil, %s)
end
"""
MANY = 100_000
"""Different paths that are written down; more than a run asks."""


def asked(
    address: str,
    pid: int,
    paths: Iterable[str],
    folder: Path,
    given: argparse.Namespace,
    body: Mapping[str, str] | None = None,
    beside: Sequence[int] = (),
) -> str:
    """Ask the paths in turn, and what wrk and the process's clock say, in one line.

    Args:
        beside: other processes that work for the answers.

    Raises:
        ValueError: wrk says something else than it does.
    """
    listing, script = folder / "paths.txt", folder / "asked.lua"
    listing.write_text("\n".join(paths))
    posted = "nil" if body is None else json.dumps(json.dumps(body))
    script.write_text(SCRIPT % (listing, '"POST"' if body else '"GET"', posted))
    words = ["wrk", "-t1", f"-c{given.connections}", "--latency", "-s", str(script)]
    before = sum(map(cpu_s, (pid, *beside)))
    done = subprocess.run(
        [*words, f"-d{given.seconds}s", address],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    used = sum(map(cpu_s, (pid, *beside))) - before
    count = re.search(r"(\d+) requests in", done)
    rate = re.search(r"/sec:\s*(\S+)", done)
    if count is None or rate is None:
        raise ValueError(done)
    median, most = (
        re.findall(rf"{share}%\s+(\S+)", done)[-1] for share in ("50", "99")
    )
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
    return (
        f"{float(rate[1]):7.0f}/s  median {median:>9}  p99 {most:>9}  processor "
        f"{1000 * used / int(count[1]):5.1f} ms  wrong {wrong[1] if wrong else 0}"
    )


def main() -> None:
    """The command."""
    from bench.cold.indexes import mini_index

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not there: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mini_index(folder / "indexes", given.chips)
        texts = (f"/search?q={quote(text)}" for text in distinct())
        one = "/search?q=white%20snow"
        kinds = {
            "/healthz": ["/healthz"],
            "/search, distinct q": list(islice(texts, MANY)),
            "/search, one q": [one],
            "/search, one q, a box": [f"{one}&{box}" for box in islice(boxes(), MANY)],
            "/ask, a fact": ["/ask"],
        }
        since = time.perf_counter()
        with served(folder / "indexes", None, given.workers) as (address, pid):
            urlopen(f"{address}/readyz").read()
            print(f"ready in {time.perf_counter() - since:.1f} s")
            for kind, paths in kinds.items():
                body = {"question": FACT} if kind.startswith("/ask") else None
                said = asked(address, pid, paths, folder, given, body)
                print(f"{kind:<22} {said}", flush=True)
            print(f"{given.chips:,} chips; {memory_mb(pid)}")


if __name__ == "__main__":
    main()
