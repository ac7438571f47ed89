"""Searches by box of the same items: rsrag beside stac-fastapi over pgstac.

    python -m venv peers; peers/bin/pip install stac-fastapi.pgstac uvicorn
    python -m bench.serving.peers --python peers/bin/python --chips 100000 --seconds 8

The items of an index of made vectors are got from ``rsrag serve`` itself and loaded
into pgstac, in a PostgreSQL with PostGIS of its own. Then wrk asks both for the same
boxes, ten items each. The processor time of pgstac is that of its service and of
PostgreSQL together. Searches by words follow for rsrag alone: pgstac has no vectors.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from bench.services.postgres import Postgres
from bench.services.processes import free_port
from bench.serving.load import boxes
from bench.serving.served_process import memory_mb, served
from bench.serving.wrk_load import MANY, asked

PAGE = 1_000


def items_of(address: str, index: str) -> Iterator[dict[str, Any]]:
    """All items of an index, as its service gives them."""
    following = f"{address}/search?collections={index}&limit={PAGE}"
    while following:
        page = json.load(urlopen(following))
        yield from page["features"]
        links = [one["href"] for one in page["links"] if one["rel"] == "next"]
        following = links[0] if links else ""


def loaded(address: str, index: str, folder: Path, url: str) -> float:
    """Put an index into pgstac; seconds that it took, the getting of it apart."""
    from pypgstac.db import PgstacDB
    from pypgstac.load import Loader, Methods
    from pypgstac.migrate import Migrate

    collection = json.load(urlopen(f"{address}/collections/{index}"))
    files = folder / "collection.ndjson", folder / "items.ndjson"
    files[0].write_text(json.dumps(collection) + "\n")
    with files[1].open("w") as file:
        file.writelines(f"{json.dumps(one)}\n" for one in items_of(address, index))
    since = time.perf_counter()
    with PgstacDB(dsn=url) as there:
        Migrate(there).run_migration()
        loader = Loader(db=there)
        loader.load_collections(str(files[0]), Methods.insert)
        loader.load_items(str(files[1]), Methods.insert)
    return time.perf_counter() - since


@contextmanager
def stac_fastapi(python: Path, server: Postgres) -> Iterator[tuple[str, int]]:
    """stac-fastapi-pgstac in a process: its address and its number."""
    port = free_port()
    named = {"PGUSER": "postgres", "PGPASSWORD": "none", "PGHOST": "127.0.0.1"}
    named |= {"PGPORT": str(server.port), "PGDATABASE": "postgres"}
    words = ["-m", "uvicorn", "stac_fastapi.pgstac.app:create_app", "--factory"]
    words += ["--port", str(port)]
    process = subprocess.Popen(
        [str(python), *words, "--no-access-log", "--log-level", "warning"],
        env=os.environ | named,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            try:
                urlopen(f"{address}/_mgmt/ping").read()
                break
            except URLError:
                time.sleep(0.2)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def found(address: str) -> list[set[str]]:
    """Ids of the items in some small boxes."""
    return [
        {
            one["id"]
            for one in json.load(
                urlopen(
                    f"{address}/search?limit=1000&bbox={west},{south},"
                    f"{west + 3},{south + 3}"
                )
            )["features"]
        }
        for west, south in ((-120, 30), (5, 45), (100, -5), (20, 0))
    ]


def main() -> None:
    """The command."""
    from bench.cold.indexes import mini_index

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--chips", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rsrag-peers-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        index, _ = mini_index(folder / "indexes", given.chips)
        plain = [f"/search?limit=10&{box}" for box in islice(boxes(), MANY)]
        server = Postgres(folder / "postgres")
        server.start()
        try:
            with served(folder / "indexes", None) as (address, pid):
                took = loaded(address, index, folder, server.url)
                print(f"{given.chips:,} items in pgstac after {took:.0f} s", flush=True)
                said = asked(address, pid, plain, folder, given)
                print(f"rsrag, a box            {said}", flush=True)
                words = [f"{path}&q=white%20snow" for path in plain]
                said = asked(address, pid, words, folder, given)
                print(f"rsrag, a box and words  {said}")
                print(memory_mb(pid), flush=True)
                own = found(address)
            with stac_fastapi(given.python, server) as (address, pid):
                beside, same = [server.pid or 0], found(address) == own
                count = sum(map(len, own))
                print(f"{'the same' if same else 'OTHER'} {count} items in four boxes")
                said = asked(address, pid, plain, folder, given, None, beside)
                print(f"pgstac, a box           {said}")
                print(f"service: {memory_mb(pid)}\nPostgreSQL: {memory_mb(beside[0])}")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
