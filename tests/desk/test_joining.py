"""Queries of several threads go together, and each gets what is its own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rsrag.desk.imagery.joining import MOST, Joined, JoinedEncoder, JoinedStore
from rsrag.errors import EncoderError
from rsrag.filters import Filter
from rsrag.types import Hit


class Slow:
    """Doubles numbers, all of a call together, and waits until it is told to go on."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.started, self.go = threading.Event(), threading.Event()

    def __call__(self, items: list[int]) -> list[int]:
        self.calls.append(items)
        self.started.set()
        assert self.go.wait(10)
        if any(item < 0 for item in items):
            raise EncoderError("negative")
        return [2 * item for item in items]


def waiting(joined: Joined, count: int) -> None:
    """Wait until so many have come after the first."""
    while len(joined._queue) < count:
        threading.Event().wait(0.001)


def test_those_who_come_meanwhile_go_together() -> None:
    work = Slow()
    joined = Joined(work, at_once=1)
    with ThreadPoolExecutor(40) as pool:
        first = pool.submit(joined, 0)
        assert work.started.wait(10)
        others = [pool.submit(joined, number) for number in range(1, 21)]
        waiting(joined, 20)
        work.go.set()
        assert first.result() == 0
        assert [one.result() for one in others] == [2 * n for n in range(1, 21)]
    assert [len(call) for call in work.calls] == [1, MOST, 4]
    assert joined(7) == 14 and work.calls[-1] == [7]


def test_who_finds_a_place_free_does_not_wait() -> None:
    work = Slow()
    joined = Joined(work, at_once=2)
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(joined, number) for number in (1, 2)]
        while len(work.calls) < 2:
            threading.Event().wait(0.001)
        work.go.set()
        assert [one.result() for one in running] == [2, 4]


def test_one_error_is_no_fault_of_the_others() -> None:
    work = Slow()
    joined = Joined(work, at_once=1)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(joined, 1)
        assert work.started.wait(10)
        bad, good = pool.submit(joined, -1), pool.submit(joined, 5)
        waiting(joined, 2)
        work.go.set()
        assert (first.result(), good.result()) == (2, 10)
        with pytest.raises(EncoderError, match="negative"):
            bad.result()
    assert joined(3) == 6


class Letters:
    """Embeds a text by its length, and counts how often it is asked."""

    name = "letters"

    def encode_texts(self, texts):
        return np.array([[len(text), 1] for text in texts], np.float32)


class Echo:
    """Finds for each vector a hit of its first number, the length and the filter."""

    dim = 2

    def search(self, vectors, top_k, where=None):
        kept = sorted(where.exclude) if where else []
        return [[Hit(f"{row[0]:g} {top_k} {kept}", 1.0)] for row in vectors]


def test_encoders_and_stores_give_everyone_their_own() -> None:
    encoder, store = JoinedEncoder(Letters(), 1), JoinedStore(Echo(), 1)
    assert encoder.name == "letters" and store.dim == 2
    filters = [None, Filter(exclude=frozenset("a")), Filter(exclude=frozenset("b"))]

    def ask(number: int) -> tuple:
        rows = encoder.encode_texts(["x" * number] * (1 + number % 3))
        hits = store.search(rows, 1 + number % 2, filters[number % 3])
        return rows.tolist(), [[hit.id for hit in found] for found in hits]

    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(ask, range(1, 200)))
    assert together == [ask(number) for number in range(1, 200)]
    assert together[3][1] == [["4 1 ['a']"]] * 2


def test_a_text_that_comes_again_is_not_embedded_again(monkeypatch) -> None:
    monkeypatch.setattr("rsrag.desk.imagery.joining.KEPT", 2)
    encoder = JoinedEncoder(Letters(), 1)
    first = encoder.encode_texts(["abc"])
    first[:] = 0  # It is the caller's own.
    again = encoder.encode_texts(["abc"])
    assert encoder.joined.items == 1
    assert again.tolist() == Letters().encode_texts(["abc"]).tolist()
    for text in ("b", "c", "abc"):
        encoder.encode_texts([text])
    assert encoder.joined.items == 4
