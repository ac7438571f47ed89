import pytest

from bench.answers.bare import Bare
from bench.answers.drawn import name_of, questions, records, value_of
from bench.answers.growth import LANES, fact_ms, retrieval
from bench.answers.speed import kept, long_prompt
from rsrag.generators.local.gguf import SMOLLM2
from rsrag.generators.local.llama import LlamaGenerator
from rsrag.generators.local.runtime import load


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_drawn_knowledge_has_a_name_and_a_value_for_each():
    known = records(6, 4)
    assert (len(known.landmarks), len(known.facts), len(known.passages)) == (4, 4, 6)
    assert len({name_of(n) for n in range(2_000)}) == 2_000
    assert known.facts[2].value == value_of(2) == "3 m"
    for text in questions(known.passages, 3):
        assert any(
            set(text.split()) <= set(p.text[:-1].split()) for p in known.passages
        )


def test_a_fact_is_found_among_others(tmp_path):
    assert fact_ms(tmp_path, 30, 3) > 0


def test_a_wrong_value_would_be_seen(tmp_path, monkeypatch):
    from bench.answers import growth

    monkeypatch.setattr(growth, "value_of", lambda number: "0 m")
    with pytest.raises(RuntimeError, match="gave"):
        fact_ms(tmp_path, 30, 1)


def test_lanes_are_measured_and_recall_is_against_the_exact_store(tmp_path):
    found = retrieval(tmp_path, 60, 3, 20)
    assert found.median_ms.keys() == found.p95_ms.keys() == LANES.keys()
    assert found.recall == 1.0
    assert found.passages == 60


def test_the_bare_loop_takes_up_a_state_that_it_gave():
    model = load(SMOLLM2.verified(), context=256, threads=1)
    try:
        with Bare(model, 256) as bare:
            assert bare.read_s(list(range(100, 110))) > 0
            assert bare.write_s([100]) > 0
            state = bare.saved()
            bare.clear()
            assert len(bare.saved()) < len(state)
            bare.restore(state)
            assert bare.saved() == state
    finally:
        model.close()


def test_a_long_prompt_is_about_as_long_as_asked():
    generator = LlamaGenerator(SMOLLM2.verified(), threads=1)
    try:
        messages = long_prompt(generator, 100, 7)
        assert 80 < generator.count_tokens(messages) <= 100
    finally:
        generator.close()


def test_what_is_kept_changes_no_answer():
    took = kept(
        SMOLLM2.verified(), "[1] It is old.", ["Is it?", "How?"], threads=1, written=3
    )
    assert min(took.first, took.again, took.fresh) > 0
