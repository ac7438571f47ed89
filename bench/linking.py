"""How well questions are linked to variables by meaning alone, and when not at all.

``python -m bench.linking WORDINGS.json...`` links each wording (as
:mod:`bench.reachability` has them) to the landmarks that have its variable, and once
more with that variable taken away: then nothing held answers it. It prints how often
the link is right, how well its confidence tells right from wrong (AUROC), what each
threshold answers and refuses, and with ``--fit`` the weights of the logistic curve.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import rsrag
from bench.reachability import questions
from rsrag.encoders.sentence import load_text_encoder
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.linking.variable_linker import Link, VariableLinker, about_it

Case = tuple[Link, bool, bool]
"""A link, whether its variable was held, and whether it is right."""


def cases(
    wordings: dict[str, list[str]], catalogue: Catalogue, limit: int
) -> list[Case]:
    """Links of questions that a held fact answers, and of the same without it."""
    linker = VariableLinker(load_text_encoder)
    found: list[Case] = []
    asked = questions(wordings, catalogue)
    for field, wording, question, values in random.Random(0).sample(
        asked, min(limit, len(asked))
    ):
        name = _name(wording, question, catalogue)
        if name is None:
            continue
        (landmark,) = catalogue.named(name)[:1]
        facts = [(fact.variable, fact.value) for fact in catalogue.facts(landmark.id)]
        text = about_it(question, [name])
        others = [one for one in facts if one[0] != field and one[1] not in values]
        for held, given in ((True, facts), (False, others)):
            link = linker.link(text, given)
            if link is not None:
                same = {value for one, value in facts if one == link.variable}
                right = held and (link.variable == field or bool(same & values))
                found.append((link, held, right))
    return found


def _name(wording: str, question: str, catalogue: Catalogue) -> str | None:
    """The landmark's name, which stands where the wording has its gap."""
    before, _, after = wording.partition("{}")
    if "{c}" in before:
        return None
    stop = len(question) - len(after)
    name = question[len(before) : stop]
    return name if catalogue.named(name) else None


def fitted(rows: NDArray[np.float64], right: NDArray[np.float64]) -> list[float]:
    """Weights of a logistic curve, the offset first, by Newton's method."""
    inputs = np.column_stack([np.ones(len(rows)), rows])
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (right - chance) - 1e-3 * weights
        curve = (inputs * (chance * (1 - chance))[:, None]).T @ inputs
        weights += np.linalg.solve(curve + 1e-3 * np.eye(len(weights)), slope)
    return [round(float(one), 2) for one in weights]


def auroc(values: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """How often a right link has the larger value than a wrong one."""
    order = np.argsort(values)
    ranks = np.empty(len(values))
    ranks[order] = np.arange(1, len(values) + 1)
    good = right > 0
    count = good.sum()
    least = count * (count + 1) / 2
    return float((ranks[good].sum() - least) / (count * (~good).sum()))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.linking")
    parser.add_argument("wordings", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, default=3000)
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    wordings: dict[str, list[str]] = {}
    for path in given.wordings:
        for field, texts in json.loads(path.read_text(encoding="utf-8")).items():
            wordings.setdefault(field, []).extend(texts)
    with rsrag.Knowledge() as knowledge, knowledge.tools() as tools:
        found = cases(wordings, tools.catalogue, given.limit)
    sure = np.array([link.confidence for link, _, _ in found])
    held = np.array([one for _, one, _ in found])
    right = np.array([float(one) for _, _, one in found])
    print(f"{held.sum()} questions: linked right {right[held].mean():.3f}")
    print(
        f"AUROC of confidence, over these and as many unheld: {auroc(sure, right):.3f}"
    )
    print("threshold  answered right  answered wrong  unheld refused")
    for limit in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        taken = sure >= limit
        parts = (
            (taken & (right > 0))[held].mean(),
            (taken & (right == 0))[held].mean(),
            (~taken)[~held].mean(),
        )
        print(f"{limit:9.1f}  " + "  ".join(f"{part:14.3f}" for part in parts))
    if given.fit:
        rows = np.array([(one.score, one.gap, one.margin) for one, _, _ in found])
        print("offset, score, gap, margin:", fitted(rows, right))


if __name__ == "__main__":
    main()
