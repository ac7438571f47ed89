"""What could be had from mini's weights without training: views, sizes, gates, words.

    python -m bench.tried_at_asking RSICD --others ucm/test.jsonl [--half west]
        [--only NAME …] [--json FILE]

RSICD holds ``valid-*.tar`` and ``valid.jsonl``; each of ``--others`` is a file of
labels beside its pictures. The Earth's halves are those of ``bench/bench_planet.py``;
what is chosen is chosen on the western one, whose places were trained on.

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
LARGE = "192 px"
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
        self._encoder, self._images = encoder, images
        self._rows: dict[str, Rows] = {}

    def rows(self, name: str) -> Rows:
        """The trunk's features of a view, made when it is first asked for."""
        if name not in self._rows:
            side = 192 if name == LARGE else 160
            batch = np.stack([prepare(image, side) for image in self._images])
            seen = VIEWS.get(name, VIEWS["plain"])(batch)
            self._rows[name] = self._encoder.features(np.ascontiguousarray(seen))
        return self._rows[name]


Way = Callable[[Source], Vectors]


def ways(head: PictureHead) -> dict[str, Way]:
    """Vectors of a source's pictures, by what is tried."""

    def mean(*views: str) -> Way:
        return lambda s: unit_rows(np.mean([head(s.rows(v)) for v in views], axis=0))

    def gated(times: float, more: float = 0) -> Way:
        assert head.gate is not None
        gate = head.gate * np.float32(times)
        gate[-1] += np.float32(more)
        return lambda s: replace(head, gate=gate)(s.rows("plain"))

    assert head.far is not None
    return {
        "as shipped": mean("plain"),
        "flipped too": mean("plain", "mirrored"),
        "four turns": mean("plain", "turned", "upside down", "turned back"),
        LARGE: mean(LARGE),
        "gate twice as sure": gated(2),
        "gate half as sure": gated(0.5),
        "gate further off": gated(1, -1),
        "gate nearer": gated(1, 1),
        "gate: none is far": lambda s: head.near(s.rows("plain")),
        "gate: all are far": lambda s: head.far(s.rows("plain")),  # type: ignore[misc]
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rsicd", type=Path)
    parser.add_argument("--others", type=Path, nargs="+", default=[])
    parser.add_argument("--half", choices=("east", "west"), default="east")
    parser.add_argument("--only", nargs="+", help="of what is tried, by its name")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    encoder = MiniEncoder()
    valid = sorted(given.rsicd.glob("valid-*.tar"))
    pairs = read_pairs(given.rsicd / "valid.jsonl", valid)
    owner = [i for i, pair in enumerate(pairs) for _ in pair.captions]
    captions = [text for pair in pairs for text in pair.captions]
    earth, cut = Earth(), boxes(given.half)
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

    def row(name: str, read: Way, said: Vectors, asked: Vectors) -> None:
        if given.only and name not in given.only:
            return
        vectors = read(labelled["30 labels"][1])
        found = {"mR": hit_rates(vectors, said, owner).mean}
        for key, (texts, truth) in truths.items():
            best = (read(labelled[key][1]) @ texts.T).argmax(axis=1)
            found[key] = 100 * float((best == np.array(truth)).mean())
        best = np.argsort(-asked @ read(planet).T, axis=1, kind="stable")[:, :FIRST]
        hits = np.take_along_axis(right, best, axis=1)
        found["planet"] = int(hits.sum())
        table[name] = found
        print(f"| {name} | " + " | ".join(f"{v:.4g}" for v in found.values()) + " |")

    heads = ways(encoder.weights.image)
    print(
        "| | mR | "
        + " | ".join(labelled)
        + f" | planet, {given.half}, of {FIRST * len(JUDGES)} |"
    )
    print("|---|" + "---:|" * (len(labelled) + 2))
    for name, read in heads.items():
        row(name, read, said, asked)

    def worded(texts: Sequence[str]) -> Vectors:
        every = [s.format(t.rstrip(" .") or t) for t in texts for s in SENTENCES]
        rows = encoder.encode_texts(every).reshape(len(texts), len(SENTENCES), -1)
        return unit_rows(rows.mean(axis=1))

    both = worded(captions), worded(list(JUDGES))
    row("words", heads["as shipped"], *both)
    row("words, flipped too", heads["flipped too"], *both)
    if given.json:
        given.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
