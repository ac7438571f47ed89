"""What SmolLM2 makes of facts, and which of its words stand.

``python -m bench.wordings --count 300`` draws facts of the curated knowledge, lets the
packaged model word each, and prints every wording that stands beside the plain
sentence, for a person to judge: none may say anything else. The last line counts them.
"""

import argparse
import random

from rsrag.config import Settings
from rsrag.config.homes import PACKAGED
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.generators.generator_registry import load_generator
from rsrag.knowledge.variables import label_of
from rsrag.rag.saying.wording import word_fact
from rsrag.retrieval.wording.evidence import fact_evidence


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    settings = Settings.from_environment({"RSRAG_KNOWLEDGE": PACKAGED})
    model = load_generator(threads=1)
    stood = fell = 0
    with Knowledge(settings=settings) as knowledge, knowledge.catalogue() as catalogue:
        assert catalogue is not None
        marks = list(catalogue.all_landmarks())
        every = [(mark, fact) for mark in marks for fact in catalogue.facts(mark.id)]
        drawn = random.Random(told.seed).sample(every, told.count)
        for mark, fact in drawn:
            piece = fact_evidence(fact, mark)
            question = f"What is the {label_of(fact.variable)} of {mark.name}?"
            words, said = word_fact(question, piece.text, fact.value, piece, model)
            fell += bool(said.removed)
            if said.used:
                stood += 1
                print(f"{piece.text}\n    {words}", flush=True)
    model.close()
    print(f"{told.count} facts: {stood} in the model's words, {fell} wordings fell")


if __name__ == "__main__":
    main()
