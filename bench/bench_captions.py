"""How good consensus captions are: RSICD valid, neighbours from its train split.

    python -m bench.bench_captions DATA [--indexes DIR] [--json] [--tune 700] [--llm]

DATA holds train-*.tar, train.jsonl, valid-*.tar and valid.jsonl, a line a picture:
{"file", "captions"}. The index is built when it is not there (a minute or two), by
``rsrag index build DATA/train-*.tar --metadata DATA/train.jsonl --name captioned``.

``--tune N`` takes N pictures of train as queries instead, none of which may be a
neighbour, and prints what each setting gives: k and the temperature were chosen there,
and the valid split serves for the final figure alone. How much say the encoder should
have cannot be chosen so: ``mini`` was trained on train, and knows which captions fit
there far better than elsewhere; a model that never saw the pictures is needed for that.
``--llm`` lets a language model word ``--sample`` of the captions from the five that are
agreed on best.
"""

import argparse
import dataclasses
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.caption_fit import FitOptions, fitting_captions

if TYPE_CHECKING:
    from rsrag.factory import OpenIndex
    from rsrag.interfaces import Encoder, Generator
    from rsrag.types import Hit, Vectors

ROOT = Path(__file__).resolve().parent.parent
NEAREST = (1, 3, 5, 10, 20)
SYSTEM = (
    "You describe satellite and aerial pictures. Answer with one plain sentence that "
    "says only what the notes say."
)


@dataclass(frozen=True)
class Setting:
    """Neighbours, the weight of the nearest, and what speaks against a caption.

    That is what the encoder has to say, and words that like pictures do not bear out.
    """

    k: int = 20
    temperature: float = 0.1
    fit: FitOptions | None = None
    held_up: bool = False


@dataclass(frozen=True)
class Query:
    """A picture to caption: its vector, what people said, and what lies near."""

    vector: "Vectors"
    references: tuple[str, ...]
    hits: "list[Hit]"


def open_train(data: Path, root: Path, name: str) -> "OpenIndex":
    """The index of train, built first if need be."""
    from rsrag.config import Settings
    from rsrag.factory import open_index

    if not (root / name).is_dir():
        command = [sys.executable, str(ROOT / "cli.py"), "index", "build"]
        command += [str(path) for path in sorted(data.glob("train-*.tar"))]
        command += ["--metadata", str(data / "train.jsonl"), "--name", name]
        command += ["--indexes", str(root)]
        subprocess.run(command, check=True, stdout=sys.stderr)
    settings = dataclasses.replace(Settings.from_environment(), indexes=root)
    return open_index(name, settings)


def find_queries(
    data: Path, opened: "OpenIndex", encoder: "Encoder", tune: int
) -> list[Query]:
    """Valid pictures with their neighbours, or held-out ones of train."""
    from recipes.mini.pairs import read_pairs

    split = "train" if tune else "valid"
    pairs = read_pairs(data / f"{split}.jsonl", sorted(data.glob(f"{split}-*.tar")))
    if tune:
        pairs = random.Random(0).sample(pairs, tune)
    held_out = {pair.file for pair in pairs}
    queries = []
    for start in range(0, len(pairs), 64):
        batch = pairs[start : start + 64]
        vectors = encoder.encode_images([pair.pixels() for pair in batch])
        found = opened.store.search(vectors, max(NEAREST) + tune)
        for pair, vector, hits in zip(batch, vectors, found, strict=True):
            near = [h for h in hits if file_of(h) not in held_out][: max(NEAREST)]
            queries.append(Query(vector, pair.captions, near))
    return queries


def file_of(hit: "Hit") -> str:
    """Name of the picture, without its archive."""
    return str(hit.payload["source"]).rpartition("/")[2]


def captions_near(hit: "Hit") -> tuple[str, ...]:
    """Captions that people gave a neighbour."""
    from rsrag.columns.column_values import read_properties
    from rsrag.rag.looking.consensus import captions_of

    return captions_of(read_properties(hit.payload["properties"]))


class TextVectors:
    """Vectors of captions, each encoded once."""

    def __init__(self, encoder: "Encoder") -> None:
        """Start with none."""
        self.encoder = encoder
        self.known: dict[str, Vectors] = {}

    def __call__(self, texts: Sequence[str]) -> "Vectors":
        """As the encoder's own ``encode_texts``."""
        import numpy as np

        missing = list(dict.fromkeys(t for t in texts if t not in self.known))
        if missing:
            vectors = self.encoder.encode_texts(missing)
            self.known.update(zip(missing, vectors, strict=True))
        return np.stack([self.known[text] for text in texts])


def consensus(query: Query, setting: Setting, texts: TextVectors) -> str:
    """The caption that the nearest agree on."""
    from rsrag.rag.looking.consensus import consensus_captions
    from rsrag.rag.looking.words_held_up import held_up

    near = query.hits[: setting.k]
    captions = [captions_near(hit) for hit in near]
    scores = [hit.score for hit in near]
    ranked = consensus_captions(captions, scores, temperature=setting.temperature)
    if setting.held_up:
        ranked = held_up(ranked, captions, scores)
    if setting.fit is not None:
        ranked[0], _ = fitting_captions(ranked, query.vector, texts, setting.fit)[0]
    return ranked[0].text


def worded(query: Query, generator: "Generator") -> str:
    """A language model's sentence from the five captions agreed on best."""
    from rsrag.rag.looking.consensus import consensus_captions
    from rsrag.types import Message

    ranked = consensus_captions(
        [captions_near(hit) for hit in query.hits],
        [hit.score for hit in query.hits],
    )
    notes = "\n".join(f"- {caption.text}" for caption in ranked[:5])
    asked = (
        f"Notes on similar pictures:\n{notes}\nDescribe this picture in one sentence."
    )
    messages = [Message("system", SYSTEM), Message("user", asked)]
    return generator.generate(messages, max_tokens=48).text or ranked[0].text


def figures(
    captions: Sequence[str], queries: Sequence[Query], known: set[tuple[str, ...]]
) -> dict[str, Any]:
    """Both styles, and how many are somebody's words already."""
    from rsrag.evaluation.predictions import caption_scores
    from rsrag.metrics.ngrams import coco_tokens
    from rsrag.metrics.rouge import porter_stem

    everyone = [query.references for query in queries]
    first = [[query.references[0]] for query in queries]
    return {
        "n": len(queries),
        "coco": caption_scores(captions, everyone),
        "rs-rag": caption_scores(captions, first, "rs-rag", stem=porter_stem()),
        "verbatim": sum(tuple(coco_tokens(c)) in known for c in captions)
        / len(captions),
        "different": len(set(captions)),
        "things": things_found(captions, everyone),
    }


def things_found(
    captions: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Of the things that captions name, the share that a reference names as well.

    ``of_references``: the other way round; ``each``: things a caption.
    """
    from rsrag.rag.looking.words_held_up import things_seen
    from rsrag.rag.saying.sentences import content_words

    named = [set(content_words(text)) & things_seen() for text in captions]
    right = [
        {word for text in own for word in content_words(text)} & things_seen()
        for own in references
    ]
    both = sum(len(a & b) for a, b in zip(named, right, strict=True))
    return {
        "right": both / max(sum(map(len, named)), 1),
        "of_references": both / max(sum(map(len, right)), 1),
        "each": sum(map(len, named)) / len(named),
    }


def train_captions(data: Path) -> list[str]:
    """All captions of train."""
    lines = (data / "train.jsonl").read_text("utf-8").splitlines()
    return [text for line in lines for text in json.loads(line)["captions"]]


def show(name: str, found: dict[str, Any]) -> None:
    """One row a style."""
    for style in ("coco", "rs-rag"):
        scores = found[style]
        row = " ".join(f"{value:8.4f}" for value in scores.values())
        label = name if style == "coco" else ""
        share = f"{found['verbatim']:9.3f} {found['different']:9d}"
        share += f" {found['things']['right']:7.3f}"
        print(f"{label:26} {style:7} {row} {share if label else ''}", file=sys.stderr)


def settings_to_try() -> dict[str, Setting]:
    """Variants by name."""
    tried: dict[str, Setting] = {}
    for word, fit in (("agreement", None), ("agreement + fit", FitOptions())):
        tried |= {f"{word}, k={k}": Setting(k, fit=fit) for k in NEAREST}
    tried["agreement, held up, k=20"] = Setting(held_up=True)
    return tried


def grid() -> dict[str, Setting]:
    """What ``--tune`` tries besides."""
    return {
        f"k={k} T={t} fit={fit} of {short}": Setting(
            k, t, FitOptions(fit, short) if fit else None
        )
        for k in (10, 20)
        for t in (0.05, 0.1, 1000.0)
        for fit in (0.0, 0.03, 0.05, 0.08)
        for short in (20, 40)
        if fit or short == 20
    }


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--indexes", type=Path, default=ROOT / "indexes")
    parser.add_argument("--index", default="captioned")
    parser.add_argument("--tune", type=int, default=0, metavar="N")
    parser.add_argument("--llm", nargs="?", const="", metavar="GGUF")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    from rsrag.metrics.ngrams import coco_tokens

    opened = open_train(arguments.data, arguments.indexes, arguments.index)
    encoder = opened.load_encoder()
    queries = find_queries(arguments.data, opened, encoder, arguments.tune)
    texts = TextVectors(encoder)
    said = train_captions(arguments.data)
    known = {tuple(coco_tokens(text)) for text in said}
    most = Counter(tuple(coco_tokens(text)) for text in said).most_common(1)[0][0]
    report: dict[str, Any] = {}

    def measure(
        name: str, caption: Callable[[Query], str], over: Sequence[Query] = queries
    ) -> None:
        started = time.perf_counter()
        captions = [caption(query) for query in over]
        elapsed = time.perf_counter() - started
        report[name] = figures(captions, over, known)
        report[name]["ms_each"] = 1000 * elapsed / len(over)
        show(name, report[name])

    heads = ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D"]
    head = " ".join(f"{word:>8}" for word in heads)
    print(f"{'':26} {'style':7} {head}  verbatim different  things", file=sys.stderr)
    measure(f"constant: {' '.join(most)[:15]}", lambda _: " ".join(most))
    measure("nearest's first", lambda q: captions_near(q.hits[0])[0])
    tried = grid() if arguments.tune else settings_to_try()
    for name, setting in tried.items():
        measure(name, partial(consensus, setting=setting, texts=texts))
    if arguments.llm is not None:
        from rsrag.generators.generator_registry import load_generator

        path = Path(arguments.llm) if arguments.llm else None
        generator = load_generator(llm=path, threads=os.cpu_count() or 1)
        part = random.Random(0).sample(queries, min(arguments.sample, len(queries)))
        alone = partial(consensus, setting=Setting(), texts=texts)
        by_model = partial(worded, generator=generator)
        measure("of these, consensus", alone, part)
        measure(f"of these, {generator.name[:14]}", by_model, part)
        generator.close()
    opened.store.close()
    if arguments.json:
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
