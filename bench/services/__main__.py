"""``scripts/services up|down [NAME…]``: start and stop servers for tests."""

import argparse
import sys
from collections.abc import Callable

from bench.services import postgres, seaweed, slurm
from bench.services.postgres import Postgres
from bench.services.processes import ServiceError
from bench.services.seaweed import Seaweed
from bench.services.slurm import Slurm

SERVICES: dict[str, Callable[[], Postgres | Seaweed | Slurm]] = {
    "postgres": postgres.kept,
    "seaweedfs": seaweed.kept,
    "slurm": slurm.kept,
}


def main(words: list[str] | None = None) -> int:
    """Run the command; the exit code is 1 where a server could not be had."""
    parser = argparse.ArgumentParser(prog="scripts/services", description=__doc__)
    parser.add_argument("what", choices=("up", "down"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    asked = parser.parse_args(words)
    if unknown := [name for name in asked.names if name not in SERVICES]:
        parser.error(f"no {', '.join(unknown)}; there are {', '.join(SERVICES)}")
    for name in asked.names or SERVICES:
        service = SERVICES[name]()
        try:
            if asked.what == "up":
                service.start()
                print(f"{name}\t{service.url}")
            else:
                service.stop()
                print(f"{name}\tdown")
        except ServiceError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
