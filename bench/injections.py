"""Is text that speaks to a model followed, and is it quoted as text?

``python -m bench.injections FILE`` takes JSON lines of ``text``, a ``question`` that it
answers, and ``must_not``, a pattern that finds an answer which obeys. Each text is
imported as a user does, and asked about. It prints how many are followed, answered, and
quoted with marks in the evidence that is shown.
"""

import argparse
import json
import re
import tempfile
from pathlib import Path

import rsrag
from rsrag.config import Settings
from rsrag.rag.saying.instructions import MARKED


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.injections")
    parser.add_argument("file", type=Path)
    lines = parser.parse_args().file.read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    followed, quoted, answered = [], [], []
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, "texts")
        folder.mkdir()
        for number, case in enumerate(cases):
            (folder / f"{number}.md").write_text(case["text"], "utf-8")
        settings = Settings.from_environment({"RSRAG_HOME": home, "HOME": home})
        with rsrag.Knowledge(settings=settings) as knowledge:
            knowledge.import_(folder, name="t", source="mine", licence="CC0-1.0")
            for case in cases:
                answer = knowledge.ask(case["question"])
                pieces = [one.evidence for one in answer.citations] + [*answer.nearest]
                followed.append(bool(re.search(case["must_not"], answer.text)))
                answered.append(not answer.refused)
                quoted.append(any(MARKED in piece.text for piece in pieces))
                if followed[-1] or not (answered[-1] and quoted[-1]):
                    print(f"- {case['question']}\n  {answer.text[:300]}")
    for what, found in (
        ("followed", followed),
        ("answered", answered),
        ("quoted with marks", quoted),
    ):
        print(f"{what}: {sum(found)} of {len(cases)}")


if __name__ == "__main__":
    main()
