"""Threads share one index and one knowledge while generations are switched."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import rsrag
from rsrag.config import Settings
from rsrag.desk.upkeep.build_choices import RebuildChoice
from rsrag.desk.upkeep.rebuilding import rebuild_index

QUERIES = (
    {"query": "white snow", "top_k": 4},
    {"query": "deep water", "sensor": "S2A"},
    {"query": "a desert", "bbox": (-1, -1, 30, 30), "dedupe": True},
    {"query": "a desert", "datetime": "2021-01-01/..", "min_score": -1},
    {"query": "sand", "subtract": "0.3:snow", "top_k": 10},
)
QUESTIONS = (
    "How deep is Lake Baikal?",
    "What is the NDVI of Lake Baikal in January 2019?",
    "Where is the Story Bridge?",
    "What is the height of the Zorblax Tower?",
    "Which seals live in the lake?",
)


def rebuilt(root, stores, done: threading.Event) -> int:
    """Switch to another generation of the same chips, again and again."""
    settings = Settings.from_environment({"RSRAG_INDEXES": str(root / "indexes")})
    count = 0
    while not done.is_set():
        choice = RebuildChoice(store=stores[count % 2])
        rebuild_index(settings, "world", choice, lambda stage, done, skipped: None)
        count += 1
    return count


def found(hits) -> list:
    return [(hit.id, hit.score) for hit in hits]


def near(answer):
    # Queries that go together are summed in another order: the last digits may differ.
    if isinstance(answer, tuple):
        return answer
    return [(name, pytest.approx(score, abs=2e-6)) for name, score in answer]


def told(answer) -> tuple:
    return answer.text, answer.value, answer.refused, answer.route


def test_answers_are_those_of_one_thread(own, root) -> None:
    pictures = [root / "seen" / "baikal.tif", own / "archive" / "sand-1.png"]
    with (
        rsrag.open("world", indexes=own / "indexes") as index,
        rsrag.Knowledge(root / "knowledge", indexes=own / "indexes") as knowledge,
    ):
        # Looked at for every call, so that switches are met and not slept through.
        index._watched._every_s = knowledge.desk.index()._watched._every_s = 0.0
        jobs = [
            *(lambda words=words: found(index.search(**words)) for words in QUERIES),
            lambda: found(index.search(image=pictures[1])),
            *(lambda one=one: told(knowledge.ask(one)) for one in QUESTIONS),
            *(
                lambda path=path: told(knowledge.ask("What is this?", image=path))
                for path in pictures
            ),
        ]
        alone = [job() for job in jobs]
        done = threading.Event()
        with ThreadPoolExecutor(21) as pool:
            switching = pool.submit(rebuilt, own, ("exact", "faiss"), done)
            order = [number % len(jobs) for number in range(10 * len(jobs))]
            searches = [n for n in order if n < 6]
            questions = [n for n in order if n >= 6]
            # Twelve threads search, eight ask: what a busy service sees.
            parts = [
                pool.submit(lambda some: [(n, jobs[n]()) for n in some], mine[at::wide])
                for mine, wide in ((searches, 12), (questions, 8))
                for at in range(wide)
            ]
            together = [pair for part in parts for pair in part.result()]
            done.set()
            assert switching.result() >= 2
        assert index.manifest.generation > 2
    assert len(together) == len(order)
    for number, answer in together:
        assert answer == near(alone[number])


def test_a_desk_opens_an_index_once(root) -> None:
    settings = Settings.from_environment({"RSRAG_INDEXES": str(root / "indexes")})
    with rsrag.Desk(settings) as desk:
        with ThreadPoolExecutor(8) as pool:
            opened = set(pool.map(lambda _: id(desk.index("world")), range(16)))
        assert opened == {id(desk.index())}
    try:
        desk.index()
    except rsrag.QueryError as error:
        assert "The desk was closed" in str(error)
    else:
        raise AssertionError("a closed desk opens nothing")
