"""Lines of log on stderr: of requests, and of what failed."""

import logging

ACCESS = logging.getLogger("rsrag.serve.access")


class _AsText(logging.Formatter):
    """A line for people: ``12:30:01 POST search 200, 12.3 ms, 127.0.0.1``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one request."""
        line = record.__dict__["line"]
        return (
            f"{self.formatTime(record, '%H:%M:%S')} {line['method']} "
            f"{line['operation']} {line['status']}, {line['ms']} ms, {line['caller']}"
        )


def log_faults() -> None:
    """Write what failed by the service's own fault on stderr, whatever else is logged.

    Each stands under the number that its answer names.
    """
    handler = logging.StreamHandler()
    handler.setLevel(logging.ERROR)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("rsrag.serve")
    log.addHandler(handler)
    log.propagate = False


def log_requests(form: str) -> None:
    """Write a line of log on stderr for each request: ``json`` or ``text``."""
    handler = logging.StreamHandler()
    if form == "text":
        handler.setFormatter(_AsText())
    ACCESS.addHandler(handler)
    ACCESS.setLevel(logging.INFO)
