"""Passes side by side give what one pass gives, in order, and leave torch as it was."""

import threading

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from rsrag.encoders.clip.openclip import OpenClipEncoder  # noqa: E402
from rsrag.encoders.clip.streams import LEAST, MOST, Streams, streams_for  # noqa: E402


def numbered(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint8).reshape(count, 1)


@pytest.mark.parametrize("count", [0, 1, LEAST, LEAST + 1, 2 * MOST, 5 * MOST + 3])
@pytest.mark.parametrize("streams", [1, 2, 3])
def test_parts_come_back_whole_and_in_order(count: int, streams: int) -> None:
    parts = Streams(streams).run(lambda part: part.copy(), numbered(count))
    assert all(1 <= len(part) <= MOST for part in parts)
    assert np.concatenate([numbered(0), *parts]).tolist() == numbered(count).tolist()


def test_passes_run_at_once_on_one_processor_each() -> None:
    both = threading.Barrier(2, timeout=20)
    before = torch.get_num_threads()

    def call(part: np.ndarray) -> int:
        both.wait()
        return int(torch.get_num_threads())

    assert Streams(2).run(call, numbered(2 * LEAST)) == [1, 1]
    assert torch.get_num_threads() == before
    later: list[int] = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert later == [before]


def test_one_part_stays_in_the_thread_that_asks() -> None:
    names = Streams(2).run(
        lambda part: threading.current_thread().name, numbered(LEAST)
    )
    assert names == [threading.current_thread().name]


def test_a_stream_of_its_own_takes_what_fits_the_device() -> None:
    one = streams_for(torch.device("meta"))
    assert one.run(len, numbered(100), 64) == [64, 36]


def test_the_first_part_that_fails_is_told() -> None:
    def call(part: np.ndarray) -> None:
        raise ValueError(f"part {part[0, 0]}")

    with pytest.raises(ValueError, match="part 0"):
        Streams(2).run(call, numbered(5 * MOST))


@pytest.mark.usefixtures("tiny_clip")
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_vectors_do_not_depend_on_the_number_of_streams(precision: str) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (19, 32, 32, 3), np.uint8)
    rows = [
        OpenClipEncoder.random_weights(
            "tiny-quickgelu", precision=precision, device="cpu", threads=threads
        ).encode_prepared(pictures)
        for threads in (1, 2)
    ]
    np.testing.assert_allclose(rows[0], rows[1], atol=2e-6)
