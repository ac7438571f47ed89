import pytest
from gguf_file import gguf, write
from hypothesis import HealthCheck, example, given, settings, strategies as st

from rsrag.errors import GeneratorError
from rsrag.generators.generator_registry import load_generator
from rsrag.generators.local.gguf import SMOLLM2, read_header
from rsrag.generators.local.llama import LlamaGenerator
from rsrag.types import Message

VALUES = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.tags": ["a", "b"],
    "general.sizes": [1, 2, 3],
    "llama.context_length": 2048,
    "llama.rope": 0.5,
    "tokenizer.ggml.add_bos_token": True,
    "tokenizer.ggml.tokens": ["x", "y"],
    "tokenizer.chat_template": "{{ messages }}",
}


def test_values_before_the_vocabulary(tmp_path):
    file = tmp_path / "m.gguf"
    file.write_bytes(gguf(VALUES))
    header = read_header(file)
    assert header.values == {
        key: item
        for key, item in VALUES.items()
        if not isinstance(item, list) and key != "tokenizer.chat_template"
    }
    assert (header.architecture, header.name) == ("llama", "Tiny")
    assert header.context_tokens == 2048
    assert header.template == ""
    assert read_header(file, whole=True).template == "{{ messages }}"


def test_the_packaged_model():
    header = read_header(SMOLLM2.locate(), whole=True)
    assert (header.architecture, header.context_tokens) == ("llama", 8192)
    assert "<|im_start|>" in header.template


RAW = gguf(VALUES)


@pytest.mark.parametrize("end", [0, 3, 4, 10, 24, 30, len(RAW) // 2, len(RAW) - 1])
def test_a_file_that_is_cut_off(tmp_path, end):
    file = tmp_path / "m.gguf"
    file.write_bytes(RAW[:end])
    with pytest.raises(GeneratorError, match=r"damaged|not a GGUF"):
        read_header(file, whole=True)


@given(st.binary(max_size=60), st.integers(0, len(RAW)))
@example(b"\x00" * 7 + b"\x20", 188)
@example(b"\xff" * 16, 188)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_bytes_at_random_are_read_or_refused(tmp_path, noise, at):
    file = tmp_path / "m.gguf"
    file.write_bytes(RAW[:at] + noise + RAW[at + len(noise) :])
    try:
        read_header(file, whole=True)
    except GeneratorError as error:
        assert str(file) in str(error)


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (b"PK\x03\x04 a zip", "not a GGUF file"),
        (gguf(VALUES, version=1), "version 1"),
        (gguf(VALUES, version=0x03000000), "version"),
    ],
)
def test_other_files(tmp_path, raw, match):
    file = tmp_path / "m.gguf"
    file.write_bytes(raw)
    with pytest.raises(GeneratorError, match=match) as caught:
        LlamaGenerator(file, threads=1)
    assert caught.value.hint


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(GeneratorError, match="There is no model file"):
        LlamaGenerator(tmp_path / "no.gguf", threads=1)
    with pytest.raises(GeneratorError, match="cannot be read"):
        LlamaGenerator(tmp_path, threads=1)


@pytest.mark.parametrize(
    ("context", "match"),
    [(100, "too small"), (-1, "too small"), (8193, "trained for 8,192")],
)
def test_contexts_that_cannot_be(context, match):
    with pytest.raises(GeneratorError, match=match):
        LlamaGenerator(SMOLLM2.locate(), threads=1, context=context)


def test_context_by_default():
    generator = LlamaGenerator(SMOLLM2.locate(), threads=1)
    assert generator.context_tokens == 4096
    assert generator.name == "SmolLM2-135M-Instruct.Q4_1"


def test_an_architecture_that_llama_cpp_does_not_know(tmp_path):
    file = write(tmp_path / "m.gguf", general__architecture="zorblax")
    generator = LlamaGenerator(file, threads=1)
    with pytest.raises(GeneratorError, match="zorblax") as caught:
        generator.generate([Message("user", "Hi")], max_tokens=2)
    assert "pip install -U llama-cpp-python" in caught.value.hint


def test_weights_that_are_cut_off(tmp_path):
    file = tmp_path / "m.gguf"
    with SMOLLM2.locate().open("rb") as stream:
        file.write_bytes(stream.read(4 << 20))
    with pytest.raises(GeneratorError, match="does not load") as caught:
        LlamaGenerator(file, threads=1).count_tokens([Message("user", "Hi")])
    assert caught.value.hint


def test_a_closed_model():
    generator = LlamaGenerator(SMOLLM2.locate(), threads=1)
    generator.close()
    generator.close()
    with pytest.raises(GeneratorError, match="closed"):
        generator.count_tokens([Message("user", "Hi")])


def test_the_default_is_the_packaged_model():
    assert load_generator().name == "SmolLM2-135M-Instruct.Q4_1"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"llm_url": "http://h", "llm": "m.gguf"}, "--llm "),
        ({"llm_url": "http://h", "mmproj": "m.gguf"}, "--mmproj"),
        ({"llm_url": "http://h", "handler": "mtmd"}, "--llm-handler"),
        ({"model": "big"}, "big"),
        ({"mmproj": "eye.gguf"}, "eye.gguf"),
        ({"handler": "mtmd"}, "mtmd"),
    ],
)
def test_options_that_do_not_go_together(options, match):
    with pytest.raises(GeneratorError, match=match) as caught:
        load_generator(**options)
    assert caught.value.hint
