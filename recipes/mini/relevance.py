"""Fits how likely a hit of an encoder shows what was asked for.

    python -m recipes.mini.relevance UCM/train.jsonl RSICD/train.jsonl [--encoder mini]

Each SOURCE is a file of labels beside its pictures: ``DIR/train.jsonl``, a line a
picture ({"file", "label"}), and ``DIR/train-*.tar``. Of each, ``--most`` pictures are
embedded, spread evenly; its classes are asked for, and so are the bundled background
queries, which count as not there. The fit is made on the 20 best hits of each query,
all sources counting alike, and in each its classes as much as the background. It
takes as long as embedding some 2,000 pictures.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rsrag.encoders.encoder_registry import load_encoder
from rsrag.evaluation.data.labelled import Labelled, label_pictures, read_labels
from rsrag.interfaces import Encoder
from rsrag.rag.looking.scene import readable, scene_labels, with_article
from rsrag.retrieval.relevance.relevance import (
    Floats,
    Relevance,
    background_things,
    features,
    fit_file,
    fit_logistic,
)
from rsrag.types import Vectors

HITS = 20


def read_source(path: Path, encoder: Encoder, most: int) -> Labelled:
    """Vectors and labels of some pictures of a source, spread evenly."""
    labels = read_labels(path)
    step = -(-len(labels) // most)
    some = dict(list(labels.items())[::step])
    archives = sorted(path.parent.glob(f"{path.stem}-*.tar"))
    return label_pictures(archives, encoder, labels=some)


def class_queries(source: Labelled, encoder: Encoder) -> Vectors:
    """A query for each class of a source, as a person would type it."""
    names = [with_article(readable(name)) for name in source.classes]
    return encoder.encode_texts(names)


def best_hits(
    source: Labelled, present: Vectors, absent: Vectors, background: Vectors
) -> tuple[Floats, "np.ndarray[tuple[int, int], np.dtype[np.bool_]]"]:
    """Numbers ``(q, 20, 2)`` of the best hits of all queries, and what is true."""
    numbers = features(np.concatenate([present, absent]), source.vectors, background)
    truth = np.zeros(numbers.shape[:2], dtype=bool)
    truth[: len(present)] = np.arange(len(present))[:, None] == source.labels[None]
    top = np.argsort(-numbers[:, :, 0], axis=1, kind="stable")[:, :HITS]
    chosen = np.take_along_axis(numbers, top[:, :, None], axis=1)
    return chosen, np.take_along_axis(truth, top, axis=1)


def fit(sources: Sequence[Labelled], encoder: Encoder) -> Relevance:
    """The fit over some sources."""
    things = encoder.encode_texts(background_things())
    scenes = encoder.encode_texts(list(scene_labels()))
    background = np.concatenate([scenes, things])
    numbers, truths, weights = [], [], []
    for source in sources:
        present = class_queries(source, encoder)
        found, truth = best_hits(source, present, things, background)
        counts = np.ones(truth.shape)
        counts[len(present) :] *= len(present) / len(things)
        numbers.append(found.reshape(-1, 2))
        truths.append(truth.ravel())
        weights.append(counts.ravel() / counts.sum())
    joined = np.concatenate(weights)
    found_weights, bias = fit_logistic(
        np.concatenate(numbers), np.concatenate(truths), joined * len(joined)
    )
    return Relevance(background, found_weights, bias, encoder.identity.weights_sha256)


def main() -> None:
    """Fit, and write the file that the package ships."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--most", type=int, default=900)
    args = parser.parse_args()
    encoder = load_encoder(args.encoder)
    sources = [read_source(path, encoder, args.most) for path in args.sources]
    found = fit(sources, encoder)
    file = fit_file(encoder.identity.id)
    found.save(file)
    print(f"{file}: weights {found.weights}, bias {found.bias:.3f}")


if __name__ == "__main__":
    main()
