"""Peak memory of a build at two sizes of archive: it must not grow with the archive.

python bench/bench_memory.py [--images 1000]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_build import ROOT, noise_tar


def peak_mb(archive: Path, root: Path) -> float:
    """Peak resident set of one ``rsrag index build``, in MB (Linux: kB units)."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    command = [sys.executable, str(ROOT / "cli.py"), "index", "build", str(archive)]
    command += ["--name", "bench", "--indexes", str(root)]
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout) / 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    images = parser.parse_args().images
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        peaks = []
        for count in (images, 10 * images):
            archive = scratch / f"{count}.tar"
            noise_tar(archive, count, side=128)
            peaks.append(peak_mb(archive, scratch / str(count)))
            print(f"{count:>7,} chips: peak {peaks[-1]:.0f} MB")
        print(f"ratio: {peaks[1] / peaks[0]:.3f}")


if __name__ == "__main__":
    main()
