"""What is written here, beside the libraries that do the same: docs/decisions/0009.

    pip install --target PEERS gguf bm25s
    PYTHONPATH=PEERS python bench/bench_choices.py [--items 20000]

pystac comes with the extra dev; gguf and bm25s are in no extra. Each line is printed
for the way taken here and for the library, in turns, the best of several.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ITEM = {
    "type": "Feature",
    "stac_version": "1.0.0",
    "bbox": [0, 0, 1, 1],
    "links": [],
    "geometry": {"type": "Point", "coordinates": [0.5, 0.5]},
    "properties": {"datetime": "2023-05-01T10:00:00Z", "eo:cloud_cover": 5, "gsd": 10},
    "assets": {"visual": {"href": "./a.tif", "type": "image/tiff"}},
}
TURNS = 5

STAC = """
from pathlib import Path
from rsrag.imagery.catalogues.stac_documents import read_items
for one in read_items(Path({path!r})): one.item.text("id")
"""
PYSTAC = """
import json, pystac
for line in open({path!r}): pystac.Item.from_dict(json.loads(line))
"""
COLLECTION = """
import json, pystac
items = [json.loads(line) for line in open({path!r})]
pystac.ItemCollection.from_dict({{"type": "FeatureCollection", "features": items}})
"""
GGUF = """
from pathlib import Path
from rsrag.generators.local.gguf import read_header
read_header(Path({path!r}))
"""
GGUF_LIBRARY = """
from gguf import GGUFReader
GGUFReader({path!r})
"""
WORDS = """
from pathlib import Path
from rsrag.knowledge.catalogue.catalogue import Catalogue
catalogue = Catalogue.open(Path({path!r}))
for words in {queries!r}: catalogue.bm25_facts(words, 10)
"""
WORDS_LIBRARY = """
import bm25s
index = bm25s.BM25.load({path!r} + "/bm25s")
for words in {queries!r}:
    tokens = bm25s.tokenize([words], show_progress=False)
    index.retrieve(tokens, k=10, show_progress=False)
"""
PREPARE_WORDS = """
import bm25s
from pathlib import Path
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.collection import write_collection
from rsrag.knowledge.importers.airports import read_airports
from rsrag.knowledge.importers.import_options import ImportOptions
root = Path({path!r})
records, _ = read_airports(ImportOptions())
write_collection(root / "airports", records)
Catalogue.open(root)
names = {{one.id: one.name for one in records.landmarks}}
texts = [f"{{names[f.landmark_id]}} {{f.variable}}: {{f.value}}" for f in records.facts]
index = bm25s.BM25()
index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)
index.save({path!r} + "/bm25s")
print(len(texts))
"""
QUERIES = ["elevation of oslo airport", "heliport in texas", "time zone of berlin"] * 7


def seconds_and_memory(code: str) -> tuple[float, int]:
    """Of a program in a process of its own, imports included; megabytes at its most."""
    timed = f"import time; began = time.perf_counter()\n{code}\n"
    timed += (
        "import resource; most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
    )
    timed += "print(time.perf_counter() - began, most // 1024)"
    done = subprocess.run(
        [sys.executable, "-c", timed], capture_output=True, text=True, check=True
    )
    seconds, megabytes = done.stdout.split()[-2:]
    return float(seconds), int(megabytes)


def compare(title: str, ways: dict[str, str]) -> None:
    """Run the ways in turns, and print the best of each."""
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, code in ways.items():
            found[name].append(seconds_and_memory(code))
    for name, runs in found.items():
        seconds, megabytes = min(runs)
        print(f"{title:<34} {name:<22} {1000 * seconds:9,.0f} ms {megabytes:6,} MB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the data, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    count = parser.parse_args(arguments).items
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "items.ndjson"))
        lines = (json.dumps({**ITEM, "id": f"i{n}"}) + "\n" for n in range(count))
        Path(path).write_text("".join(lines))
        ways = {
            "here": STAC,
            "pystac.Item": PYSTAC,
            "pystac.ItemCollection": COLLECTION,
        }
        compare(
            f"{count:,} STAC items, a line each",
            {name: code.format(path=path) for name, code in ways.items()},
        )
        measure_header()
        measure_words(folder)


def measure_header() -> None:
    """The header of SmolLM2's GGUF, vocabulary and all."""
    from rsrag.generators.local.gguf import SMOLLM2

    path = str(SMOLLM2.locate())
    ways = {"here": GGUF, "gguf": GGUF_LIBRARY}
    compare("header of a GGUF", {n: code.format(path=path) for n, code in ways.items()})


def measure_words(folder: str) -> None:
    """28,000 airports: 200,000 facts, asked by 21 queries from a cold process."""
    path = folder + "/knowledge"
    subprocess.run(
        [sys.executable, "-c", PREPARE_WORDS.format(path=path)],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    ways = {"here (SQLite FTS5)": WORDS, "bm25s": WORDS_LIBRARY}
    compare(
        "21 queries of 200,000 facts",
        {n: code.format(path=path, queries=QUERIES) for n, code in ways.items()},
    )


if __name__ == "__main__":
    main()
