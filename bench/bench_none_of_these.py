"""How often labels are given rightly, and none where none is right: several sources.

    python -m bench.bench_none_of_these SOURCE [SOURCE ...]

SOURCE is a file of labels beside its pictures: ``DIR/valid.jsonl``, a line a picture
({"file", "label"}), and ``DIR/valid-*.tar``. Each picture is asked with 1, 2, 5, 10
and 20 labels of its source drawn at random, its own among them and not. *right* and
*wrong* are of those with their own label, *refused* of those without it.

The odds of other scenes (:data:`rsrag.rag.looking.scene.OTHER_ODDS`) are fitted on
all sources but one, and the figures are of that one: ``right + refused`` is to be
largest, averaged over the sources, one label and several counted alike.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.rag.looking import scene
from rsrag.rag.looking.home import temperature_for

if TYPE_CHECKING:
    from rsrag.evaluation.data.labelled import Labelled
    from rsrag.interfaces import Encoder

COUNTS = (1, 2, 5, 10, 20)
ODDS = (0.0, 1 / 50, 1 / 28, 1 / 20, 1 / 12, 1 / 8, 1 / 5, 1 / 3, 1.0)
SURE = 0.5


@dataclass(frozen=True)
class Source:
    """Answers of one source's pictures, by the odds of other scenes."""

    name: str
    pictures: int
    figures: dict[float, dict[str, float]]

    def worth(self, odds: float) -> float:
        """What is to be largest."""
        one = self.figures[odds]
        return fmean(
            one[f"{kind} {what}"]
            for kind in ("one", "many")
            for what in ("right", "refused")
        )


def read(path: Path, encoder: "Encoder") -> "Labelled":
    """Vectors and labels of a source."""
    from rsrag.evaluation.data.labelled import label_pictures, read_labels

    archives = sorted(path.parent.glob(f"{path.stem}-*.tar"))
    return label_pictures(archives, encoder, labels=read_labels(path))


def measure(
    name: str,
    vectors: Any,
    truth: Any,
    classes: tuple[str, ...],
    encoder: "Encoder",
    seed: int = 0,
) -> Source:
    """Ask for each picture with and without its own label."""
    rng = np.random.default_rng(seed)
    texts = scene.label_vectors(classes, encoder)
    scenes = scene.label_vectors(scene.scene_labels(), encoder)
    asked = [
        (row, count, with_own, _drawn(rng, len(classes), truth[row], count, with_own))
        for row in range(len(vectors))
        for count in COUNTS
        if count < len(classes)
        for with_own in (True, False)
    ]
    temperature = temperature_for(encoder, vectors)
    figures = {}
    for odds in ODDS:
        tally: dict[str, list[bool]] = {}
        for row, count, with_own, chosen in asked:
            others = scene.unlike(texts[chosen], scenes) if odds else None
            shares, _ = scene.label_shares(
                vectors[row : row + 1], texts[chosen], temperature, others, odds
            )
            best = int(shares[0].argmax())
            said = shares[0, best] >= SURE
            kind = "one" if count == 1 else "many"
            own = chosen[best] == truth[row]
            if with_own:
                tally.setdefault(f"{kind} right", []).append(bool(said and own))
                tally.setdefault(f"{kind} wrong", []).append(bool(said and not own))
            else:
                tally.setdefault(f"{kind} refused", []).append(not said)
        figures[odds] = {what: fmean(counted) for what, counted in tally.items()}
    return Source(name, len(vectors), figures)


def _drawn(
    rng: np.random.Generator, classes: int, own: int, count: int, with_own: bool
) -> Any:
    others = [number for number in range(classes) if number != own]
    drawn = list(rng.choice(others, count - with_own, replace=False))
    return np.array([*drawn, own] if with_own else drawn)


def left_out(sources: list[Source]) -> list[list[str]]:
    """Rows of each source: odds of nothing, fitted on the others, and as they ship."""
    rows = []
    for one in sources:
        rest = [other for other in sources if other is not one] or [one]
        best = max(ODDS, key=lambda odds: fmean(each.worth(odds) for each in rest))
        for odds in dict.fromkeys((0.0, best, scene.OTHER_ODDS)):
            figures = one.figures[odds]
            rows.append(
                [
                    one.name,
                    f"{one.pictures:,}",
                    (f"1/{1 / odds:.0f}" if odds else "not")
                    + (" (fitted on the others)" if odds == best else ""),
                    *(f"{figures[f'one {w}']:.2f}" for w in ("right", "refused")),
                    *(
                        f"{figures[f'many {w}']:.2f}"
                        for w in ("right", "wrong", "refused")
                    ),
                ]
            )
    return rows


def main(encoder_of: "Callable[[], Encoder] | None" = None) -> None:
    """Print a table."""
    from rsrag.encoders.encoder_registry import load_encoder

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sources", type=Path, nargs="+")
    args = parser.parse_args()
    encoder = encoder_of() if encoder_of else load_encoder("mini")
    sources = []
    for path in args.sources:
        read_in = read(path, encoder)
        name = f"{path.parent.name}/{path.stem}"
        sources.append(
            measure(name, read_in.vectors, read_in.labels, read_in.classes, encoder)
        )
    head = ["source", "pictures", "other scenes count"]
    head += ["1 label: right", "1: refused", "2 to 20: right", "wrong", "refused"]
    for row in [head, ["---"] * len(head), *left_out(sources)]:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
