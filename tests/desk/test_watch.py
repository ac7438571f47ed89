"""A new version takes the place of the old one under its readers."""

import threading

import pytest

from rsrag.desk.watch import Watched
from rsrag.errors import QueryError, StoreError


class Copy:
    """One version of a thing, and whether it is closed."""

    def __init__(self, number: int) -> None:
        self.number, self.closed = number, 0

    def close(self) -> None:
        self.closed += 1


class Thing:
    """Something whose version a test sets."""

    def __init__(self) -> None:
        self.version, self.made = 1, []

    def make(self) -> Copy:
        if self.version < 0:
            raise StoreError("it is broken")
        self.made.append(Copy(self.version))
        return self.made[-1]

    def watched(self, every_s: float = 0.0) -> Watched[Copy]:
        return Watched("The thing", lambda: self.version, self.make, every_s)


def test_a_copy_is_made_once_for_a_version() -> None:
    thing = Thing()
    watched = thing.watched()
    for _ in range(3):
        with watched.use() as copy:
            assert copy.number == 1
    assert len(thing.made) == 1 and not thing.made[0].closed


def test_readers_keep_what_they_began_with() -> None:
    thing = Thing()
    watched = thing.watched()
    with watched.use() as old:
        thing.version = 2
        with watched.use() as new:
            assert (old.number, new.number) == (1, 2)
            assert not old.closed
        with watched.use() as again:
            assert again is new
        assert not old.closed
    assert old.closed == 1 and not new.closed


def test_an_old_copy_that_nobody_uses_is_closed_at_once() -> None:
    thing = Thing()
    watched = thing.watched()
    with watched.use():
        pass
    thing.version = 2
    with watched.use():
        assert [copy.closed for copy in thing.made] == [1, 0]


def test_it_looks_no_more_often_than_it_may() -> None:
    thing = Thing()
    watched = thing.watched(every_s=3600)
    with watched.use():
        thing.version = 2
    with watched.use() as copy:
        assert copy.number == 1
    watched.look_again()
    with watched.use() as copy:
        assert copy.number == 2


def test_a_version_that_cannot_be_opened_is_told_and_tried_again() -> None:
    thing = Thing()
    watched = thing.watched()
    with watched.use():
        thing.version = -1
        with pytest.raises(StoreError, match="broken"), watched.use():
            pass
    thing.version = 3
    with watched.use() as copy:
        assert copy.number == 3


def test_closing_waits_for_the_last_user() -> None:
    thing = Thing()
    watched = thing.watched()
    with watched.use() as copy:
        watched.close()
        assert not copy.closed
        with pytest.raises(QueryError, match="The thing was closed"), watched.use():
            pass
    assert copy.closed == 1
    watched.close()
    assert copy.closed == 1 and len(thing.made) == 1


def test_threads_never_see_a_closed_copy() -> None:
    thing = Thing()
    watched = thing.watched()
    done = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        while not done.is_set():
            with watched.use() as copy:
                if copy.closed:
                    wrong.append(f"{copy.number} was closed")

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(2, 200):
        thing.version = number
        with watched.use() as copy:
            assert copy.number <= number
    done.set()
    for thread in threads:
        thread.join()
    watched.close()
    assert not wrong
    assert [copy.closed for copy in thing.made] == [1] * len(thing.made)


def test_while_one_opens_the_others_go_on() -> None:
    thing = Thing()
    watched = thing.watched()
    with watched.use():
        pass
    opening, go = threading.Event(), threading.Event()
    make = thing.make

    def slow() -> Copy:
        opening.set()
        assert go.wait(10)
        return make()

    watched._make = slow
    thing.version = 2
    first = threading.Thread(target=lambda: watched.use().__enter__())
    first.start()
    assert opening.wait(10)
    with watched.use() as copy:
        assert copy.number == 1 and not copy.closed
    go.set()
    first.join()
    with watched.use() as copy:
        assert copy.number == 2
