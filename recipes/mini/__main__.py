"""``python -m recipes.mini``: see :mod:`recipes.mini.run`."""

import os
import sys

if __name__ == "__main__":
    # Threads that spin while they wait starve each other on a busy machine. OpenMP
    # reads this when torch is imported, so it must stand before that.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from recipes.mini.run import main

    sys.exit(main())
