"""Search and question answering over satellite and aerial imagery, offline first."""

import logging

__version__ = "0.1.0"

# Silent unless a program that uses rsrag, or --log-level, asks for records.
logging.getLogger(__name__).addHandler(logging.NullHandler())
