"""All that a process needs to serve, in a form that reaches another process."""

import dataclasses
import socket
from dataclasses import dataclass
from pathlib import Path

from rsrag.config import Settings
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.serve.serve_options import ServeOptions

METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""Variable by which prometheus-client counts over several processes."""


@dataclass(frozen=True, slots=True)
class ServingPlan:
    """What is served, and where.

    Attributes:
        settings: folders, threads.
        options: of the service.
        names: of the indexes; all if there are none.
        model: what words answers, if anything does.
        listener: where requests come in; several processes may share it.
        metrics: where ``/metrics`` is asked for, if that is another address.
        rates: file in which several processes count the requests of each caller.
    """

    settings: Settings
    options: ServeOptions
    names: tuple[str, ...]
    model: GeneratorChoice
    listener: socket.socket
    metrics: socket.socket | None = None
    rates: Path | None = None

    def for_one_of(self, count: int, rates: Path) -> "ServingPlan":
        """The plan of one of several workers: its part of threads, queues and cache.

        A part is one at least, where there is anything to share.
        """
        given = self.options
        options = dataclasses.replace(
            given,
            llm_at_once=max(1, given.llm_at_once // count),
            llm_queue=-(-given.llm_queue // count),
            cache_mb=given.cache_mb / count,
        )
        threads = max(1, self.settings.threads // count)
        settings = dataclasses.replace(self.settings, threads=threads)
        return dataclasses.replace(
            self, settings=settings, options=options, rates=rates
        )
