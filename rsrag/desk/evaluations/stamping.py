"""The settings that every report ends with."""

import time
from collections.abc import Mapping
from typing import Any

from rsrag.types import EncoderIdentity


class Stamp:
    """Puts a report together; counts the time from when it was made."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def report(
        self,
        task: str,
        result: Mapping[str, Any],
        identity: EncoderIdentity | None,
        **settings: Any,
    ) -> dict[str, Any]:
        """A report: figures, what was set, versions and the time it took.

        Args:
            identity: of the encoder that was scored, if any was.
            settings: all that was chosen, as plain JSON values.
        """
        from rsrag.evaluation.compare_run import versions

        named = {}
        if identity is not None:
            digest = identity.weights_sha256
            named["encoder"] = {"id": identity.id, "weights_sha256": digest}
        return {
            "task": task,
            **result,
            "settings": {
                **named,
                **settings,
                "versions": versions(),
                "elapsed_s": round(time.perf_counter() - self._started, 1),
            },
        }
