"""Python that children run, so that each peak of memory is its own."""

OPEN = """
import numpy as np
import rsrag.indexing.generations.index_directory, pyarrow
import rsrag.stores.faiss.faiss_store
from rsrag.config import Settings
from rsrag.factory import open_index
from rsrag.retrieval.store_search import SearchOptions, search_store
dim = int(sys.argv[1])
query = np.zeros((1, dim), np.float32)
query[0, 0] = 1
settings = Settings.from_environment()
times = [time.perf_counter()]
opened = open_index("bench", settings)
times.append(time.perf_counter())
at_rest = memory()
for _ in range(2):
    assert len(search_store(opened.store, query, SearchOptions())) == 10
    times.append(time.perf_counter())
spent = [b - a for a, b in zip(times, times[1:])]
print(json.dumps({"open": spent[0], "first": spent[1], "next": spent[2],
                  "rest": at_rest, "memory": memory()}))
"""

VERIFY = """
import contextlib, io
from rsrag.commands import main
since = time.perf_counter()
said = io.StringIO()
with contextlib.redirect_stdout(said):
    failed = main(["index", "verify", "bench"])
assert failed == 0, said.getvalue()
print(json.dumps({"verify": time.perf_counter() - since, "memory": memory()}))
"""

UPDATE = """
from pathlib import Path
from bench.made_index import request_for
from rsrag.indexing.update.update import UpdateRequest, update_index
from rsrag.stores.files.copying import copy_store
from rsrag.types import EncoderIdentity
root, source, ann, dim = sys.argv[1:]
identity = EncoderIdentity("synthetic", "0" * 64, "none", int(dim))
request = request_for(Path(root), "bench", identity, {"name": "synthetic"},
                      [Path(source)], ("faiss", ann))
since = time.perf_counter()
report = update_index(UpdateRequest(request, copy_store), lambda *said: None)
print(json.dumps({"update": time.perf_counter() - since, "memory": memory(),
                  "added": report.sources.added, "unchanged": report.sources.unchanged,
                  "chips": report.rows}))
"""

WALK = """
import os
def walk(folder):
    seen = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                seen += walk(entry.path)
            else:
                entry.stat()
                seen += 1
    return seen
since = time.perf_counter()
seen = walk(sys.argv[1])
print(json.dumps({"walk": time.perf_counter() - since, "seen": seen}))
"""
"""The least that a scan of unchanged files must do: names and times of all."""

READ = """
import hashlib
from pathlib import Path
since = time.perf_counter()
size = 0
buffer = bytearray(8 << 20)
files = [path for path in Path(sys.argv[1]).rglob("*") if path.is_file()]
for path in files:
    with path.open("rb", buffering=0) as file:
        while got := file.readinto(buffer):
            size += got
read = time.perf_counter() - since
since = time.perf_counter()
for path in files:
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
hashed = time.perf_counter() - since
print(json.dumps({"read": read, "hash": hashed, "bytes": size}))
"""
"""The limits of verifying: reading all bytes once, and their sha256 on one core."""

FIRST_QUERY = """
import os
import numpy as np
path, dim, how, share, cold = sys.argv[1:]
dim, share = int(dim), float(share)
if cold == "cold":
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
query = np.zeros(dim, np.float32)
query[0] = 1
rows = os.path.getsize(path) // (4 * dim)
some = np.arange(0, int(rows * share)) if share < 1 else slice(None)
since = time.perf_counter()
if how == "mapped":
    vectors = np.memmap(path, "<f4", mode="r").reshape(rows, dim)
else:
    vectors = np.fromfile(path, "<f4").reshape(rows, dim)
opened = time.perf_counter() - since
scores = vectors[some] @ query
best = np.argpartition(-scores, 10)[:10]
first = time.perf_counter() - since
since = time.perf_counter()
scores = vectors[some] @ query
following = time.perf_counter() - since
print(json.dumps({"open": opened, "first": first, "next": following,
                  "memory": memory()}))
"""
