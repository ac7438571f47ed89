"""Weights of ``mini`` side by side, on pictures of their own source and of others.

    python -m bench.travels RSICD [--others FILE.jsonl …] [--heads FILE …] [--json FILE]

RSICD holds ``valid-*.tar`` and ``valid.jsonl`` (file, captions, label), and
``train-*.tar`` and ``train.jsonl`` for captions by consensus (``--captions``). Each of
``--others`` is a file of labels beside its pictures, as ``ucm/test.jsonl`` and
``ucm/test-*.tar``. What a file of weights was trained on is no other source to it: its
metadata tell.

Zero-shot accuracy is by ``rsrag eval zeroshot``'s *readable* protocol. A temperature
is fitted on RSICD's valid split; calibration errors are at it, at twice that, and at
the one that the package takes, where it knows what the weights know.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.bench_none_of_these import read
from recipes.mini.pairs import read_pairs
from rsrag.encoders.mini.mini import HEADS, MiniEncoder
from rsrag.evaluation.zeroshot import class_vectors
from rsrag.metrics.hit_rates import hit_rates
from rsrag.rag.looking.calibration import calibration_error, fit_temperature
from rsrag.rag.looking.home import home_of
from rsrag.rag.looking.scene import readable
from rsrag.rag.looking.transduction import softmax

QUERIES = (
    "an airport",
    "a beach",
    "a bridge",
    "a church",
    "a desert",
    "a forest",
    "a parking lot",
    "a river",
    "a stadium",
    "storage tanks",
)
"""Plain queries; a hit is right whose label they name."""


def home(encoder: MiniEncoder, folder: Path) -> dict[str, Any]:
    """Figures on RSICD's valid split, and the temperature fitted there."""
    pairs = read_pairs(folder / "valid.jsonl", sorted(folder.glob("valid-*.tar")))
    images = encoder.encode_images([pair.pixels() for pair in pairs])
    owner = [i for i, pair in enumerate(pairs) for _ in pair.captions]
    said = encoder.encode_texts([text for pair in pairs for text in pair.captions])
    labels = np.array([pair.label for pair in pairs])
    found = {"mR": hit_rates(images, said, owner).mean}
    found["p10"] = float(
        np.mean(
            [
                (
                    labels[np.argsort(-(images @ vector), kind="stable")[:10]] == name
                ).mean()
                for vector, name in zip(
                    encoder.encode_texts(QUERIES), map(_label, QUERIES), strict=True
                )
            ]
        )
    )
    classes = sorted(set(labels.tolist()))
    cosines = images @ class_vectors(classes, encoder, "readable").T
    truth = np.array([classes.index(label) for label in labels])
    found["temperature"] = fit_temperature(cosines, truth)
    found |= _zero_shot(cosines, truth, found["temperature"], encoder, images)
    return found


def _label(query: str) -> str:
    known = {"a parking lot": "parking"}
    return known.get(query, query.removeprefix("an ").removeprefix("a "))


def _zero_shot(
    cosines: Any, truth: Any, temperature: float, encoder: MiniEncoder, images: Any
) -> dict[str, float]:
    rows = {"top1": 100 * float((cosines.argmax(axis=1) == truth).mean())}
    asked = {"ece": temperature, "ece2": 2 * temperature}
    if (home := home_of(encoder)) is not None:
        rows["nearness"] = home.nearness(images)
        asked["ece_shipped"] = home.temperature_for(images)
    for name, divided in asked.items():
        rows[name] = 100 * calibration_error(softmax(cosines / divided), truth)
    return rows


def _words(one: dict[str, float]) -> str:
    words = f"ECE {one['ece']:.1f} ({one['ece2']:.1f} at 2 T)"
    if "nearness" in one:
        words += f", {one['ece_shipped']:.1f} as shipped, nearness "
        words += f"{one['nearness']:.3f}"
    return words


def away(encoder: MiniEncoder, path: Path, temperature: float) -> dict[str, Any]:
    """Zero-shot figures on another source."""
    found = read(path, encoder)
    texts = class_vectors([readable(c) for c in found.classes], encoder, "readable")
    cosines = found.vectors @ texts.T
    return _zero_shot(cosines, found.labels, temperature, encoder, found.vectors)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rsicd", type=Path)
    parser.add_argument("--others", type=Path, nargs="+", default=[])
    parser.add_argument("--heads", type=Path, nargs="+", default=[HEADS])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    report: dict[str, Any] = {}
    for heads in given.heads:
        encoder = MiniEncoder(heads)
        own = home(encoder, given.rsicd)
        report[heads.name] = {"rsicd/valid": own}
        print(
            f"{heads.name}: T {own['temperature']:.4f}, mR {own['mR']:.2f}, "
            f"p@10 {own['p10']:.3f}, 30 labels {own['top1']:.2f}, " + _words(own),
            flush=True,
        )
        for path in given.others:
            name = f"{path.parent.name}/{path.stem}"
            one = away(encoder, path, own["temperature"])
            report[heads.name][name] = one
            print(f"  {name}: {one['top1']:.2f}, {_words(one)}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
