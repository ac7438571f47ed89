import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory):
    """Registers the tiny architectures; gives a function that builds one."""
    import open_clip
    import torch
    from tiny_clip import register

    register(tmp_path_factory.mktemp("architectures"))

    def build(name="tiny-quickgelu", seed=0):
        torch.manual_seed(seed)
        model = open_clip.create_model(name).eval()
        # With default weights every activation stays where GELU is a line.
        with torch.no_grad():
            for block in model.visual.transformer.resblocks:
                block.mlp.c_fc.weight.mul_(4)
        return model

    return build


@pytest.fixture(scope="session")
def tiny_checkpoint(tiny_clip, tmp_path_factory):
    import torch

    path = tmp_path_factory.mktemp("weights") / "tiny.pt"
    torch.save(tiny_clip().state_dict(), path)
    return path


@pytest.fixture
def own_caches(tmp_path, monkeypatch):
    """Caches of this test alone, not those of the person who runs it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
