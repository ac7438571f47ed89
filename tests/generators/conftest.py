import pytest

from rsrag.generators.local.gguf import SMOLLM2
from rsrag.generators.local.llama import LlamaGenerator


@pytest.fixture(scope="session")
def smollm():
    generator = LlamaGenerator(SMOLLM2.verified(), threads=1, context=1024)
    yield generator
    generator.close()
