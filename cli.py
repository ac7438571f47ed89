"""The front door of a checkout: ``python cli.py ...`` does what ``rsrag ...`` does."""

import sys

from rsrag.commands import main

if __name__ == "__main__":
    sys.exit(main())
