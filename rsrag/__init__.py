"""Search and question answering over satellite and aerial imagery, offline first."""

__version__ = "0.1.0"
