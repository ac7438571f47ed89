import pytest

from rsrag.generators.local.llama import LlamaGenerator
from rsrag.generators.local.packaged import SMOLLM2


@pytest.fixture(scope="session")
def smollm():
    generator = LlamaGenerator(SMOLLM2.verified(), threads=1, context=1024)
    yield generator
    generator.close()
