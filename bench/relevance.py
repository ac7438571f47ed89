"""How honest probabilities of hits are, and whether nothing is told as nothing.

    python -m bench.relevance RSICD/valid.jsonl [--encoder mini] [--out DIAGRAM.png]

Its classes are asked for, and fifty things that are not there. Printed are the
precision of the 20 best hits at a least probability, the share of classes that keep a
hit, the share of absent things that keep none, and how often hits of each probability
are right.
"""

import argparse
from pathlib import Path

import numpy as np

from recipes.mini.relevance import best_hits, class_queries, read_source
from rsrag.encoders.encoder_registry import load_encoder
from rsrag.retrieval.relevance.relevance import Floats, Relevance, relevance_of

LEAST = (0.5, 0.7, 0.8, 0.9)
ABSENT = (
    "an offshore wind farm",
    "a volcano crater with lava",
    "a solar power plant with panels",
    "a glacier tongue",
    "an oil rig at sea",
    "a nuclear power plant with cooling towers",
    "a rice terrace on a hillside",
    "an open pit copper mine",
    "an ice floe",
    "a coral atoll",
    "a zebra herd",
    "a kitchen",
    "a bowl of soup",
    "a portrait of a woman",
    "a dog on a sofa",
    "a printed page of text",
    "a container ship at sea",
    "a lighthouse on a rock",
    "a pyramid in egypt",
    "a salt evaporation pond",
    "a fish farm",
    "a forest fire with smoke",
    "a hurricane over the ocean",
    "the moon",
    "a city at night with lights",
    "a tank battle",
    "a submarine",
    "a ski jump",
    "a greenhouse complex",
    "a water slide park",
    "a roller coaster",
    "a cemetery",
    "a quarry lake",
    "a mangrove swamp",
    "a fjord",
    "a satellite in orbit",
    "an x-ray image",
    "a microscope slide",
    "a telescope dish",
    "a rocket launch pad",
    "a canal lock",
    "an oil refinery fire",
    "a tornado",
    "a camel caravan",
    "a hot air balloon",
    "a chess board",
    "a bicycle race",
    "a rainbow",
    "a space station",
    "an underwater reef with fish",
)
"""Fifty things that RSICD's pictures do not show; none is among the background."""


def chances(numbers: Floats, fit: Relevance) -> Floats:
    """Probabilities of hits, from their two numbers."""
    logits = numbers @ np.array(fit.weights) + fit.bias
    return np.asarray(1 / (1 + np.exp(-logits)))


def diagram(rows: list[tuple[float, float, int]], out: Path) -> None:
    """Write a reliability diagram."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(4, 4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    said, right, count = zip(*rows, strict=True)
    axes.scatter(said, right, s=[20 + 2 * np.sqrt(n) for n in count])
    axes.set(xlabel="probability said", ylabel="share that is right")
    figure.savefig(out, dpi=110)


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    encoder = load_encoder(args.encoder)
    fit = relevance_of(encoder.identity)
    if fit is None:
        raise SystemExit("no fit for these weights: python -m recipes.mini.relevance")
    source = read_source(args.source, encoder, 1_000_000)
    present, absent = class_queries(source, encoder), encoder.encode_texts(list(ABSENT))
    numbers, truth = best_hits(source, present, absent, fit.background)
    said = chances(numbers, fit)
    best = said.max(axis=1)
    print(f"{len(source.vectors):,} pictures, {len(present)} classes")
    print("| least probability | precision | hits | classes kept | absent told |")
    print("|---:|---:|---:|---:|---:|")
    for least in LEAST:
        kept = said >= least
        told = (best[len(present) :] < least).mean()
        there = (best[: len(present)] >= least).mean()
        right = truth[kept].mean()
        print(f"| {least} | {right:.3f} | {kept.sum()} | {there:.3f} | {told:.3f} |")
    bins = np.minimum((said * 10).astype(int), 9)
    rows = [
        (
            float(said[bins == at].mean()),
            float(truth[bins == at].mean()),
            int((bins == at).sum()),
        )
        for at in range(10)
        if (bins == at).any()
    ]
    print("\n| said | right | hits |\n|---:|---:|---:|")
    for mean, right, count in rows:
        print(f"| {mean:.2f} | {right:.2f} | {count} |")
    error = sum(abs(mean - right) * count for mean, right, count in rows) / said.size
    print(f"\ncalibration error {error:.3f}")
    if args.out is not None:
        diagram(rows, args.out)


if __name__ == "__main__":
    main()
