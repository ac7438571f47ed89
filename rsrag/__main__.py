"""``python -m rsrag`` does what ``rsrag`` does."""

import sys

from rsrag.commands import main

sys.exit(main())
