"""What is pointed back to: own utterances over an index of five scenes.

    python -m bench.utterances [FILE.jsonl ...] [--show]

Without files those of ``bench/own_utterances``. Five scenes (``north.png`` and so on,
dated, with their clouds) are drawn and indexed, two pictures beside them; then it is
``rsrag eval dialogue`` over each file, with the knowledge that comes with rsrag.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from bench import ROOT

OWN = ROOT / "bench" / "own_utterances"
SCENES = {
    "north": ((20, 60, 130), 8.0, 48.0, 2019),
    "south": ((230, 205, 150), 12.0, -20.0, 2020),
    "east": ((40, 110, 50), 78.0, 20.0, 2021),
    "west": ((150, 150, 155), -64.0, -8.0, 2021),
    "middle": ((90, 140, 60), 2.4, 46.0, 2020),
}
"""Colour, longitude and latitude of the middle, year."""
PICTURES = {"picture-a": (225, 200, 150), "picture-b": (15, 50, 120)}


def draw(colour: tuple[int, int, int], seed: int) -> Image.Image:
    """A colour with a little grain, 64 pixels square."""
    grain = np.random.default_rng(seed).normal(0, 8, (64, 64, 3))
    pixels = np.clip(np.array(colour) + grain, 0, 255)
    return Image.fromarray(pixels.astype(np.uint8))


def furnish(folder: Path) -> None:
    """The archive and its index ``scenes``, and the two pictures."""
    import rsrag

    archive, facts, step = folder / "archive", {}, 1 / 64
    archive.mkdir()
    for seed, (name, (colour, lon, lat, year)) in enumerate(SCENES.items()):
        file = archive / f"{name}.png"
        draw(colour, seed).save(file)
        lines = (step, 0, 0, -step, lon - 0.5 + step / 2, lat + 0.5 - step / 2)
        file.with_suffix(".pgw").write_text("".join(f"{one}\n" for one in lines))
        facts[file.name] = {"datetime": f"{year}-06-01T10:00:00Z", "cloud_cover": 3}
    (folder / "facts.json").write_text(json.dumps(facts))
    for seed, (name, colour) in enumerate(PICTURES.items(), start=9):
        draw(colour, seed).save(folder / f"{name}.png")
    indexes, about = folder / "indexes", folder / "facts.json"
    rsrag.build(archive, name="scenes", metadata=about, indexes=indexes).close()


def main() -> None:
    """Print the report of each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--show", action="store_true", help="what went wrong, too")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        furnish(folder)
        for file in told.files or sorted(OWN.glob("*.jsonl")):
            copy = folder / file.name
            shutil.copyfile(file, copy)
            print(f"{file.name}: {measured(folder, copy, told.show)}")


def measured(folder: Path, file: Path, show: bool) -> str:
    """The report of a file that lies beside the pictures."""
    from rsrag.config import Settings
    from rsrag.desk.asking.knowledge_base import Knowledge
    from rsrag.desk.evaluations.dialogue_evaluation import evaluate_dialogue

    places = {"RSRAG_HOME": str(folder), "RSRAG_INDEXES": str(folder / "indexes")}
    with Knowledge(settings=Settings.from_environment(places)) as knowledge:
        report = evaluate_dialogue(knowledge, file, "scenes")
    wrong = report.pop("wrong")
    lines = [json.dumps(report)]
    for one in wrong if show else ():
        got = one["understood"] or one["told"]
        lines.append(f"  {one['line']}: {one['said']}  {one['expected']}  {got[:110]}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
