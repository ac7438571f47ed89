"""How many files of rsrag run for one search, one build and one question.

``python -m bench.journeys`` runs the three commands in fresh processes, watches every
call in every thread (``sys.setprofile``), and prints for each how many files ran code,
how often one file called another (distinct pairs), and how many were imported.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import ROOT

TRACE = """
import json, os, sys, threading
import rsrag
home = os.path.dirname(rsrag.__file__) + os.sep
files, edges = {}, set()

def watch(frame, event, argument):
    if event != "call":
        return
    name = frame.f_code.co_filename
    if not name.startswith(home) or frame.f_code.co_name == "<module>":
        return
    files.setdefault(name[len(home):])
    caller = frame.f_back
    while caller and not caller.f_code.co_filename.startswith(home):
        caller = caller.f_back
    if caller and caller.f_code.co_filename != name:
        edges.add((caller.f_code.co_filename, name))

from rsrag.commands import main
threading.setprofile(watch)
sys.setprofile(watch)
code = main(sys.argv[1:])
sys.setprofile(None)
threading.setprofile(None)
imported = [m for m in sys.modules if m == "rsrag" or m.startswith("rsrag.")]
told = {"files": list(files), "edges": len(edges), "imported": len(imported)}
print(json.dumps({"code": code, **told}), file=sys.stderr)
"""


def trace(*words: str) -> dict[str, object]:
    """Run one command and tell which files ran."""
    done = subprocess.run(
        [sys.executable, "-c", TRACE, *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    told: dict[str, object] = json.loads(done.stderr.splitlines()[-1])
    assert told["code"] == 0, done.stderr
    return told


def main() -> None:
    """Print the three journeys as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", action="store_true", help="name the files, in order")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        picture = picture_in_a_tar(Path(folder))
        indexes = ("--indexes", str(Path(folder) / "indexes"))
        box = ("--bbox", "-10", "30", "40", "60")
        journeys = {
            "build": ("index", "build", str(picture), "--name", "one", *indexes),
            "search": ("search", "ships", "--index", "one", *box, *indexes),
            "ask": ("ask", "How deep is Lake Baikal?"),
        }
        print(
            f"{'journey':<8} {'files':>5} {'calls between files':>20} {'imported':>9}"
        )
        for name, words in journeys.items():
            told = trace(*words)
            files = told["files"]
            assert isinstance(files, list)
            cells = f"{told['edges']:>20} {told['imported']:>9}"
            print(f"{name:<8} {len(files):>5} {cells}")
            if options.files:
                print("\n".join(f"    {file}" for file in files))


def picture_in_a_tar(folder: Path) -> Path:
    """A small GeoTIFF in UTM, in a tar."""
    import tarfile

    import numpy as np
    import rasterio

    path = folder / "scene.tif"
    bands = np.random.default_rng(0).integers(0, 255, (3, 256, 256), np.uint8)
    profile = {"driver": "GTiff", "count": 3, "width": 256, "height": 256}
    place = rasterio.transform.from_origin(500_000, 5_000_000, 10, 10)
    with rasterio.open(
        path, "w", dtype="uint8", crs="EPSG:32633", transform=place, **profile
    ) as out:
        out.write(bands)
    with tarfile.open(folder / "scenes.tar", "w") as archive:
        archive.add(path, "scene.tif")
    return folder / "scenes.tar"


if __name__ == "__main__":
    main()
