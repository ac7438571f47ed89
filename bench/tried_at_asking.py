"""What could be had from mini's weights without training: views, sizes, gates, words.

    python -m bench.tried_at_asking RSICD --others ucm/test.jsonl [--json FILE]

RSICD holds ``valid-*.tar`` and ``valid.jsonl``; each of ``--others`` is a file of
labels beside its pictures. The Earth's eastern half is that of
``bench/bench_planet.py``.

- *flipped too*, *four turns*: the mean vector of several views of each picture; the
  trunk runs as often.
- *192 px*: pictures enter larger than the 160 px that were trained on.
- *gate*: how surely a picture is taken for one from far; *none* reads all by the near
  head, *all* by the far one.
- *words*: the mean of the query and of sentences round it.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.bench_planet import FIRST, JUDGES, boxes
from recipes.mini.earth import Earth
from recipes.mini.pairs import read_pairs
from rsrag.encoders.mini.mini import MiniEncoder, prepare
from rsrag.encoders.mini.mini_heads import PictureHead
from rsrag.evaluation.zeroshot import class_vectors
from rsrag.metrics.hit_rates import hit_rates
from rsrag.rag.looking.scene import readable
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

Rows = NDArray[np.float32]
SENTENCES = ("{}", "a satellite image of {}", "an aerial picture that shows {}")
"""That a query is put into."""
VIEWS: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    "plain": lambda x: x,
    "mirrored": lambda x: x[:, :, ::-1],
    "turned": lambda x: np.rot90(x, axes=(1, 2)),
    "upside down": lambda x: np.rot90(x, 2, axes=(1, 2)),
    "turned back": lambda x: np.rot90(x, 3, axes=(1, 2)),
}


class Source:
    """Pictures of a source, as the trunk reads each view of them.

    Args:
        encoder: ``mini``.
        images: ``(height, width, 3)`` uint8 each.
    """

    def __init__(self, encoder: MiniEncoder, images: Sequence[Any]) -> None:
        self.rows: dict[str, Rows] = {}
        plain = np.stack([encoder.prepare_image(image) for image in images])
        for name, view in VIEWS.items():
            self.rows[name] = encoder.features(np.ascontiguousarray(view(plain)))
        large = np.stack([prepare(image, 192) for image in images])
        self.rows["192 px"] = encoder.features(large)


def ways(head: PictureHead) -> dict[str, Callable[[Source], Vectors]]:
    """Vectors of a source's pictures, by what is tried."""

    def mean(*views: str) -> Callable[[Source], Vectors]:
        return lambda s: unit_rows(np.mean([head(s.rows[v]) for v in views], axis=0))

    def gated(times: float, more: float = 0) -> Callable[[Source], Vectors]:
        assert head.gate is not None
        gate = head.gate * np.float32(times)
        gate[-1] += np.float32(more)
        return lambda s: replace(head, gate=gate)(s.rows["plain"])

    assert head.far is not None
    return {
        "as shipped": mean("plain"),
        "flipped too": mean("plain", "mirrored"),
        "four turns": mean("plain", "turned", "upside down", "turned back"),
        "192 px": mean("192 px"),
        "gate twice as sure": gated(2),
        "gate half as sure": gated(0.5),
        "gate further off": gated(1, -1),
        "gate nearer": gated(1, 1),
        "gate: none is far": lambda s: head.near(s.rows["plain"]),
        "gate: all are far": lambda s: head.far(s.rows["plain"]),  # type: ignore[misc]
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rsicd", type=Path)
    parser.add_argument("--others", type=Path, nargs="+", default=[])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    encoder = MiniEncoder()
    valid = sorted(given.rsicd.glob("valid-*.tar"))
    pairs = read_pairs(given.rsicd / "valid.jsonl", valid)
    owner = [i for i, pair in enumerate(pairs) for _ in pair.captions]
    captions = [text for pair in pairs for text in pair.captions]
    earth, cut = Earth(), boxes("east")
    facts = [earth.facts(box) for box in cut]
    right = np.array([[bool(judge(f)) for f in facts] for judge in JUDGES.values()])
    labelled = {"30 labels": (pairs, Source(encoder, [p.pixels() for p in pairs]))}
    for path in given.others:
        tars = sorted(path.parent.glob(f"{path.stem}-*.tar"))
        others = read_pairs(path, tars)
        source = Source(encoder, [pair.pixels() for pair in others])
        labelled[f"{path.parent.name} {path.stem}"] = (others, source)
    planet = Source(encoder, [earth.pixels(box) for box in cut])
    said = encoder.encode_texts(captions)
    asked = encoder.encode_texts(list(JUDGES))
    truths = {}
    for name, (some, _) in labelled.items():
        classes = sorted({str(pair.label) for pair in some})
        texts = class_vectors([readable(c) for c in classes], encoder, "readable")
        truths[name] = texts, [classes.index(str(pair.label)) for pair in some]
    table: dict[str, dict[str, float]] = {}

    def row(
        name: str, read: Callable[[Source], Vectors], said: Any, asked: Any
    ) -> None:
        vectors = read(labelled["30 labels"][1])
        found = {"mR": hit_rates(vectors, said, owner).mean}
        for key, (texts, truth) in truths.items():
            best = (read(labelled[key][1]) @ texts.T).argmax(axis=1)
            found[key] = 100 * float((best == np.array(truth)).mean())
        best = np.argsort(-asked @ read(planet).T, axis=1, kind="stable")[:, :FIRST]
        hits = np.take_along_axis(right, best, axis=1)
        found["planet, of 190"] = int(hits.sum())
        table[name] = found
        print(f"| {name} | " + " | ".join(f"{v:.4g}" for v in found.values()) + " |")

    heads = ways(encoder.weights.image)
    print("| | mR | " + " | ".join(labelled) + " | planet, of 190 |")
    print("|---|" + "---:|" * (len(labelled) + 2))
    for name, read in heads.items():
        row(name, read, said, asked)

    def worded(texts: Sequence[str]) -> Vectors:
        every = [s.format(t.rstrip(" .").lower()) for t in texts for s in SENTENCES]
        rows = encoder.encode_texts(every).reshape(len(texts), len(SENTENCES), -1)
        return unit_rows(rows.mean(axis=1))

    both = worded(captions), worded(list(JUDGES))
    row("words", heads["as shipped"], *both)
    row("words, flipped too", heads["flipped too"], *both)
    if given.json:
        given.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
