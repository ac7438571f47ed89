"""Small CLIPs under names of their own, so that tests need no gigabyte."""

import json
from pathlib import Path

VISION = {"image_size": 32, "layers": 3, "width": 64, "head_width": 32, "patch_size": 8}
TEXT = {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}


def register(folder: Path) -> None:
    """Add ``tiny``, ``tiny-quickgelu``, ``tiny-wide`` and ``tiny-pooled``."""
    import open_clip

    base = {"embed_dim": 24, "vision_cfg": VISION, "text_cfg": TEXT}
    configs = {
        "tiny": base,
        "tiny-quickgelu": {**base, "quick_gelu": True},
        "tiny-wide": {**base, "vision_cfg": {**VISION, "width": 96}},
        "tiny-pooled": {
            **base,
            "custom_text": True,
            "vision_cfg": {**VISION, "attentional_pool": True, "attn_pooler_heads": 4},
        },
        "tiny-oblong": {**base, "vision_cfg": {**VISION, "image_size": [32, 64]}},
    }
    for name, config in configs.items():
        (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
