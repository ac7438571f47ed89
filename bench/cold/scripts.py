"""Python that children run: the plain scripts beside rsrag, and looks inside."""

QUERY = "an airport with many parked planes"
QUESTION = "How deep is Lake Baikal?"
BBOX = ("-10", "36", "30", "60")

SENTENCE_TRANSFORMERS = """
import sys
import numpy as np
from sentence_transformers import SentenceTransformer
folder, vectors, query = sys.argv[1:]
model = SentenceTransformer(folder, device="cpu")
row = model.encode([query], normalize_embeddings=True)[0]
scores = np.load(vectors) @ row
for best in np.argsort(-scores)[:10]:
    print(best, scores[best])
"""
"""As its documentation shows it; vectors of a NumPy file."""

OPEN_CLIP = """
import sys
import numpy as np
import open_clip
import torch
architecture, weights, vectors, query = sys.argv[1:]
model, _, _ = open_clip.create_model_and_transforms(architecture, pretrained=weights)
model.eval()
tokens = open_clip.get_tokenizer(architecture)([query])
with torch.inference_mode():
    row = model.encode_text(tokens, normalize=True)[0].numpy()
scores = np.load(vectors) @ row
for best in np.argsort(-scores)[:10]:
    print(best, scores[best])
"""

LLAMA_CPP = """
import sys
from llama_cpp import Llama
weights, question = sys.argv[1:]
model = Llama(weights, n_ctx=512, n_threads=2, verbose=False)
messages = [{"role": "system", "content": "Lake Baikal: maximum depth 1,642 m."},
            {"role": "user", "content": question}]
made = model.create_chat_completion(messages, temperature=0, max_tokens=32)
print(made["choices"][0]["message"]["content"])
"""

RANDOM_CLIP = """
import json
import sys
from pathlib import Path
import open_clip
import torch
from safetensors.torch import save_file
from rsrag.encoders.clip.openclip import OpenClipEncoder
architecture, weights, half = sys.argv[1:]
torch.manual_seed(0)
save_file(open_clip.create_model(architecture).state_dict(), weights)
encoder = OpenClipEncoder(architecture, Path(weights), id=f"open_clip:{architecture}",
                          precision="fp32")
identity = encoder.identity
towers = []
for root, storage in ((None, "fp32"), (Path(half), "fp16")):
    tower, gap = encoder.export_text_tower(root=root, storage=storage)
    towers.append([storage, gap])
print(json.dumps([[identity.id, identity.weights_sha256, identity.preprocessing,
                   identity.dim], towers]))
"""
"""Random weights of a whole CLIP, and the text towers that rsrag exports of it."""

SEARCH_MEMORY = """
bare = memory()
from rsrag.commands import main
import rsrag.desk.imagery.imagery_index, rsrag.retrieval.store_search
import rsrag.rendering.hits.sections
from rsrag.config import Settings
from rsrag.factory import open_index
imported = memory()
settings = Settings.from_environment()
opened = open_index(sys.argv[1], settings)
open_ = memory()
encoder = opened.load_encoder()
from rsrag.retrieval.store_search import SearchOptions, search_store
vector = encoder.encode_texts([sys.argv[2]])
embedded = memory()
hits = search_store(opened.store, vector, SearchOptions())
assert len(hits) == 10
searched = memory()
print(json.dumps([["Python alone", bare], ["rsrag imported", imported],
    ["index open", open_], ["text embedded", embedded], ["first search", searched]]))
"""

PLAIN_MEMORY = """
bare = memory()
import numpy as np
from sentence_transformers import SentenceTransformer
imported = memory()
model = SentenceTransformer(sys.argv[1], device="cpu")
vectors = np.load(sys.argv[2])
open_ = memory()
row = model.encode([sys.argv[3]], normalize_embeddings=True)[0]
embedded = memory()
best = np.argsort(-(vectors @ row))[:10]
searched = memory()
print(json.dumps([["Python alone", bare], ["imported", imported],
    ["model and vectors loaded", open_], ["text embedded", embedded],
    ["first search", searched]]))
"""

ASK_MEMORY = """
bare = memory()
import rsrag.commands
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.config import Settings
imported = memory()
settings = Settings.from_environment()
with Knowledge(settings=settings) as knowledge:
    open_ = memory()
    answer = knowledge.ask(sys.argv[1])
    answered = memory()
print(json.dumps([["Python alone", bare], ["rsrag imported", imported],
    ["knowledge open", open_], ["first answer", answered]]))
"""

WARM = """
import io
import statistics
from rsrag.desk.filtering import filter_of
from rsrag.config import Settings
from rsrag.factory import open_index
from rsrag.rendering.hits.sections import render_sections
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.retrieval.store_search import SearchOptions, search_store
from rsrag.stores.rows import RowStore
name, query, west, south, east, north, rounds = sys.argv[1:]
since = time.perf_counter()
settings = Settings.from_environment()
opened = open_index(name, settings)
open_s = time.perf_counter() - since
encoder = opened.load_encoder()
box = filter_of((float(west), float(south), float(east), float(north)),
                None, None, None, None, None)
spent = []
inner = RowStore._hits
def hits(self, *given):
    since = time.perf_counter()
    try:
        return inner(self, *given)
    finally:
        spent.append(time.perf_counter() - since)
RowStore._hits = hits
kept = {key: [] for key in ("embed", "search", "rows", "table", "box")}
first_box = None
for turn in range(int(rounds) + 3):
    # A new text each time: rsrag remembers the vectors of the last ones.
    started = time.perf_counter()
    vector = encoder.encode_texts([f"{query} {turn}"])
    embedded = time.perf_counter()
    spent.clear()
    found = search_store(opened.store, vector, SearchOptions())
    searched = time.perf_counter()
    chips = [ChipHit.of(hit) for hit in found]
    render_sections([(query, chips)], "table", io.StringIO(), batch=False)
    shown = time.perf_counter()
    search_store(opened.store, vector, SearchOptions(where=box))
    boxed = time.perf_counter() - shown
    first_box = first_box or boxed
    if turn >= 3:
        rows = spent[0]
        kept["embed"].append(embedded - started)
        kept["search"].append(searched - embedded - rows)
        kept["rows"].append(rows)
        kept["table"].append(shown - searched)
        kept["box"].append(boxed)
medians = {key: 1e3 * statistics.median(values) for key, values in kept.items()}
print(json.dumps({"open": 1e3 * open_s, "first box": 1e3 * first_box, **medians}))
"""
"""Milliseconds of a text query's parts, in a process that has answered three."""
