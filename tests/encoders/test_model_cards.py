import pytest

from rsrag.encoders.clip.architectures import (
    architecture_config,
    architecture_names,
    context_length,
    image_size,
    likely_architectures,
)
from rsrag.encoders.models.model_cards import CARDS
from rsrag.errors import ModelNotFoundError


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.id)
def test_a_card_agrees_with_its_architecture(card):
    config = architecture_config(card.architecture)
    assert config["embed_dim"] == card.dim
    assert image_size(config) == card.image_size
    assert context_length(config) == 77
    assert bool(config.get("quick_gelu")) == card.quick_gelu
    assert (card.repo is None) != (card.url is None)
    assert card.url is None or card.url.startswith("https://")


def test_what_stands_on_openai_weights_has_quick_gelu():
    plain = {card.id for card in CARDS.values() if not card.quick_gelu}
    assert plain == {"georsclip-vit-h-14", "skyclip-vit-b-32"}


def test_files_are_those_that_were_published():
    assert CARDS["georsclip-vit-b-32"].file == "ckpt/RS5M_ViT-B-32.pt"
    assert CARDS["georsclip-vit-b-32-ret2"].file == "ckpt/RS5M_ViT-B-32_RET-2.pt"
    assert CARDS["georsclip-vit-l-14"].file == "ckpt/RS5M_ViT-L-14.pt"
    assert CARDS["georsclip-vit-h-14"].file == "ckpt/RS5M_ViT-H-14.pt"
    assert CARDS["remoteclip-rn50"].file == "RemoteCLIP-RN50.pt"
    assert {card.repo for card in CARDS.values()} == {
        "Zilun/GeoRSCLIP",
        "chendelong/RemoteCLIP",
        None,
    }


def test_no_digest_is_invented():
    assert all(card.sha256 is None for card in CARDS.values())


def test_configurations_are_those_of_open_clip_itself():
    import open_clip

    # Other tests teach open_clip small models of their own.
    own = {
        name
        for name in open_clip.list_models()
        if not name.startswith(("tiny", "towers"))
    }
    assert set(architecture_names()) == own
    for name in ("ViT-B-32-quickgelu", "RN50", "ViT-B-16-SigLIP"):
        assert architecture_config(name) == open_clip.get_model_config(name)
    assert architecture_config("ViT-B/32") == architecture_config("ViT-B-32")


def test_an_unknown_architecture_is_answered_with_near_ones():
    with pytest.raises(ModelNotFoundError, match=r"ViT-B33.*ViT-B-32"):
        architecture_config("ViT-B33")


def test_shapes_of_vit_b_32_are_recognised():
    shapes = {
        "visual.conv1.weight": (768, 3, 32, 32),
        "visual.positional_embedding": (50, 768),
        "text_projection": (512, 512),
        **{f"visual.transformer.resblocks.{i}.ln_1.bias": (768,) for i in range(12)},
        **{f"transformer.resblocks.{i}.ln_1.bias": (512,) for i in range(12)},
    }
    assert likely_architectures(shapes)[:2] == ["ViT-B-32", "ViT-B-32-quickgelu"]
    del shapes["visual.transformer.resblocks.11.ln_1.bias"]
    assert likely_architectures(shapes) == []
    assert likely_architectures({"a": (1,)}) == []
