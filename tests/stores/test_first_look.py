"""What is read when it is first needed is whole before another thread sees it."""

import threading

import numpy as np
import pyarrow as pa

from rsrag.stores.live_rows import LiveRows


class Files:
    """Four rows, none dead."""

    rows = 4

    class dead:
        size = 0


class Payload:
    """Two batches; in between another thread asks for a row of the second."""

    def __init__(self):
        self.ids = ["a", "b", "c", "d"]
        self.other = None
        self.found = []

    def take(self, name, rows):
        return [self.ids[row] for row in rows]

    def batches(self):
        yield pa.table({"id": self.ids[:2]})
        if self.other is None:
            self.other = threading.Thread(target=self.ask)
            self.other.start()
            self.other.join(0.2)  # A thread that does not wait is done by then.
        yield pa.table({"id": self.ids[2:]})

    def ask(self):
        self.found.append(self.live.find(["d"]))


def test_a_second_thread_waits_for_all_ids():
    payload = Payload()
    payload.live = LiveRows(Files(), payload)
    np.testing.assert_array_equal(payload.live.of(["a", "d"]), [0, 3])
    payload.other.join()
    np.testing.assert_array_equal(payload.found, [[3]])
